"""Files of other makers: one folder a format, each imported on first use."""
