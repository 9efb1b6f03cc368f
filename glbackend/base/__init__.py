"""The ground floor: dtypes, shapes, window geometry, slicing, naming, errors, flags."""
