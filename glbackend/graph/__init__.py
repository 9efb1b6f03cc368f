"""Graphs: computations recorded by tracing, to be looked at and run again."""
