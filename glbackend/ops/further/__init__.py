"""Functions of Keras's `ops` made of others, imported when they are first asked for: see `names`."""
