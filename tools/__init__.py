"""Generators: what they write is committed and kept true by tests. Not in the wheel."""
