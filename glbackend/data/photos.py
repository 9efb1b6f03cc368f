"""Single pictures, in files, as arrays and as Pillow's objects. As functions of `keras.utils`."""

import os
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.optional import optional
from glbackend.data.pictures import MODES

Array = np.ndarray[Any, Any]
DataFormat = Literal["channels_first", "channels_last"] | None
WAYS = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "lanczos": "LANCZOS",
    "box": "BOX",
}


@checked
def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
) -> Any:
    """The picture of a file as Pillow's Image. As Keras's `load_img`.

    `path`: of the file, or an open binary one.
    `color_mode`: "grayscale", "rgb" or "rgba".
    `target_size`: height and width that it is brought to; its own by default.
    `interpolation`: how: "nearest", "bilinear", "bicubic", "lanczos" or "box".

    Errors are Pillow's; ArgumentError for another word, MissingPackageError without Pillow.

    >>> import tempfile
    >>> file = tempfile.mkdtemp() + "/a.png"
    >>> save_img(file, np.zeros((4, 6, 3)))
    >>> load_img(file, target_size=(2, 3)).size
    (3, 2)
    """
    if color_mode not in MODES:
        raise ArgumentError(f"load_img: color_mode must be one of {', '.join(MODES)}, got {color_mode!r}")
    if interpolation not in WAYS:
        raise ArgumentError(f"load_img: interpolation {interpolation!r} is none of {', '.join(WAYS)}")
    pictures = optional("PIL.Image", "vision", "load_img")
    with pictures.open(path) as file:
        picture = file.convert(MODES[color_mode][0])
    if target_size is None or picture.size == (target_size[1], target_size[0]):
        return picture
    return picture.resize((target_size[1], target_size[0]), getattr(pictures, WAYS[interpolation]))


@checked
def img_to_array(img: Any, data_format: DataFormat = None, dtype: str | None = None) -> Array:
    """A Pillow Image as an array [height, width, channels], float32 from 0 to 255. As Keras's `img_to_array`.

    `img`: the picture.
    `data_format`: "channels_first" puts the channels in front.
    `dtype`: of the array, in place of float32.

    >>> img_to_array(array_to_img(np.ones((2, 3, 1)), scale=False)).shape
    (2, 3, 1)
    """
    found = np.asarray(img, dtype=dtype or "float32")
    found = found[:, :, None] if found.ndim == 2 else found
    if found.ndim != 3:
        raise ShapeError(f"img_to_array: needs a picture, got shape {list(found.shape)}")
    return found.transpose(2, 0, 1) if data_format == "channels_first" else found


@checked
def array_to_img(x: Any, data_format: DataFormat = None, scale: bool = True, dtype: str | None = None) -> Any:
    """An array or tensor as a Pillow Image. As Keras's `array_to_img`.

    `x`: [height, width, channels], of 1, 3 or 4 channels.
    `data_format`: "channels_first" where these stand in front.
    `scale`: whether the least value becomes 0 and the largest 255.
    `dtype`: in which that is computed, float32 by default.

    ShapeError for another shape, MissingPackageError without Pillow.

    >>> array_to_img(np.arange(6.).reshape(2, 3, 1)).size
    (3, 2)
    """
    given = np.asarray(x, dtype=dtype or "float32")
    given = given.transpose(1, 2, 0) if data_format == "channels_first" and given.ndim == 3 else given
    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    if given.ndim != 3 or given.shape[2] not in modes:
        raise ShapeError(f"array_to_img: needs [height, width, 1, 3 or 4], got {list(given.shape)}")
    if scale:
        given = given - given.min(initial=np.inf)
        given = given * (255.0 / most) if (most := given.max(initial=0.0)) else given
    levels = given.clip(0, 255).astype(np.uint8)
    pictures = optional("PIL.Image", "vision", "array_to_img")
    return pictures.fromarray(levels[:, :, 0] if levels.shape[2] == 1 else levels, modes[levels.shape[2]])


@checked
def save_img(
    path: str | os.PathLike[str],
    x: Any,
    data_format: DataFormat = None,
    file_format: str | None = None,
    scale: bool = True,
) -> None:
    """Writes an array or tensor as a picture. As Keras's `save_img`.

    `path`: of the file; its ending says the format, unless `file_format` does.
    `x`, `data_format`, `scale`: as of `array_to_img`.

    >>> import tempfile
    >>> save_img(tempfile.mkdtemp() + "/a.png", np.zeros((4, 6, 3)))
    """
    picture = array_to_img(x, data_format, scale)
    jpeg = str(file_format or os.fspath(path)).lower().endswith(("jpg", "jpeg"))
    (picture.convert("RGB") if jpeg and picture.mode == "RGBA" else picture).save(path, format=file_format)
