"""The command line: a client of the engine and of the queries of the store."""
