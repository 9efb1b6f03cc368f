"""Sample layers, one module per module of layers, each with a list CASES."""
