"""A team for a look around: a server on this machine, two colleagues with engines of their own, and
what they do. All that is seen of them comes through the code that real teams use.
"""
