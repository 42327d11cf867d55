"""Who somebody is: passwords, two-factor, sessions, devices, founding and joining.

Works (generators over queries) decide and write; `gate` puts them together with what is slow.
Nothing here holds or sees what opens a key. It knows no HTTP.
"""
