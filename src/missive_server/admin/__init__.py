"""`missive-server admin`: what whoever runs the server does about organizations and logins.

It works on the database directly, also while the server runs. It cannot invite anybody, nor read or
give back a key: those are with the members' own programs.
"""
