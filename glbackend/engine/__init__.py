"""Tensors and their storages, kernels and gradient rules by name, `run_kernel` and what listens to it."""
