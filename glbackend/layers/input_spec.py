"""What a user's layer says of its inputs, as Keras's InputSpec, and how they are held against it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glbackend.base.errors import ShapeError


@dataclass
class InputSpec:
    """What the input of a layer must be: `self.input_spec = InputSpec(ndim=3)` in its constructor or `build`.

    `dtype`: of the input.
    `shape`: its dims, None for any.
    `ndim`, `max_ndim`, `min_ndim`: how many dims it has, at most, at least.
    `axes`: by the number of an axis its size.
    `allow_last_axis_squeeze`: whether a last dim of 1 does not count.
    `name`, `optional`: as in Keras; they change nothing here.

    A list of them, or None for what may be anything, where there are several inputs. Calls raise ShapeError
    for other inputs. As Keras's InputSpec.

    >>> InputSpec(shape=(None, 3)).ndim
    2
    """

    dtype: str | None = None
    shape: Sequence[int | None] | None = None
    ndim: int | None = None
    max_ndim: int | None = None
    min_ndim: int | None = None
    axes: Mapping[int, int | None] | None = None
    allow_last_axis_squeeze: bool = False
    name: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        if self.shape is not None:
            self.ndim = len(self.shape)

    def wrong(self, x: Any) -> Iterator[str]:
        """What an input, or a symbolic one, lacks, in words."""
        shape, wanted = list(x.shape), list(self.shape or ())
        if self.allow_last_axis_squeeze:
            shape, wanted = (one[:-1] if one[-1:] == [1] else one for one in (shape, wanted))
        elif self.ndim not in (None, len(shape)):
            yield f"ndim={self.ndim}"
        if self.max_ndim is not None and len(shape) > self.max_ndim:
            yield f"max_ndim={self.max_ndim}"
        if self.min_ndim is not None and len(shape) < self.min_ndim:
            yield f"min_ndim={self.min_ndim}"
        if self.dtype not in (None, x.dtype):
            yield f"dtype={self.dtype}"
        for axis, size in (self.axes or {}).items():
            found = shape[axis] if -len(shape) <= axis < len(shape) else -1
            if None not in (size, found) and size != found:
                yield f"axes={dict(self.axes or {})}"
        if any(None not in (a, b) and a != b for a, b in zip(wanted, shape, strict=False)):
            yield f"shape={tuple(self.shape or ())}"


def hold_against(spec: Any, group: Sequence[Any], who: str) -> None:
    """ShapeError where inputs are not as their specs say, or are of another number.

    `spec`: one, or a list of them. `group`: the inputs. `who`: the layer, for the error.
    """
    specs = list(spec) if isinstance(spec, list | tuple) else [spec]
    if not any(isinstance(one, InputSpec) for one in specs):
        return  # of a user who means something else by the name
    if len(specs) != len(group):
        raise ShapeError(f"{who}: expects {len(specs)} inputs by its input_spec, got {len(group)}")
    for i, (one, x) in enumerate(zip(specs, group, strict=True)):
        for words in one.wrong(x) if isinstance(one, InputSpec) else ():
            raise ShapeError(
                f"{who}: its input_spec wants {words} of input {i}, got {x.dtype}{list(x.shape)}"
            )
