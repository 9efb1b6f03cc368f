"""Layers that put a border around space, or cut one off."""

from collections.abc import Iterable, Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import layer
from glbackend.layers.spatial import Spatial, format_of

Border = int | Sequence[int | Sequence[int]]
Pairs = tuple[tuple[int, int], ...]


def pairs_of(value: Any, rank: int, name: str, layer: str) -> Pairs:
    """(before, after) for each spatial dim, of one number, one for each dim, or pairs; else ArgumentError.

    >>> pairs_of(1, 2, "padding", "pad"), pairs_of([1, [0, 2]], 2, "padding", "pad")
    (((1, 1), (1, 1)), ((1, 1), (0, 2)))
    """
    if not isinstance(value, Iterable):
        value = [value] * rank
    given = [value] if rank == 1 and len(value) == 2 else list(value)
    found = [tuple(one) if isinstance(one, Iterable) else (one, one) for one in given]
    if len(found) != rank or any(len(one) != 2 for one in found):
        raise ArgumentError(
            f"{layer}: {name} must be one number, {'or' if rank == 1 else f'{rank} numbers, or {rank}'} "
            f"pair{'s' if rank > 1 else ''} (before, after), got {value}"
        )
    if any(int(number) != number or number < 0 for one in found for number in one):
        raise ArgumentError(f"{layer}: {name} must be whole numbers of at least 0, got {value}")
    return tuple([(int(before), int(after)) for before, after in found])


class Bordered(Spatial):
    """What they share: a pair (before, after) for each spatial dim."""

    accepts_int = True
    data_format = "channels_last"

    def for_all(self, pairs: Pairs) -> Pairs:
        """The pairs of all dims, none for batch and channels."""
        none = (0, 0)
        return (none, none, *pairs) if self.first else (none, *pairs, none)


class ZeroPadding(Bordered):
    """Zeros around."""

    def __init__(self, padding: Border = 1, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        pairs = pairs_of(padding, self.rank, "padding", self.class_name)
        self.padding = pairs if self.rank > 1 else pairs[0]
        self.data_format = format_of(data_format, self.class_name)
        self._pairs = self.for_all(pairs)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.pad(self._pairs)


class Cropping(Bordered):
    """The inner part."""

    def crop(self, cropping: Border) -> None:
        """Keeps what is cut off, checked."""
        pairs = pairs_of(cropping, self.rank, "cropping", self.class_name)
        self.cropping = pairs if self.rank > 1 else pairs[0]
        self._pairs = self.for_all(pairs)

    def call(self, inputs: Tensor) -> Tensor:
        pairs = zip(self._pairs, inputs.shape, strict=True)
        kept = [size - before - after for (before, after), size in pairs]
        if any(left <= 0 < size for left, size in zip(kept, inputs.shape, strict=True)):
            raise ShapeError(
                f"{self.class_name} {self.name!r}: cropping {self.cropping} leaves nothing of an input of "
                f"shape {list(inputs.shape)}"
            )
        return inputs.slice([before for before, _ in self._pairs], kept)


@layer("zero_padding1d")
class ZeroPadding1D(ZeroPadding):
    """Zeros before and after the steps of a sequence.

    `padding`: how many, one number for both ends or a pair (before, after).
    `data_format`: "channelsLast" for inputs [batch, time, channels], "channelsFirst" for [batch, channels,
    time].

    As Keras's `ZeroPadding1D`.

    >>> import glbackend as gl
    >>> gl.layers.zero_padding1d(padding=[0, 2])(gl.tensor([[[1.], [2.]]])).numpy().ravel().tolist()
    [1.0, 2.0, 0.0, 0.0]
    """

    rank = 1


@layer("zero_padding2d")
class ZeroPadding2D(ZeroPadding):
    """Zeros around images.

    `padding`: how many rows and columns, one number for all sides, one for each of height and width, or
    ((top, bottom), (left, right)).
    `data_format`: "channelsLast" for inputs [batch, height, width, channels], "channelsFirst" for [batch,
    channels, height, width].

    As `tf.layers.zeroPadding2d`.

    >>> import glbackend as gl
    >>> gl.layers.zero_padding2d(padding=[1, [0, 2]])(gl.zeros([1, 4, 4, 3])).shape
    (1, 6, 6, 3)
    """


@layer("zero_padding3d")
class ZeroPadding3D(ZeroPadding):
    """Zeros around volumes.

    `padding`: how many, one number for all sides, one for each of depth, height and width, or three pairs
    (before, after).
    `data_format`: "channelsLast" for inputs [batch, depth, height, width, channels], "channelsFirst" for
    [batch, channels, depth, height, width].

    As Keras's `ZeroPadding3D`.

    >>> import glbackend as gl
    >>> gl.layers.zero_padding3d(padding=[1, 0, 0])(gl.zeros([1, 2, 4, 4, 3])).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3


@layer("cropping1d")
class Cropping1D(Cropping):
    """A sequence [batch, time, channels] without its first and last steps.

    `cropping`: how many go, one number for both ends or a pair (before, after).

    Raises ShapeError where nothing is left. As Keras's `Cropping1D`.

    >>> import glbackend as gl
    >>> gl.layers.cropping1d(cropping=[0, 1])(gl.tensor([[[1.], [2.]]])).item()
    1.0
    """

    rank = 1

    def __init__(self, cropping: Border = (1, 1), **options: Any) -> None:
        super().__init__(**options)
        self.crop(cropping)


@layer("cropping2d")
class Cropping2D(Cropping):
    """Images without rows and columns at their sides.

    `cropping`: how many rows and columns go, one number for all sides, one for each of height and width, or
    ((top, bottom), (left, right)).
    `data_format`: "channelsLast" for inputs [batch, height, width, channels], "channelsFirst" for [batch,
    channels, height, width].

    Raises ShapeError where nothing is left. As `tf.layers.cropping2D`.

    >>> import glbackend as gl
    >>> gl.layers.cropping2d(cropping=[1, [0, 2]])(gl.zeros([1, 4, 4, 3])).shape
    (1, 2, 2, 3)
    """

    def __init__(
        self, cropping: Border = ((0, 0), (0, 0)), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.data_format = format_of(data_format, self.class_name)
        self.crop(cropping)


@layer("cropping3d")
class Cropping3D(Cropping):
    """Volumes without what lies at their sides.

    `cropping`: how much goes, one number for all sides, one for each of depth, height and width, or three
    pairs (before, after).
    `data_format`: "channelsLast" for inputs [batch, depth, height, width, channels], "channelsFirst" for
    [batch, channels, depth, height, width].

    Raises ShapeError where nothing is left. As Keras's `Cropping3D`.

    >>> import glbackend as gl
    >>> gl.layers.cropping3d(cropping=[1, 0, 0])(gl.zeros([1, 3, 4, 4, 3])).shape
    (1, 1, 4, 4, 3)
    """

    rank = 3

    def __init__(
        self, cropping: Border = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.data_format = format_of(data_format, self.class_name)
        self.crop(cropping)
