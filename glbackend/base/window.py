"""Geometry of convolutions and pools: which input positions each output position sees. Integers only.

Sizes are tuples over the spatial dims (height, width; of volumes depth first): one class serves both.
Contracts make a `Window` from raw attrs, kernels read it, gradients hand it on with `attrs()`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Shape

Sizes = tuple[int, ...]
FORMATS = {  # name: whether channels come first
    "NHWC": False,
    "NDHWC": False,
    "channelsLast": False,
    "NCHW": True,
    "NCDHW": True,
    "channelsFirst": True,
}
NAMES = {2: ("NHWC", "NCHW"), 3: ("NDHWC", "NCDHW")}  # channels last, channels first; by spatial dims
ROUNDING = ("floor", "round", "ceil")
LONGEST_WINDOW = 1 << 24


@dataclass(frozen=True, slots=True)
class Window:
    """Where a filter of `filter_size` stands over an input of `in_size`, once per position of `out_size`.

    `pads` holds (before, after) per spatial dim. In a depthwise convolution output channel c * multiplier + m
    comes from input channel c; elsewhere `multiplier` is 1. Output position o and filter position f meet at
    the input position o * stride + f * dilation - before, which counts as padding outside [0, in_size).
    """

    batch: int
    in_size: Sizes
    in_channels: int
    filter_size: Sizes
    strides: Sizes
    dilations: Sizes
    pads: tuple[tuple[int, int], ...]
    out_size: Sizes
    out_channels: int
    multiplier: int = 1
    channels_first: bool = False

    @property
    def is_volume(self) -> bool:
        """Whether there is a depth before height and width."""
        return len(self.in_size) == 3

    @property
    def in_height(self) -> int:
        """Rows of the input."""
        return self.in_size[-2]

    @property
    def in_width(self) -> int:
        """Columns of the input."""
        return self.in_size[-1]

    @property
    def out_height(self) -> int:
        """Rows of the output."""
        return self.out_size[-2]

    @property
    def out_width(self) -> int:
        """Columns of the output."""
        return self.out_size[-1]

    @property
    def filter_height(self) -> int:
        """Rows of the filter."""
        return self.filter_size[-2]

    @property
    def filter_width(self) -> int:
        """Columns of the filter."""
        return self.filter_size[-1]

    @property
    def pads_before(self) -> Sizes:
        """Padding before the first input position, per spatial dim: (top, left), of volumes front first."""
        return tuple(before for before, _ in self.pads)

    @property
    def extent(self) -> Sizes:
        """Input positions from the first to the last that a dilated filter spans."""
        return tuple(
            (size - 1) * step + 1 for size, step in zip(self.filter_size, self.dilations, strict=True)
        )

    def beyond(self, dim: int) -> tuple[int, int]:
        """By how many positions the first and the last window of a spatial dim reach over the input."""
        before = self.pads[dim][0]
        end = (self.out_size[dim] - 1) * self.strides[dim] + self.extent[dim] - before
        return before, max(end - self.in_size[dim], 0)

    @property
    def over_border(self) -> bool:
        """Whether some window reaches outside the input."""
        return _over_border(self)

    @property
    def x_shape(self) -> Shape:
        """Shape of the input with channels last, whatever the data format."""
        return (self.batch, *self.in_size, self.in_channels)

    @property
    def y_shape(self) -> Shape:
        """Shape of the output with channels last, whatever the data format."""
        return (self.batch, *self.out_size, self.out_channels)

    @property
    def in_shape(self) -> Shape:
        """Shape of the input in its data format."""
        return (self.batch, self.in_channels, *self.in_size) if self.channels_first else self.x_shape

    @property
    def out_shape(self) -> Shape:
        """Shape of the output in its data format."""
        return (self.batch, self.out_channels, *self.out_size) if self.channels_first else self.y_shape

    @property
    def data_format(self) -> str:
        """The data format as TF.js's attr."""
        return NAMES[len(self.in_size)][self.channels_first]

    @property
    def is_pointwise(self) -> bool:
        """Whether each output position sees the input at its own position only."""
        return set(self.filter_size) == {1} and self.in_size == self.out_size and set(self.strides) == {1}

    @property
    def is_global(self) -> bool:
        """Whether the one output position sees the whole input once, without padding."""
        whole = self.filter_size == self.in_size and set(self.out_size) == {1}
        return whole and not any(before or after for before, after in self.pads)

    def counts(self, dim: int) -> tuple[int, ...]:
        """For each output position along a spatial dim, how many filter positions lie within the input.

        >>> pool_window("avgPool", (1, 4, 4, 1), 3, strides=1, pad="same").counts(0)
        (2, 3, 3, 2)
        """
        size, step, before = self.in_size[dim], self.dilations[dim], self.pads[dim][0]
        starts = (o * self.strides[dim] - before for o in range(self.out_size[dim]))
        return tuple(
            sum(0 <= start + f * step < size for f in range(self.filter_size[dim])) for start in starts
        )

    def explicit_padding(self) -> tuple[tuple[int, int], ...]:
        """Padding as TF.js's explicit attr; without a rounding mode it gives this very window again."""
        pads = []
        for i, (before, after) in enumerate(self.pads):
            needed = (self.out_size[i] - 1) * self.strides[i] + self.extent[i] - self.in_size[i] - before
            pads.append((before, max(after, needed)))
        none = (0, 0)
        return (none, none, *pads) if self.channels_first else (none, *pads, none)

    def attrs(self) -> dict[str, Any]:
        """Strides, dilations, pad and data format as raw, hashable attrs that give this window again."""
        return {
            "strides": self.strides,
            "dilations": self.dilations,
            "pad": self.explicit_padding(),
            "data_format": self.data_format,
        }


@lru_cache(maxsize=256)
def _over_border(window: Window) -> bool:
    return any(any(window.beyond(dim)) for dim in range(len(window.in_size)))


def conv_window(
    op: str,
    x_shape: Shape,
    filter_shape: Shape,
    *,
    strides: Any,
    pad: Any,
    dilations: Any = 1,
    data_format: str | None = None,
    dim_rounding_mode: str | None = None,
    depthwise: bool = False,
    spatial: int = 2,
) -> Window:
    """The window of a convolution; ShapeError or ArgumentError (naming `op`) where the arguments do not fit.

    `filter_shape` is [height, width, in channels, out channels], or with `depthwise` the multiplier last;
    with `spatial` 3 depth comes before height. Strides and dilations are an int or one per spatial dim;
    `pad` is "same", "valid", an int or pairs in the order of `data_format` (None: channels last). As
    TF.js's `computeConv2DInfo` and `computeConv3DInfo`.

    >>> w = conv_window("conv2d", (1, 5, 5, 3), (3, 3, 3, 8), strides=2, pad="same"); w.out_shape, w.pads
    ((1, 3, 3, 8), ((1, 1), (1, 1)))
    """
    rank = spatial + 2
    if len(filter_shape) != rank or len(x_shape) != rank:
        raise ShapeError(
            f"{op}: x and filter must be of rank {rank}, got shapes {list(x_shape)} and {list(filter_shape)}"
        )
    batch, size, channels, first = _split(x_shape, data_format, op)
    *filter_size, filter_in, last = filter_shape
    if filter_in != channels:
        raise ShapeError(
            f"{op}: x of shape {list(x_shape)} ({NAMES[spatial][first]}) has {channels} channels, "
            f"but filter of shape {list(filter_shape)} takes {filter_in}: they must be equal"
        )
    steps = _sizes(strides, spatial, op, "strides"), _sizes(dilations, spatial, op, "dilations")
    fixed = _sizes(filter_size, spatial, op, "filter size")
    pads, out = _place(op, size, fixed, *steps, pad, dim_rounding_mode, first)
    out_channels, multiplier = (channels * last, last) if depthwise else (last, 1)
    return Window(batch, size, channels, fixed, *steps, pads, out, out_channels, multiplier, first)


def pool_window(
    op: str,
    x_shape: Shape,
    filter_size: Any,
    *,
    strides: Any,
    pad: Any,
    dilations: Any = 1,
    data_format: str | None = None,
    dim_rounding_mode: str | None = None,
    spatial: int = 2,
) -> Window:
    """The window of a pool over x of shape [batch, height, width, channels]; errors, attrs as `conv_window`.

    >>> pool_window("maxPool", (1, 4, 6, 3), 2, strides=(2, 2), pad="valid").out_shape
    (1, 2, 3, 3)
    """
    if len(x_shape) != spatial + 2:
        raise ShapeError(f"{op}: x must be of rank {spatial + 2}, got shape {list(x_shape)}")
    batch, size, channels, first = _split(x_shape, data_format, op)
    fixed = _sizes(filter_size, spatial, op, "filter_size")
    steps = _sizes(strides, spatial, op, "strides"), _sizes(dilations, spatial, op, "dilations")
    pads, out = _place(op, size, fixed, *steps, pad, dim_rounding_mode, first)
    if spatial == 2 and out == size and set(fixed) == {1}:
        # as TF.js: a window of one element that keeps the shape of images keeps the values
        steps, pads = ((1,) * spatial, (1,) * spatial), ((0, 0),) * spatial
    return Window(batch, size, channels, fixed, *steps, pads, out, channels, 1, first)


def check_steps(op: str, window: Window) -> None:
    """ArgumentError where strides and dilations are both above 1, which TF.js refuses."""
    if set(window.strides) != {1} and set(window.dilations) != {1}:
        raise ArgumentError(
            f"{op}: either strides or dilations must be 1, got strides {list(window.strides)} "
            f"and dilations {list(window.dilations)}"
        )


def is_channels_first(data_format: str | None, spatial: int, op: str) -> bool:
    """Whether channels come first (None: last); ArgumentError for a format that is none of `spatial` dims."""
    last, first = NAMES[spatial]
    if data_format not in (None, last, first, "channelsLast", "channelsFirst"):
        raise ArgumentError(f"{op}: data_format {data_format!r} must be {last!r} or {first!r}")
    return data_format is not None and FORMATS[data_format]


def _split(shape: Shape, data_format: str | None, op: str) -> tuple[int, Sizes, int, bool]:
    """Batch, spatial sizes, channels, and whether channels come first."""
    if is_channels_first(data_format, len(shape) - 2, op):
        return shape[0], tuple(shape[2:]), shape[1], True
    return shape[0], tuple(shape[1:-1]), shape[-1], False


def _whole(value: Any) -> bool:
    if isinstance(value, bool | str) or (isinstance(value, np.ndarray) and value.ndim):
        return False
    return hasattr(value, "__int__") and int(value) == value


def _sizes(value: Any, count: int, op: str, name: str) -> Sizes:
    """One positive int per spatial dim."""
    given = (value,) * count if _whole(value) else value
    if isinstance(given, str) or not isinstance(given, Sequence) or len(given) != count:
        raise ArgumentError(f"{op}: {name} must be a whole number or {count} of them, got {value!r}")
    if any(not _whole(one) or one < 1 for one in given):
        raise ArgumentError(f"{op}: {name} must be whole numbers of at least 1, got {value!r}")
    return tuple(int(one) for one in given)


def _place(
    op: str,
    size: Sizes,
    filter_size: Sizes,
    strides: Sizes,
    dilations: Sizes,
    pad: Any,
    mode: str | None,
    first: bool,
) -> tuple[tuple[tuple[int, int], ...], Sizes]:
    """Padding and output size per spatial dim."""
    if mode is not None and mode not in ROUNDING:
        raise ArgumentError(f"{op}: dim_rounding_mode {mode!r} must be one of {', '.join(ROUNDING)} or None")
    if isinstance(pad, str):
        if mode is not None:
            raise ArgumentError(
                f"{op}: pad must be a whole number or explicit with dim_rounding_mode {mode!r}, got {pad!r}"
            )
        if pad not in ("same", "valid"):
            raise ArgumentError(
                f"{op}: pad {pad!r} must be 'same', 'valid', a whole number or a list of pairs"
            )
    given = None if isinstance(pad, str) else _pairs(pad, len(size), first, op)
    spans = [(length - 1) * step + 1 for length, step in zip(filter_size, dilations, strict=True)]
    longest = max([*spans, *strides, *(side for pair in given or () for side in pair)])
    if longest > LONGEST_WINDOW:
        raise ArgumentError(
            f"{op}: windows, strides and pads may span {LONGEST_WINDOW:,} elements, got filter size "
            f"{list(filter_size)}, dilations {list(dilations)}, strides {list(strides)}, pad {pad!r}"
        )
    pads, out = [], []
    for i, length in enumerate(size):
        span = spans[i]
        if pad == "same":
            places = -(-length // strides[i])
            total = max(0, (places - 1) * strides[i] + span - length)
            pads.append((total // 2, total - total // 2))
        elif given is None:
            places = -((span - 1 - length) // strides[i])
            pads.append((0, 0))
        else:
            # differs from TF.js: an int pad there gives the width by the height's filter size and stride
            places = _rounded(length + sum(given[i]) - span, strides[i], mode)
            pads.append(given[i])
        if places < 0 and len(size) == 3:
            places = 0  # as in TF.js: a filter that does not fit a volume gives an empty result
        if places < 0:
            raise ShapeError(
                f"{op}: a filter of size {list(filter_size)} (dilations {list(dilations)}) does not fit "
                f"an input of size {list(size)} with pad {pad!r}"
            )
        out.append(places)
    return tuple(pads), tuple(out)


def _pairs(pad: Any, spatial: int, first: bool, op: str) -> list[tuple[int, int]]:
    """(before, after) per spatial dim from an int or from explicit pairs over all dims."""
    if _whole(pad):
        pairs = [(pad, pad)] * spatial
    else:
        if not isinstance(pad, Sequence) or len(pad) != spatial + 2 or any(len(pair) != 2 for pair in pad):
            raise ArgumentError(f"{op}: explicit pad must hold {spatial + 2} pairs, one per dim, got {pad!r}")
        at = 2 if first else 1
        pairs = [tuple(pair) for pair in pad[at : at + spatial]]
    if any(not _whole(one) or one < 0 for pair in pairs for one in pair):
        raise ArgumentError(f"{op}: pad must be whole numbers of at least 0, got {pad!r}")
    return [(int(before), int(after)) for before, after in pairs]


def _rounded(room: int, stride: int, mode: str | None) -> int:
    """room / stride + 1 as a whole number; without a mode it is cut towards zero."""
    if mode == "ceil":
        return -(-room // stride) + 1
    if mode == "round":
        return (2 * room + stride) // (2 * stride) + 1
    if mode == "floor" or room + stride >= 0:
        return room // stride + 1
    return -(-(room + stride) // stride)
