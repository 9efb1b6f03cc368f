"""Sample calls of ops, one module per family, each with a list CASES."""
