"""Geometry of layers over space, of any rank: windows, strides, paddings, and where the channels are."""

from collections.abc import Sequence
from typing import Any, ClassVar

from glbackend.base.counts import MOST
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.maker import KERAS_2, KERAS_3, TFJS
from glbackend.base.window import NAMES
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.view import reshape
from glbackend.ops.window import to_first, to_last

FORMATS = {"channelslast": "channels_last", "nhwc": "channels_last",
           "channelsfirst": "channels_first", "nchw": "channels_first"}  # fmt: skip


def sizes(value: Any, rank: int, name: str, layer: str, least: int = 1) -> tuple[int, ...]:
    """A whole number per spatial dim, of one for all or of as many; ArgumentError where below `least`.

    >>> sizes(3, 2, "kernel_size", "conv2d"), sizes([2, 3], 2, "kernel_size", "conv2d")
    ((3, 3), (2, 3))
    """
    values = (value,) if isinstance(value, int | float) else tuple(value)
    if len(values) == 1:
        values = values * rank
    if len(values) != rank or any(not least <= one <= MOST or int(one) != one for one in values):
        count = "a whole number" if rank == 1 else f"one or {rank} whole numbers"
        raise ArgumentError(f"{layer}: {name} must be {count} of at least {least}, got {value}")
    return tuple(int(one) for one in values)


def padding_of(padding: Any, layer: str, known: Sequence[str] = ("valid", "same")) -> str:
    """One of the `known` paddings in any case; ArgumentError otherwise.

    >>> padding_of("SAME", "conv2d")
    'same'
    """
    chosen = str(padding).lower()
    if chosen not in known:
        raise ArgumentError(f"{layer}: padding must be {' or '.join(map(repr, known))}, got {padding!r}")
    return chosen


def format_of(data_format: Any, layer: str) -> str:
    """ "channels_last" (also for None) or "channels_first", in any spelling; ArgumentError otherwise.

    >>> format_of("channelsFirst", "conv2d"), format_of(None, "conv2d")
    ('channels_first', 'channels_last')
    """
    chosen = FORMATS.get(str(data_format or "channels_last").replace("_", "").lower())
    if chosen is None:
        raise ArgumentError(
            f"{layer}: data_format must be 'channelsLast' or 'channelsFirst', got {data_format!r}"
        )
    return chosen


class Grid(Layer):
    """What layers share whose pixels lie on another grid in TF.js than in Keras.

    `grid`: "tfjs" or "keras"; by default as who made the file has it.
    """

    def __init__(self, *, grid: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        if grid not in (None, "tfjs", "keras"):
            raise ArgumentError(f"{self.class_name}: grid must be 'tfjs' or 'keras', got {grid!r}")
        self.grid = grid

    @property
    def of_tfjs(self) -> bool:
        """Whether pixels lie on TF.js's grid."""
        return self._config_origin.maker == TFJS if self.grid is None else self.grid == "tfjs"

    def get_config(self) -> dict[str, Any]:
        """Of TF.js's grid with its name, as there is no other word for it; of Keras's with who has it."""
        config = super().get_config()
        config.pop("grid")
        if self.of_tfjs:
            return config | {"grid": "tfjs"}
        return config | {
            "made_by": self._config_origin.maker
            if self._config_origin.maker in (KERAS_2, KERAS_3)
            else KERAS_3
        }


class Spatial(Layer):
    """What layers over [batch, *space, channels] share: where the channels are, in `data_format`."""

    rank: ClassVar[int] = 2  # spatial dims
    _input_ranks = range(4, 5)
    data_format: str

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "rank" in vars(cls):
            cls._input_ranks = range(cls.rank + 2, cls.rank + 3)

    @property
    def first(self) -> bool:
        """Whether the channels come before the spatial dims."""
        return self.data_format == "channels_first"

    @property
    def op_format(self) -> str:
        """The data format as ops name it."""
        return NAMES[max(self.rank, 2)][self.first]

    def space(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The spatial dims of a shape."""
        return shape[1 + self.first : 1 + self.first + self.rank]

    def of_image(self, values: tuple[int, ...]) -> tuple[int, ...]:
        """One number for each spatial dim of what ops are given: 1 for the only row of a sequence."""
        return (1, *values) if self.rank == 1 else values

    def channels(self, shape: LayerShape) -> int:
        """Number of input channels; ShapeError where it is unknown."""
        found = shape[1 if self.first else -1]
        if found is None:
            raise ShapeError(f"{self.class_name} {self.name!r}: the channels of its input must be known")
        return found

    def as_image(self, x: Tensor) -> Tensor:
        """A sequence as an image of one row, since ops know images and volumes; these stay as they are."""
        return x.expand_dims(1 + self.first) if self.rank == 1 else x

    def as_given(self, y: Tensor) -> Tensor:
        """The output without the row that `as_image` gave to its input."""
        at = 1 + self.first
        return reshape(y, (*y.shape[:at], *y.shape[at + 1 :])) if self.rank == 1 else y

    def channels_last(self, x: Tensor) -> Tensor:
        """The input with channels at the end, for ops that know no other format; a sequence as an image."""
        return to_last(self.as_image(x)) if self.first else self.as_image(x)

    def restore(self, y: Tensor) -> Tensor:
        """The output of such an op as the layer gives it."""
        return self.as_given(to_first(y) if self.first else y)


class Windowed(Spatial):
    """A window that slides over space by `strides`, its points `dilation_rate` apart."""

    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    window: tuple[int, ...]
    strides: tuple[int, ...]
    dilation_rate: tuple[int, ...]
    padding: str

    def slide(self, window: Any, strides: Any, padding: Any, data_format: Any, dilation: Any = 1) -> None:
        """Keeps the geometry, checked; as attributes of the names that files hold."""
        self.window = window
        self.strides = sizes(strides, self.rank, "strides", self.class_name)
        self.padding = padding_of(padding, self.class_name, self.paddings)
        self.data_format = format_of(data_format, self.class_name)
        self.dilation_rate = sizes(dilation, self.rank, "dilation_rate", self.class_name)

    @property
    def extent(self) -> tuple[int, ...]:
        """What the window spans, its gaps included."""
        pairs = zip(self.window, self.dilation_rate, strict=True)
        return tuple([(points - 1) * step + 1 for points, step in pairs])

    @property
    def pad(self) -> Any:
        """The padding as ops take it."""
        if self.padding != "causal":
            return self.padding
        pairs = [(0, 0)] * 4  # of an image of one row, as is all that is causal
        pairs[2 + self.first] = (self.extent[0] - 1, 0)  # before the first step: no output sees a later one
        return pairs

    def check_room(self, x: Tensor) -> None:
        """ShapeError where the window fits nowhere in an input that holds something."""
        if self.padding != "valid":
            return
        for size, points, step in zip(self.space(x.shape), self.window, self.dilation_rate, strict=False):
            if size <= (points - 1) * step and 0 not in x.shape:
                raise ShapeError(
                    f"{self.class_name} {self.name!r}: an input of shape {list(x.shape)} is smaller than its "
                    f"window, {list(self.extent)}"
                )
