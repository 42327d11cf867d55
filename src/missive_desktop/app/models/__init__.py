"""Qt item models over presenters."""
