"""One contract per kernel, for both backends; modules bear the names of the kernel families."""
