"""Porch: the command line. It may enter every floor; nobody enters it."""
