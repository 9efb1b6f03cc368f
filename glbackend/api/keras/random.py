"""Random tensors, as `keras.random`."""

from glbackend.ops.seeded import SeedGenerator, normal, randint, truncated_normal, uniform

__all__ = ["SeedGenerator", "normal", "randint", "truncated_normal", "uniform"]
