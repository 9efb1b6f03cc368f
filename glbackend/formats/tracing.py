"""What a function or a model computes, traced for a file: common to all formats that hold graphs."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.graph import Graph
from glbackend.graph.signature import TensorSpec
from glbackend.graph.trace import trace
from glbackend.models.model import Model

OPEN_SIZES = (2, 3)  # that a dim of any size is traced at
Array = np.ndarray[Any, Any]


class Source(NamedTuple):
    """A function, the names of its arguments, and their specs; a dim of None is of any size."""

    function: Callable[..., Any]
    names: Sequence[str]
    specs: Sequence[Spec]

    @property
    def is_open(self) -> bool:
        """Whether some dim is of any size."""
        return any(None in spec.shape for spec in self.specs)

    def graph(self, size: int) -> Graph:
        """What it computes where open dims have that size."""
        return trace(self.function, *[_sized(spec, size) for spec in self.specs])


def source_of(given: Any, specs: Sequence[Any], op: str) -> Source:
    """A function or a model, with specs as users write them; layers and graph models need none."""
    if isinstance(given, Model):
        symbols = given._symbolic_inputs
        own = [Spec(_open(one.shape), one.dtype) for one in symbols]

        def run(*tensors: Any) -> Any:
            return given(list(tensors) if len(tensors) > 1 else tensors[0])

        return Source(run, [one.name for one in symbols], _specs(specs, op) or own)
    if hasattr(given, "inputs") and hasattr(given, "predict"):  # a graph, of whichever format
        infos = given.inputs
        own = [] if specs else [Spec(_open(info.shape or ()), check_dtype(info.dtype)) for info in infos]
        names = [info.name for info in infos]
        return Source(lambda *xs: given.predict(list(xs)), names, _specs(specs, op) or own)
    if not callable(given):
        raise ArgumentError(f"{op}: source must be a function or a model, got {given!r:.60}")
    try:
        inspect.signature(given).bind(*specs)
    except TypeError as error:
        raise ArgumentError(f"{op}: a spec for each argument of the function: {error}") from None
    known = [one.name for one in inspect.signature(given).parameters.values()]
    names = [known[i] if i < len(known) else f"x{i}" for i in range(len(specs))]
    return Source(given, names, _specs(specs, op))


def _open(shape: Sequence[Any]) -> Any:
    return tuple(dim if isinstance(dim, int) and dim >= 0 else None for dim in shape)


def _specs(given: Sequence[Any], op: str) -> list[Spec]:
    return [_spec(one, op) for one in given]


def _spec(given: Any, op: str) -> Spec:
    """The spec of an example, a TensorSpec, a shape, or a pair of shape and dtype."""
    if isinstance(given, TensorSpec):
        return Spec(given.shape, given.dtype)  # type: ignore[arg-type]  # dims of None are sized before use
    if hasattr(given, "shape") and not isinstance(given, Spec):
        return as_tensor(given, "specs", op).spec
    pair = isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], str)
    shape, dtype = given if pair else (given, "float32")
    if not isinstance(shape, list | tuple) or not all(dim is None or isinstance(dim, int) for dim in shape):
        raise ArgumentError(f"{op}: a spec must be a shape, with its dtype or not, got {given!r:.60}")
    return Spec(tuple(shape), check_dtype(dtype))


def _sized(spec: Spec, size: int) -> Spec:
    return Spec(tuple(size if dim is None else dim for dim in spec.shape), spec.dtype)


def check_written(graph: Graph, writable: Callable[[str], bool], op: str, kind: str, whose: str) -> None:
    """ArgumentError where a graph cannot be written, with all that is in the way."""
    if graph.effects:
        changed = ", ".join(variable.name for variable, _ in graph.effects)
        raise ArgumentError(f"{op}: the function changes variables ({changed}), {kind} has none")
    if graph.lates:
        raise ArgumentError(f"{op}: the function draws random numbers, or counts steps: each call differs")
    strange = sorted({node.kernel for node in graph.nodes if node.inputs and not writable(node.kernel)})
    if strange:
        raise ArgumentError(
            f"{op}: no op of {whose} stands for {', '.join(strange)}: compute it by "
            f"other ops, or save a layers model as such (model.save)"
        )


class Written(NamedTuple):
    """What two traces of one function have become: the kinds of nodes, constants, and who uses which."""

    kinds: Sequence[str]
    constants: Mapping[str, Array]
    users: Callable[[str], Sequence[str]]


def open_shapes(first: Written, second: Written, shapes: set[str], op: str) -> None:
    """Writes -1 into shapes that go with an open dim; ArgumentError where something else goes with it."""
    if list(first.kinds) != list(second.kinds) or len(first.constants) != len(second.constants):
        raise ArgumentError(f"{op}: the function does something else for other sizes: give all dims")
    for (name, array), other in zip(first.constants.items(), second.constants.values(), strict=True):
        if array.shape == other.shape and (array == other).all():
            continue
        differing = array.shape == other.shape and (array != other).sum() == 1
        if name not in shapes or not differing:
            users = sorted(set(first.users(name)))
            raise ArgumentError(
                f"{op}: {', '.join(users)} goes with a dim of any size, which a file cannot say: "
                f"give shapes without None"
            )
        array[array != other] = -1
