"""Kernels, cpu beside webgl; neither sees ops, and they do not see each other."""
