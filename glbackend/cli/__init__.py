"""The command line. It may import every floor; no floor imports it."""
