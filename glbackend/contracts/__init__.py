"""Floor 2: one contract per kernel, shared by both backends; modules carry the names of the kernel
families."""
