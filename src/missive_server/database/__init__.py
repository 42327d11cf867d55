"""The server's data on SQLite or PostgreSQL: transactions written once, driven by two back ends.

A transaction is a generator (`work`) that asks for queries and gets rows; what it means is none of
this package's business.
"""
