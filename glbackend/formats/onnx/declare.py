"""How an operator of ONNX is declared: `@onnx_op("Conv")` over a function that calls our ops.

The function's parameters are the operator's inputs, in their order; None stands for one that is left out. An
annotation may ask for values, read from the tensor (`list[int]`, `int`, `float`, `bool`, `str`, `Array`), or
name a `reader` of the family's own; what constants give is read once, at load. Keyword-only parameters are
attributes, by ONNX's names, and `**options: Unpack[Options]` stands for those of a TypedDict, which several
operators have; one called `node` receives the `NodeInfo`. `since` is the operator version from
which the function holds: a node is run by the newest that is not newer than its own version.
"""

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from glbackend.base.errors import ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.formats.onnx.elements import wrapped

Function = TypeVar("Function", bound=Callable[..., Any])
Values = list[Any]  # what a node takes: tensors, lists of them (sequences), None
Array = np.ndarray[Any, Any]
Reader = Callable[[Any], Any]
MANY = 1 << 30
_NONE: Any = inspect.Parameter.empty


class NodeInfo(NamedTuple):
    """What an operator may ask of its node: element types ("" where unknown), and which outputs are read."""

    name: str
    op: str
    domain: str
    version: int
    takes: Sequence[str]
    gives: Sequence[str]
    wanted: Sequence[bool]

    def __str__(self) -> str:
        return f"node {self.name!r} ({self.op})"


class OnnxOp(NamedTuple):
    """An operator from a version on: its function, how its inputs are read, its attributes and defaults.

    `pure` ones give the same for the same inputs. `wraps` where narrow integers wrap as their type does.
    `layout` says which inputs may come with their channels last (`layout.py`): the first of "images", "all",
    or those of "pointwise", which works element by element; the others come in ONNX's order.
    """

    since: int
    function: Callable[..., Any]
    readers: tuple[Reader | None, ...]
    least: int
    most: int
    attrs: Mapping[str, Any]
    takes_node: bool
    pure: bool
    wraps: bool
    layout: str

    def misfit(self, inputs: int, attrs: Mapping[str, Any]) -> str:
        """What of a node is not taken, "" where all is well."""
        if not self.least <= inputs <= self.most:
            return f"has {inputs} inputs, must have {self.least} at least and {self.most} at most"
        unknown = sorted(set(attrs) - set(self.attrs))
        if unknown:
            return f"has the attribute {unknown[0]!r}, which is not known here"
        missing = [name for name, default in self.attrs.items() if default is _NONE and name not in attrs]
        return f"lacks the attribute {missing[0]!r}" if missing else ""

    def reader(self, index: int) -> Reader | None:
        """How the input of a number is read."""
        return self.readers[index] if index < len(self.readers) else None

    def bind(self, attrs: Mapping[str, Any], node: NodeInfo) -> Callable[..., Any]:
        """The function with a node's attributes, of inputs that are read."""
        options = {**attrs, "node": node} if self.takes_node else dict(attrs)
        function = self.function
        if self.wraps and node.gives:
            element = node.gives[0]
            return lambda *values: wrapped(function(*values, **options), element)
        return lambda *values, **subgraphs: function(*values, **options, **subgraphs)


OPS: dict[tuple[str, str], list[OnnxOp]] = {}  # by domain ("" for ai.onnx) and name, the newest first


def onnx_op(
    *names: str, since: int = 1, domain: str = "", pure: bool = True, wraps: bool = False, layout: str = ""
) -> Callable[[Function], Function]:
    """Declares the function as the operators of these names."""

    def declare(function: Function) -> Function:
        hints = typing.get_type_hints(function, include_extras=True)
        readers: list[Reader | None] = []
        least, most, attrs, takes_node = 0, 0, {}, False
        for one in inspect.signature(function).parameters.values():
            if one.kind is one.VAR_POSITIONAL:
                most = MANY
            elif one.name == "node":
                takes_node = True
            elif one.kind is one.KEYWORD_ONLY:
                attrs[one.name] = one.default
            elif one.kind is one.VAR_KEYWORD:
                (options,) = typing.get_args(hints[one.name])
                attrs |= dict.fromkeys(typing.get_type_hints(options))
            else:
                readers.append(_reader(hints.get(one.name)))
                least, most = least + (one.default is _NONE), most + 1
        made = OnnxOp(since, function, tuple(readers), least, most, attrs, takes_node, pure, wraps, layout)
        for name in names:
            versions = OPS.setdefault((domain, name), [])
            versions.append(made)
            versions.sort(key=lambda op: -op.since)
        return function

    return declare


def rows(table: Mapping[str, Callable[..., Any]], wraps: bool = False) -> None:
    """Declares operators without attributes that take just the inputs of a function of ours."""
    for name, function in table.items():
        given = inspect.signature(function).parameters.values()
        count = sum(one.default is _NONE for one in given)
        # until version 6 some had attributes for in-place work, which say nothing of the result
        old = {"consumed_inputs": None}
        call = _only_inputs(function)
        OPS[("", name)] = [
            OnnxOp(1, call, (None,) * count, count, count, old, False, True, wraps, "pointwise")
        ]


def _only_inputs(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *values, consumed_inputs=None: function(*values)


def find_op(domain: str, name: str, version: int) -> OnnxOp | None:
    """The operator as of a version; None where it is not known."""
    return next((op for op in OPS.get((domain, name), ()) if op.since <= version), None)


def _reader(hint: Any) -> Reader | None:
    if typing.get_origin(hint) is typing.Annotated:
        return typing.get_args(hint)[1]
    parts = [one for one in typing.get_args(hint) if one is not type(None)]
    plain = parts[0] if len(parts) == 1 and type(None) in typing.get_args(hint) else hint
    return READERS.get(str(plain))


def array_of(value: Any) -> Array:
    """The values of a tensor."""
    if not isinstance(value, Tensor):
        raise ModelFormatError(f"a tensor is needed here, not {type(value).__name__}")
    return value.numpy()


def _only(value: Any) -> Any:
    found = array_of(value).reshape(-1)
    if found.size != 1:
        raise ModelFormatError(f"a single number is needed here, not {found.size}")
    return found[0]


def _real(value: Any) -> Any:
    if isinstance(value, Tensor) and value.dtype == "complex64":
        raise ModelFormatError("a real number is needed here, not a complex one")
    return value


READERS: dict[str, Reader] = {
    str(list[int]): lambda value: [int(one) for one in array_of(_real(value)).reshape(-1)],
    str(list[float]): lambda value: [float(one) for one in array_of(_real(value)).reshape(-1)],
    str(int): lambda value: int(_only(_real(value))),
    str(float): lambda value: float(_only(_real(value))),
    str(bool): lambda value: bool(_only(value)),
    str(str): lambda value: str(_only(value)),
    str(Array): array_of,
}
