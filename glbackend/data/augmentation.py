"""Pictures changed by chance, on the device: what `Dataset.augment` takes.

Each function here gives another, of a batch of images [batch, height, width, channels] and a seed. The few
numbers of chance, other ones for each image, are drawn on the host; the pixels are the device's work.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.sampling import FillMode
from glbackend.contracts.random import Seed, key_of
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.transform import transform

Array = np.ndarray[Any, Any]
Change = Callable[[Tensor, Seed], Tensor]
Factor = float | tuple[float, float]
Interpolation = Literal["nearest", "bilinear"]


@checked
def random_flip(mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = "horizontal") -> Change:
    """Half of the images mirrored: left and right for the `mode` "horizontal", top and bottom for "vertical".

    As Keras's RandomFlip; TF.js has none.

    >>> flip = random_flip()
    >>> sorted(flip(tensor([[[[1.], [2.]]]] * 9), seed=1).numpy()[:, 0, 0, 0].astype(int).tolist())
    [1, 1, 1, 2, 2, 2, 2, 2, 2]
    """

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, (height, width) = _begun(images, seed)
        maps = np.tile(_SAME, (count, 1))
        if "horizontal" in mode:
            _mirror(maps, chance.random(count) < 0.5, 0, width)
        if "vertical" in mode:
            _mirror(maps, chance.random(count) < 0.5, 4, height)
        return _seen(images, maps, "nearest", "constant", 0.0)

    return change


@checked
def random_rotation(
    factor: Factor,
    fill_mode: FillMode = "reflect",
    interpolation: Interpolation = "bilinear",
    fill_value: float = 0.0,
) -> Change:
    """Images turned about their middle by up to `factor` of a full turn, or by one between two such factors.

    `fill_mode`, `fill_value` and `interpolation` as in `gl.image.transform`. As Keras's RandomRotation; TF.js
    has none.

    >>> turn = random_rotation((0.25, 0.25), interpolation="nearest")
    >>> turn(tensor([[[[1.], [2.]], [[3.], [4.]]]]), seed=1).numpy().ravel().tolist()
    [2.0, 4.0, 1.0, 3.0]
    """
    low, high = _range(factor, "random_rotation")

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, size = _begun(images, seed)
        angle = chance.uniform(low, high, count) * 2 * math.pi
        sine, cosine = np.sin(angle), np.cos(angle)
        return _seen(
            images, _about_middle(cosine, -sine, sine, cosine, size), interpolation, fill_mode, fill_value
        )

    return change


@checked
def random_zoom(
    factor: Factor,
    fill_mode: FillMode = "reflect",
    interpolation: Interpolation = "bilinear",
    fill_value: float = 0.0,
) -> Change:
    """Images seen from further away by up to `factor` (0.2: 20 %), or from nearer where it is negative.

    A number f stands for the range from -f to f. `fill_mode`, `fill_value` and `interpolation` as in
    `gl.image.transform`. As Keras's RandomZoom; TF.js has none.

    >>> nearer = random_zoom((-0.5, -0.5), interpolation="nearest")
    >>> nearer(tensor([[[[1.], [2.], [3.], [4.]]]]), seed=1).numpy().ravel().tolist()
    [2.0, 2.0, 3.0, 3.0]
    """
    low, high = _range(factor, "random_zoom")

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, size = _begun(images, seed)
        scale, none = 1 + chance.uniform(low, high, count), np.zeros(count)
        return _seen(
            images, _about_middle(scale, none, none, scale, size), interpolation, fill_mode, fill_value
        )

    return change


@checked
def random_translation(
    height_factor: Factor,
    width_factor: Factor,
    fill_mode: FillMode = "reflect",
    interpolation: Interpolation = "bilinear",
    fill_value: float = 0.0,
) -> Change:
    """Images moved down by up to `height_factor` of their height, and right by `width_factor` of their width.

    A number f stands for the range from -f to f. `fill_mode`, `fill_value` and `interpolation` as in
    `gl.image.transform`. As Keras's RandomTranslation; TF.js has none.

    >>> move = random_translation(0., (0.5, 0.5), fill_mode="constant")
    >>> move(tensor([[[[1.], [2.]]]]), seed=1).numpy().ravel().tolist()
    [0.0, 1.0]
    """
    ranges = _range(height_factor, "random_translation"), _range(width_factor, "random_translation")

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, size = _begun(images, seed)
        maps = np.tile(_SAME, (count, 1))
        for place, dim, (low, high) in zip((5, 2), size, ranges, strict=True):
            maps[:, place] = -chance.uniform(low, high, count) * dim
        return _seen(images, maps, interpolation, fill_mode, fill_value)

    return change


@checked
def random_crop(height: int, width: int) -> Change:
    """A part of each image, `height` by `width`, from a place of chance. ShapeError where images are smaller.

    As Keras's RandomCrop; TF.js has none.

    >>> random_crop(1, 2)(tensor([[[[1.], [2.]]]]), seed=1).numpy().ravel().tolist()
    [1.0, 2.0]
    """

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, size = _begun(images, seed)
        if height > size[0] or width > size[1]:
            raise ShapeError(
                f"random_crop: {height} x {width} does not fit into images of {size[0]} x {size[1]}"
            )
        maps = np.tile(_SAME, (count, 1))
        maps[:, 5] = chance.integers(0, size[0] - height + 1, count)
        maps[:, 2] = chance.integers(0, size[1] - width + 1, count)
        return _seen(images, maps, "nearest", "constant", 0.0, (height, width))

    return change


@checked
def random_brightness(factor: Factor, value_range: tuple[float, float] = (0.0, 255.0)) -> Change:
    """Images brighter or darker by up to `factor` of the `value_range`, which is kept.

    A number f stands for the range from -f to f. As Keras's RandomBrightness; TF.js has none.

    >>> random_brightness((0.5, 0.5), (0., 1.))(tensor([[[[0.25], [0.75]]]]), seed=1).numpy().ravel().tolist()
    [0.75, 1.0]
    """
    low, high = _range(factor, "random_brightness")
    least, greatest = value_range

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, _ = _begun(images, seed)
        moved = _each(chance.uniform(low, high, count) * (greatest - least))
        return (images.cast("float32") + moved).clip_by_value(least, greatest)

    return change


@checked
def random_contrast(factor: Factor, value_range: tuple[float, float] = (0.0, 255.0)) -> Change:
    """Images of more or less contrast: distances from each channel's mean times 1 - `factor` to 1 + `factor`.

    A pair (a, b) stands for factors from 1 - a to 1 + b. The `value_range` is kept. As Keras's
    RandomContrast; TF.js has none.

    >>> flat = random_contrast((1., -1.), (0., 1.))
    >>> flat(tensor([[[[0.25], [0.75]]]]), seed=1).numpy().ravel().tolist()
    [0.5, 0.5]
    """
    low, high = (-factor, factor) if isinstance(factor, int | float) else (-factor[0], factor[1])
    least, greatest = value_range

    def change(images: Tensor, seed: Seed) -> Tensor:
        chance, count, _ = _begun(images, seed)
        x = images.cast("float32")
        mean = x.mean(axis=[1, 2], keep_dims=True)
        scaled = (x - mean) * _each(1 + chance.uniform(low, high, count)) + mean
        return scaled.clip_by_value(least, greatest)

    return change


_SAME = np.array([1, 0, 0, 0, 1, 0, 0, 0], np.float64)  # the map that changes nothing, as transform takes it


def _begun(images: Tensor, seed: Seed) -> tuple[np.random.Generator, int, tuple[int, int]]:
    """The chance of a batch, how many images it has, and their height and width."""
    if images.rank != 4:
        raise ShapeError(
            f"augment: images must be of shape [batch, height, width, channels], got {list(images.shape)}"
        )
    count, height, width, _ = images.shape
    return np.random.default_rng(key_of(seed)), count, (height, width)


def _mirror(maps: Array, chosen: Array, place: int, dim: int) -> None:
    """Turns an axis of the chosen maps round."""
    maps[chosen, place] = -1
    maps[chosen, 2 if place == 0 else 5] = dim - 1


def _about_middle(a: Array, b: Array, d: Array, e: Array, size: tuple[int, int]) -> Array:
    """Maps x -> a x + b y, y -> d x + e y that leave the middle of the image where it is."""
    middle_y, middle_x = ((dim - 1) / 2 for dim in size)
    none = np.zeros_like(a)
    c = middle_x - a * middle_x - b * middle_y
    f = middle_y - d * middle_x - e * middle_y
    return np.stack([a, b, c, d, e, f, none, none], 1)


def _seen(
    images: Tensor, maps: Array, how: Interpolation, fill: FillMode, value: float, size: Any = None
) -> Tensor:
    found: Tensor = transform(images.cast("float32"), tensor(maps, dtype="float32"), how, fill, value, size)
    return found


def _each(numbers: Array) -> Tensor:
    """A number for each image."""
    return tensor(numbers.reshape(-1, 1, 1, 1), dtype="float32")


def _range(factor: Factor, op: str) -> tuple[float, float]:
    low, high = (-factor, factor) if isinstance(factor, int | float) else factor
    if low > high:
        raise ArgumentError(f"{op}: the lower factor comes first, got {low} and {high}")
    return low, high
