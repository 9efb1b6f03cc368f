"""How an op of TensorFlow is declared: `@tf_op("Conv2D")` over a function that calls our ops.

The function's parameters are the op's inputs, in their order. One that is annotated `list[int]`, `int`,
`float`, `bool` or `str` receives values, read from the tensor (from the host, where shapes lie).
Keyword-only parameters are attrs, by TensorFlow's names; one called `run` receives the `Run`: functions,
tables. Where an op of TensorFlow takes the inputs of an op of ours, and nothing else, a row says so (`rows`).
"""

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.nodes import GraphNode

Function = TypeVar("Function", bound=Callable[..., Any])
Values = list[Any]  # what a node takes: tensors, and lists, arrays and tables
Bound = Callable[[Values], Any]
MANY = 1 << 30
_NONE: Any = inspect.Parameter.empty


class TFOp(NamedTuple):
    """An op: its function, how many inputs it takes, how they are read, and its attrs with their defaults.

    `outputs` names what it gives, where function bodies speak of that by name; a name that ends with "*" is
    a list. `pure` ops give the same for the same inputs, and do nothing else. `of_tensors` are those that
    take and give tensors alone, no lists, arrays or tables.
    """

    name: str
    function: Callable[..., Any]
    least: int
    most: int
    readers: tuple[Callable[[Any], Any] | None, ...]
    attrs: Mapping[str, tuple[Any, Any]]  # by name: the annotation and the default
    takes_run: bool = False
    outputs: tuple[str, ...] = ()
    pure: bool = True
    own: bool = False  # a user's, which takes the node
    of_tensors: bool = True

    def check_inputs(self, node: GraphNode) -> None:
        """ModelFormatError where a node has too few or too many inputs."""
        if not self.least <= len(node.inputs) <= self.most:
            wanted = self.least if self.least == self.most else f"at least {self.least}"
            raise ModelFormatError(
                f"node {node.name!r} ({node.op}) has {len(node.inputs)} inputs: must be {wanted}"
            )

    def bind(self, node: GraphNode, run: Any) -> Bound:
        """The op with the attrs of a node: a function of its inputs. ModelFormatError where they misfit."""
        if self.own:
            return lambda values: self.function(OwnNode(node.name, values, node.attrs))
        where = f"node {node.name!r} ({node.op})"
        options = {
            name: _attr(node, name, wanted, default, where)
            for name, (wanted, default) in self.attrs.items()
            if name in node.attrs or default is _NONE
        }
        if self.takes_run:
            options["run"] = run
        function, readers = self.function, self.readers
        if not any(readers):
            return lambda values: function(*values, **options)
        return lambda values: function(
            *[reader(value) if reader else value for reader, value in zip(readers, values, strict=False)],
            *values[len(readers) :],
            **options,
        )


class OwnNode(NamedTuple):
    """What a function given to `register_op` receives: the node's name, inputs (tensors) and attrs."""

    name: str
    inputs: list[Any]
    attrs: Mapping[str, Any]


TF_OPS: dict[str, TFOp] = {}  # by TensorFlow's names, which tell capitals and underscores apart


def tf_op(*names: str, outputs: Sequence[str] = (), pure: bool = True) -> Callable[[Function], Function]:
    """Declares the function as the op of these names."""

    def declare(function: Function) -> Function:
        hints = typing.get_type_hints(function)
        readers, least, most, attrs = [], 0, 0, {}
        for one in inspect.signature(function).parameters.values():
            if one.kind is one.VAR_POSITIONAL:
                most = MANY
            elif one.kind is one.KEYWORD_ONLY:
                if one.name != "run":
                    attrs[one.name] = hints.get(one.name), one.default
            else:
                readers.append(READERS.get(hints.get(one.name)))
                most += 1
                least += one.default is _NONE
        takes_run = "run" in inspect.signature(function).parameters
        of_tensors = "graph_model.lists." not in repr(hints)
        for name in names:
            TF_OPS[name] = TFOp(
                name, function, least, most, tuple(readers), attrs, takes_run, tuple(outputs), pure,
                of_tensors=of_tensors,
            )  # fmt: skip
        return function

    return declare


def rows(table: Mapping[str, Callable[..., Any]]) -> None:
    """Declares ops that take just the inputs of a function of ours, its parameters without a default."""
    for name, function in table.items():
        given = inspect.signature(function).parameters.values()
        count = sum(one.default is _NONE for one in given)
        TF_OPS[name] = TFOp(name, function, count, count, (), {})


def ints(value: Any) -> list[int]:
    """The numbers of an int tensor as a flat list, one of rank 0 as a list of one."""
    return [int(one) for one in _values(value)]


def floats(value: Any) -> list[float]:
    """The numbers of a tensor as a flat list."""
    return [float(one) for one in _values(value)]


def _values(value: Any) -> list[Any]:
    if not isinstance(value, Tensor):
        raise ModelFormatError(f"a tensor is needed here, not a {type(value).__name__}")
    found: list[Any] = value.handle.storage.values().tolist()
    return found


def _only(value: Any) -> Any:
    found = _values(value)
    if len(found) != 1:
        raise ModelFormatError(f"a single number is needed here, not {len(found)}")
    return found[0]


READERS: dict[Any, Callable[[Any], Any]] = {
    list[int]: ints,
    int: lambda value: int(_only(value)),
    float: lambda value: float(_only(value)),
    bool: lambda value: bool(_only(value)),
    str: lambda value: str(_only(value)),
}


def _attr(node: GraphNode, name: str, wanted: Any, default: Any, where: str) -> Any:
    """An attr of a node as its annotation wants it."""
    value = node.attrs.get(name, default)
    if value is None and default is not _NONE:
        return default
    if value is _NONE:
        raise ModelFormatError(f"{where} lacks the attr {name!r}")
    if wanted is float and isinstance(value, int | float):
        return float(value)
    if wanted is bool and isinstance(value, int | bool):
        return bool(value)
    if wanted in (Sequence[int], Sequence[str]):
        kind = int if wanted == Sequence[int] else str
        fits = isinstance(value, list) and all(isinstance(one, kind) for one in value)
    else:
        fits = wanted not in (float, bool, int, str) or isinstance(value, wanted)
    if not fits:
        raise ModelFormatError(f"{where}: attr {name!r} is {value!r:.60}, which does not fit")
    return value
