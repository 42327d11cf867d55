"""What the server does with what it keeps: takes changes, hands out feeds, keeps the trail.

Each act is a transaction as a generator over `database.work`; what is decided is decided in `core`.
"""
