"""A graph as a file gives it: nodes by name, functions by name, and what a signature says.

Everything is held against its form here, once; what comes after may rely on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from glbackend.base.errors import ModelFormatError
from glbackend.formats.graph_model.attrs import integer, read_attrs, shape, tf_type


class Ref(NamedTuple):
    """One output of a node: its number, or in functions the name of an output and the number within it."""

    node: str
    number: int = 0
    output: str | None = None


@dataclass(slots=True, eq=False)
class GraphNode:
    """A node: its op, what it takes (in order), what it waits for, and its attrs as plain values."""

    name: str
    op: str
    inputs: tuple[Ref, ...] = ()
    controls: tuple[str, ...] = ()
    attrs: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Function:
    """A function of the library: its arguments' names, its nodes, what it returns, and the nodes that run
    whatever is asked of it (`effects`)."""

    name: str
    arguments: tuple[str, ...]
    nodes: dict[str, GraphNode]
    results: tuple[Ref, ...]
    effects: tuple[str, ...] = ()


class TensorInfo(NamedTuple):
    """What a model takes or gives: `name` in the signature, the `node` behind it, `shape` (-1 unknown; None
    of any rank) and `dtype`; `resource` where it is a captured table, by the number that files give it."""

    name: str
    node: Ref
    shape: tuple[int, ...] | None
    dtype: str
    resource: int | None = None


@dataclass(slots=True, eq=False)
class Topology:
    """All nodes and functions of a graph, in the order of the file."""

    nodes: dict[str, GraphNode]
    functions: dict[str, Function]


def parse_ref(given: str) -> Ref:
    """A reference to a tensor: a node's name, `name:1`, or as in functions `name:output:0`.

    >>> parse_ref("split:1"), parse_ref("top:indices:0").output
    (Ref(node='split', number=1, output=None), 'indices')
    """
    name, _, last = given.rpartition(":")
    if not name or not last.isdecimal() or len(last) > 9:
        return Ref(given)
    node, _, output = name.rpartition(":")
    return Ref(node, int(last), output) if node else Ref(name, int(last))


def read_topology(given: Mapping[str, Any], where: str) -> Topology:
    """The graph of a modelTopology; ModelFormatError, naming `where`, for one that is none."""
    library = given.get("library") or {}
    listed = library.get("function") if isinstance(library, Mapping) else library
    functions: dict[str, Function] = {}
    for entry in _objects(listed or [], f"{where}: library.function"):
        function = _function(entry, where)
        functions[function.name] = function
    return Topology(_nodes(given.get("node"), where), functions)


def _nodes(given: Any, where: str) -> dict[str, GraphNode]:
    nodes: dict[str, GraphNode] = {}
    for entry in _objects(given, f"{where}: node"):
        name, op = entry.get("name"), entry.get("op")
        if not isinstance(name, str) or not name or not isinstance(op, str):
            raise ModelFormatError(
                f"{where}: a node must have a name and an op, not {name!r:.60}, {op!r:.60}"
            )
        if name in nodes:
            raise ModelFormatError(f"{where}: node {name!r} is there twice")
        data, controls = [], []
        given_to = entry.get("input") or []
        for one in given_to if isinstance(given_to, list) else [given_to]:
            if not isinstance(one, str) or not one:
                raise ModelFormatError(f"{where}: node {name!r} has the input {one!r:.60}: must be a name")
            if one[0] == "^":
                controls.append(parse_ref(one[1:]).node)
            else:
                data.append(parse_ref(one))
        attrs = read_attrs(entry.get("attr"), f"{where}: node {name!r} ({op})")
        nodes[name] = GraphNode(name, op, tuple(data), tuple(controls), attrs)
    return nodes


def _function(entry: Mapping[str, Any], where: str) -> Function:
    signature = entry.get("signature")
    name = signature.get("name") if isinstance(signature, Mapping) else None
    if not isinstance(signature, Mapping) or not isinstance(name, str):
        raise ModelFormatError(f"{where}: a function of the library has no name")
    where = f"{where}: function {name!r}"
    arguments = tuple(_argument(one, where) for one in _objects(signature.get("inputArg") or [], where))
    returned = entry.get("ret") or {}
    if not isinstance(returned, Mapping) or not all(isinstance(one, str) for one in returned.values()):
        raise ModelFormatError(f"{where}: ret must give a tensor for each result")
    results = []
    for one in _objects(signature.get("outputArg") or [], where):
        key = _argument(one, where)
        results.append(parse_ref(returned.get(key, key)))
    nodes, effects = _nodes(entry.get("nodeDef") or [], where), entry.get("controlRet") or {}
    if not isinstance(effects, Mapping) or not all(one in nodes for one in effects.values()):
        raise ModelFormatError(f"{where}: controlRet must name nodes of the function")
    return Function(name, arguments, nodes, tuple(results), tuple(effects.values()))


def _argument(entry: Mapping[str, Any], where: str) -> str:
    name = entry.get("name")
    if not isinstance(name, str):
        raise ModelFormatError(f"{where}: an argument has no name")
    return name


def _objects(given: Any, what: str) -> list[Mapping[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise ModelFormatError(f"{what} must be a list of objects")
    return given


def read_signature(given: Mapping[str, Any] | None, part: str, where: str) -> list[TensorInfo]:
    """The entries of a signature's `part`, "inputs" or "outputs", in the order of the file."""
    entries = (given or {}).get(part) or {}
    if not isinstance(entries, Mapping):
        raise ModelFormatError(f"{where}: signature.{part} must be an object")
    infos = []
    for key, entry in entries.items():
        try:
            name = entry.get("name", key)
            resource = entry.get("resourceId")
            kind = tf_type(entry["dtype"]) if "dtype" in entry else None
            dims = shape(entry["tensorShape"]) if "tensorShape" in entry else None
            infos.append(TensorInfo(
                key, parse_ref(name), dims, _spoken(kind), None if resource is None else integer(resource)
            ))  # fmt: skip
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            raise ModelFormatError(f"{where}: signature.{part}[{key!r}] cannot be read: {error}") from None
    return infos


def _spoken(kind: Any) -> str:
    return "unknown" if kind is None else kind.ours or kind.name.removeprefix("DT_").lower()
