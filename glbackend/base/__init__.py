"""Floor 1: dtypes, shapes, window geometry, slicing, naming, errors, flags. Imports nothing above it."""
