"""What a layer holds arguments and inputs against, and how a call that fails leaves it as it was."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from glbackend.base.counts import count_of
from glbackend.base.errors import ArgumentError, ShapeError, TraceError
from glbackend.layers.input_spec import hold_against


class Checking:
    """Checks that layers share; a class says in `_input_ranks` which inputs it takes."""

    name: str
    class_name: ClassVar[str]
    _input_ranks: range | None = None  # of its first input; None where the layer takes any, or says so itself
    form: ClassVar[str] = ""  # of its first input in words, for the error
    input_spec: Any = None  # what a user's layer says of its inputs: an InputSpec, or a list of them

    def positive(self, name: str, value: Any) -> int:
        """An argument as an int; ArgumentError where it is no positive whole number that an int32 holds.

        `name`: of the argument, for the error.
        `value`: what was given.
        """
        return count_of(value, name, type(self).class_name)

    def share(self, name: str, value: Any) -> float:
        """An argument as a float; ArgumentError where it lies outside [0, 1).

        `name`: of the argument, for the error.
        `value`: what was given.
        """
        if not 0 <= float(value) < 1:
            raise ArgumentError(f"{type(self).class_name}: {name} must lie in [0, 1), got {value}")
        return float(value)

    def _check_inputs(self, group: Sequence[Any]) -> None:
        """ShapeError for an input of a rank that the layer does not take.

        `group`: the inputs, tensors or symbolic ones.
        """
        if self._input_ranks is not None and len(group[0].shape) not in self._input_ranks:
            least, most = self._input_ranks[0], self._input_ranks[-1]
            wanted = " or rank ".join(map(str, self._input_ranks)) if most < ANY else f"at least {least}"
            raise ShapeError(
                f"{type(self).class_name} {self.name!r}: needs inputs {self.form or f'of rank {wanted}'}, "
                f"got {list(group[0].shape)}"
            )
        if self.input_spec is not None:
            hold_against(self.input_spec, group, f"{type(self).class_name} {self.name!r}")


ANY = 1 << 30  # a rank that no tensor has: ends ranges without an end


def from_rank(least: int) -> range:
    """The ranks from one on.

    >>> 1 in from_rank(2), 7 in from_rank(2)
    (False, True)
    """
    return range(least, ANY + 1)


@contextmanager
def as_it_was(layer: Any) -> Iterator[None]:
    """A layer's first call: where it fails, the layer and those within have the attributes of before again.

    Else one that was built for inputs which it cannot take would hold weights of their shape for ever.
    """
    before = [(one, _held(one)) for one in layer._with_inner_layers()]
    try:
        yield
    except TraceError:  # of a trace, not of what came: it is tried again
        raise
    except BaseException:
        for one, held in before:
            vars(one).clear()
            vars(one).update(held)
        raise


def _held(layer: Any) -> dict[str, Any]:
    """The attributes, with copies of the lists and dicts in which a call notes things."""
    return {key: one.copy() if type(one) in (list, dict) else one for key, one in vars(layer).items()}
