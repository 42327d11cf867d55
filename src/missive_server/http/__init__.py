"""HTTP: connections with limits, the guard around every request, and the routes of the sync."""
