"""The command line: reads the store directly, writes through the engine. Knows no window."""
