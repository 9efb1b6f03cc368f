"""Kernels that run on the host also on webgl, because they are host-only by nature: name -> reason."""

REASONS: dict[str, str] = {}
