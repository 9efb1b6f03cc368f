"""Keras's `ops.image` that see images through maps. In `gl.ops.image`."""

from collections.abc import Sequence
from itertools import product
from typing import Literal

from glbackend.base.calling import checked
from glbackend.base.errors import ShapeError
from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.ops import logical
from glbackend.ops.concat import stack
from glbackend.ops.create import ones_like, range_, zeros_like
from glbackend.ops.further.elementwise import floats, tensor_of
from glbackend.ops.further.images import images_of
from glbackend.ops.further.linalg import solve
from glbackend.ops.further.windows import Format
from glbackend.ops.index import gather
from glbackend.ops.keras_arrays import moveaxis

FillMode = Literal["constant", "nearest", "wrap", "mirror", "reflect"]
Interpolation = Literal["nearest", "bilinear"]


def _mirrored(index: Tensor, size: int) -> Tensor:
    wave = max(size - 1, 1)
    return ((index + (size - 1)).mod(2 * wave) - (size - 1)).abs()


def _brought_inside(index: Tensor, size: int, mode: str) -> Tensor:
    """Whole places outside [0, size) brought inside, as the mode has it."""
    if mode in ("constant", "nearest"):
        return index.maximum(0).minimum(size - 1)
    if mode == "wrap":
        return index.mod(size)
    if mode == "mirror":
        return _mirrored(index, size)
    return (_mirrored(index * 2 + 1, 2 * size + 1) - 1).floor_div(2)


def _looked_up(
    x: Tensor,
    sizes: Sequence[int],
    places: Sequence[Tensor],
    order: int,
    mode: str,
    value: float,
    start: Tensor | int,
) -> Tensor:
    """Rows of `x`, [product of sizes, channels], at places along each axis, mixed of neighbours."""
    corners = []
    for place, size in zip(places, sizes, strict=True):
        low = place.floor() if order else place.round()
        share = place - low
        steps = ((0, 1 - share), (1, share)) if order else ((0, None),)
        found = []
        for step, weight in steps:
            index = low.cast("int32") + step
            inside = index.greater_equal(0).logical_and(index.less(size)) if mode == "constant" else None
            found.append((_brought_inside(index, size, mode), inside, weight))
        corners.append(found)
    total = None
    for corner in product(*corners):
        row: Tensor | int = 0
        for (index, _, _), size in zip(corner, sizes, strict=True):
            row = index + row * size
        picked = gather(x, row + start)
        for _, inside, _ in corner:
            picked = picked if inside is None else logical.where(inside.expand_dims(-1), picked, value)
        for _, _, weight in corner:
            picked = picked if weight is None else picked * weight.expand_dims(-1)
        total = picked if total is None else total + picked
    assert total is not None
    return total


def _as_was(y: Tensor, x: Tensor) -> Tensor:
    return y if x.dtype == "float32" else y.round().cast(x.dtype)


@checked
def map_coordinates(
    inputs: TensorLike,
    coordinates: TensorLike,
    order: Literal[0, 1],
    fill_mode: FillMode = "constant",
    fill_value: float = 0,
) -> Tensor:
    """The elements of `inputs` at any places, mixed of their neighbours.

    `coordinates`: for each axis of inputs where it is looked, all of one shape, which the result has.
    `order`: 1 mixes neighbours, 0 takes the nearest.
    `fill_mode`: what lies outside: "constant" is `fill_value`, "nearest" the edge, "wrap" the other end,
    "mirror" and "reflect" the array mirrored at the middle, or the edge, of the last element.

    As `keras.ops.image.map_coordinates`.

    >>> map_coordinates([1., 3.], [[0.5, 1.]], 1).numpy().tolist()
    [2.0, 3.0]
    """
    x = tensor_of(inputs)
    given = coordinates if isinstance(coordinates, list | tuple) else list(floats(coordinates))
    places = [floats(one) for one in given]
    if len(places) != x.rank or not places or not all(one.rank for one in places):
        raise ShapeError(
            f"map_coordinates: needs coordinates along {x.rank} axes, each a list, got {len(places)}"
        )
    rows = x.cast("float32").reshape((-1, 1))
    return _as_was(_looked_up(rows, x.shape, places, order, fill_mode, fill_value, 0).squeeze(-1), x)


def _seen(
    images: TensorLike, maps: TensorLike, how: str, mode: str, value: float, data_format: str | None, op: str
) -> Tensor:
    """Images through maps: (x, y) is at ((ax + by + c) / k, (dx + ey + f) / k), k = gx + hy + 1."""
    given, numbers = images_of(images, op), floats(maps)
    x = given if given.rank == 4 else given.expand_dims(0)
    x = moveaxis(x, 1, -1) if data_format == "channels_first" else x
    count, height, width, channels = x.shape
    numbers = numbers.reshape((1, *numbers.shape)) if numbers.rank == 1 else numbers
    if numbers.rank != 2 or numbers.shape[1] != 8 or numbers.shape[0] not in (1, count):
        raise ShapeError(f"{op}: needs 8 numbers of each image or all, got shape {list(numbers.shape)}")
    a, b, c, d, e, f, g, h = (one.reshape((-1, 1, 1)) for one in numbers.unstack(1))
    across = range_(0, width, dtype="float32").reshape((1, 1, width))
    down = range_(0, height, dtype="float32").reshape((1, height, 1))
    depth = across * g + down * h + 1
    columns, rows = (across * a + down * b + c) / depth, (across * d + down * e + f) / depth
    starts = range_(0, count, dtype="int32").reshape((count, 1, 1)) * (height * width)
    flat = x.cast("float32").reshape((-1, channels))
    order = int(how == "bilinear")
    y = _as_was(_looked_up(flat, (height, width), (rows, columns), order, mode, value, starts), x)
    y = moveaxis(y, -1, 1) if data_format == "channels_first" else y
    return y if given.rank == 4 else y.squeeze(0)


@checked
def affine_transform(
    images: TensorLike,
    transform: TensorLike,
    interpolation: Interpolation = "bilinear",
    fill_mode: FillMode = "constant",
    fill_value: float = 0,
    data_format: Format | None = None,
) -> Tensor:
    """`images` seen through affine maps.

    `transform`: eight numbers a to h, or so many of each image: pixel (x, y) of the result is the image's at
    ((a x + b y + c) / k, (d x + e y + f) / k), with k = g x + h y + 1.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_mode`, `fill_value`: what lies outside, as of `map_coordinates`.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.affine_transform`.

    >>> affine_transform([[[1.], [2.], [3.]]], [1., 0., 1., 0., 1., 0., 0., 0.]).numpy().ravel().tolist()
    [2.0, 3.0, 0.0]
    """
    return _seen(images, transform, interpolation, fill_mode, fill_value, data_format, "affine_transform")


@checked
def perspective_transform(
    images: TensorLike,
    start_points: TensorLike,
    end_points: TensorLike,
    interpolation: Interpolation = "bilinear",
    fill_value: float = 0,
    data_format: Format | None = None,
) -> Tensor:
    """`images` whose four `start_points` move to `end_points`, as a picture that is tilted.

    `start_points`, `end_points`: [4, 2], x and y of each, or so many of each image.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `fill_value`: what lies outside.
    `data_format`: "channels_last", the default, or "channels_first".

    As `keras.ops.image.perspective_transform`.

    >>> corners = [[0., 0.], [1., 0.], [0., 1.], [1., 1.]]
    >>> perspective_transform([[[1.], [2.]], [[3.], [4.]]], corners, corners).numpy().round(3)[1, 0, 0].item()
    3.0
    """
    start, end = floats(start_points), floats(end_points)
    if start.shape != end.shape or start.shape[-2:] != (4, 2) or start.rank not in (2, 3):
        raise ShapeError(
            f"perspective_transform: needs points [4, 2], or [count, 4, 2], got {list(start.shape)} and "
            f"{list(end.shape)}"
        )
    start, end = (one.reshape((-1, 4, 2)) for one in (start, end))
    (u, v), (x, y) = start.unstack(2), end.unstack(2)
    one, zero = ones_like(x), zeros_like(x)
    rows = [
        stack([x, y, one, zero, zero, zero, -(u * x), -(u * y)], -1),
        stack([zero, zero, zero, x, y, one, -(v * x), -(v * y)], -1),
    ]
    numbers = solve(stack(rows, 2).reshape((-1, 8, 8)), start.reshape((-1, 8)))
    return _seen(images, numbers, interpolation, "constant", fill_value, data_format, "perspective_transform")
