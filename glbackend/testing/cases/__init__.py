"""Sample calls, one module per family, each with a list CASES."""
