"""Data made ready, as `keras.preprocessing`: the same as in `gl.utils`."""

import types
from typing import Any

from glbackend.api.keras import utilities
from glbackend.training.preparing import pad_sequences

ON_FIRST_USE = {
    name: utilities.ON_FIRST_USE[name]
    for name in (
        "image_dataset_from_directory",
        "text_dataset_from_directory",
        "timeseries_dataset_from_array",
    )
}
sequence = types.SimpleNamespace(pad_sequences=pad_sequences)


class _Image:
    """`keras.preprocessing.image`: single pictures."""

    def __getattr__(self, name: str) -> Any:
        if name not in ("array_to_img", "img_to_array", "load_img", "save_img"):
            raise AttributeError(f"glbackend.preprocessing.image has no attribute {name!r}: see gl.utils")
        return getattr(utilities, name)


image = _Image()
__all__ = [*sorted(ON_FIRST_USE), "image", "sequence"]
