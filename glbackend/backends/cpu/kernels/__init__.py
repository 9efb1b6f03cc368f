"""The NumPy kernels, a module per family; `load_kernels` finds them."""
