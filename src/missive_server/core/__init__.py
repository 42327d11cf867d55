"""What a batch of mutations does, decided purely: what it needs to see, and what comes of it.

It knows no database, no network, no clock and no chance: all of that is handed in.
"""
