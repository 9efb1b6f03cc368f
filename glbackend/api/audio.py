"""Sound before and after a model."""

from glbackend.media.audio import join
from glbackend.media.audio import load
from glbackend.media.audio import pieces
from glbackend.media.audio import resample

__all__ = [
    "join",
    "load",
    "pieces",
    "resample",
]
