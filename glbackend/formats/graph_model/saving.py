"""Saving what a function computes as a graph model that TensorFlow.js loads."""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.dtypes import check_dtype
from glbackend.base.errors import ArgumentError
from glbackend.base.nested import leaves
from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.formats.graph_model.model import GraphModel
from glbackend.formats.graph_model.writer import TYPES, Writer, shape_attr, shape_json
from glbackend.formats.graph_model.written import writable, write
from glbackend.graph.trace import trace
from glbackend.io import ModelArtifacts, SaveResult, save_artifacts
from glbackend.io.files import SHARD_BYTES
from glbackend.models.model import Model

OPEN_SIZES = (2, 3)  # that a dim of any size is traced at
MADE_BY = "glbackend"


@checked
def save_graph_model(
    source: Any,
    path: str | os.PathLike[str] | Any,
    *specs: Any,
    quantization: Any = None,
    shard_bytes: int = SHARD_BYTES,
    metadata: Mapping[str, Any] | None = None,
) -> SaveResult:
    """Writes what a function or a model computes as a graph model, which TF.js's `loadGraphModel` reads.

    `source`: a function of tensors, a layers model or a graph model. Its variables become constants.
    `path`: a folder, a .json file or an IO handler.
    `specs`: for each argument an example, a shape (of float32) or a pair of shape and dtype; a dim of None is
    of any size. Layers and graph models need none.
    `quantization`, `shard_bytes`: as in `gl.io.save_artifacts`.
    `metadata`: what else the file is to say, as JSON (`userDefinedMetadata`).

    Raises ArgumentError for kernels that no op of TensorFlow.js stands for, all at once. As
    `tf.saved_model.save` of TensorFlow with its converter.

    >>> import glbackend as gl
    >>> memory = gl.io.from_memory()
    >>> _ = gl.save_graph_model(lambda x: (x * 2.).relu(), memory, gl.zeros([3]))
    >>> gl.load_graph_model(memory).predict([1., -1., 2.]).numpy().tolist()
    [2.0, 0.0, 4.0]
    """
    function, names, given = _callable(source, specs)
    artifacts = artifacts_of(function, names, [_spec(one) for one in given], metadata)
    how = {} if quantization is None and shard_bytes == SHARD_BYTES else {
        "quantization": quantization, "shard_bytes": shard_bytes,
    }  # fmt: skip
    return save_artifacts(artifacts, path, **how)


def _callable(source: Any, specs: Sequence[Any]) -> tuple[Callable[..., Any], list[str], Sequence[Any]]:
    """What is traced, what its arguments are called, and their specs."""
    if isinstance(source, GraphModel):
        infos = source.inputs
        own = [Spec(_open(info.shape or ()), info.dtype) for info in infos]  # type: ignore[arg-type]
        return lambda *xs: source.predict(list(xs)), [info.name for info in infos], specs or own
    if isinstance(source, Model):
        own = [Spec(_open(one.shape), one.dtype) for one in source.inputs]
        names = [one.name for one in source.inputs]

        def run(*tensors: Any) -> Any:
            return source(list(tensors) if len(tensors) > 1 else tensors[0])

        return run, names, specs or own
    if not callable(source):
        raise ArgumentError(f"save_graph_model: source must be a function or a model, got {source!r:.60}")
    known = [one.name for one in inspect.signature(source).parameters.values()]
    return source, [known[i] if i < len(known) else f"x{i}" for i in range(len(specs))], specs


def _open(shape: Sequence[int | None]) -> Any:
    return tuple(None if dim is None or dim < 0 else dim for dim in shape)


def _spec(given: Any) -> Spec:
    """The spec of an example, a shape, or a pair of shape and dtype."""
    if hasattr(given, "shape") and not isinstance(given, Spec):
        return as_tensor(given, "specs", "save_graph_model").spec
    pair = isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], str)
    shape, dtype = given if pair else (given, "float32")
    if not isinstance(shape, list | tuple) or not all(dim is None or isinstance(dim, int) for dim in shape):
        raise ArgumentError(
            f"save_graph_model: a spec must be a shape, with its dtype or not, got {given!r:.60}"
        )
    return Spec(tuple(shape), check_dtype(dtype))


def _sized(spec: Spec, size: int) -> Spec:
    return Spec(tuple(size if dim is None else dim for dim in spec.shape), spec.dtype)


def artifacts_of(
    function: Callable[..., Any],
    names: Sequence[str],
    specs: Sequence[Spec],
    metadata: Mapping[str, Any] | None = None,
) -> ModelArtifacts:
    """Nodes and weights of what a function computes for arguments of such specs."""
    graph = trace(function, *[_sized(spec, OPEN_SIZES[0]) for spec in specs])
    open_ended = any(None in spec.shape for spec in specs)
    writer = _written(graph, names)
    if open_ended:
        _open_shapes(
            writer, _written(trace(function, *[_sized(spec, OPEN_SIZES[1]) for spec in specs]), names)
        )
    taken: dict[str, Any] = {}
    for handle, name, spec in zip(graph.inputs, names, specs, strict=True):
        dims = [-1 if dim is None else dim for dim in spec.shape]
        node = next(one for one in writer.nodes if one["name"] == writer.of(handle))
        node["attr"]["shape"] = shape_attr(dims)
        taken[name] = {
            "name": f"{writer.of(handle)}:0",
            "dtype": TYPES[spec.dtype],
            "tensorShape": shape_json(dims),
        }
    given, keys = _outputs(writer, graph, open_ended)
    told = dict(metadata or {}) | ({"structuredOutputKeys": keys} if keys else {})
    return ModelArtifacts(
        {"node": writer.nodes, "versions": {"producer": 1395}},
        writer.weights,
        format="graph-model",
        generated_by=MADE_BY,
        signature={"inputs": taken, "outputs": given},
        user_defined_metadata=told or None,
    )


def _written(graph: Graph, names: Sequence[str]) -> Writer:
    """The nodes of a graph."""
    _check(graph)
    writer = Writer()
    for handle, name in zip(graph.inputs, names, strict=True):
        writer.name(handle, writer.add("Placeholder", [], name=name, dtype=handle.dtype))
    for variable, handle in graph.variables:
        writer.name(handle, writer.const(variable.numpy(), variable.name))
    for node in graph.nodes:
        if node.inputs:
            write(writer, node)
        else:  # a constant: it is computed now
            for handle, made in zip(node.outputs, _computed(node), strict=True):
                writer.name(handle, writer.const(made.storage.values().reshape(made.shape)))
    return writer


def _computed(node: Node) -> tuple[Handle, ...]:
    return node.run(engine().backend, node.inputs, lambda late: late.present)


def _check(graph: Graph) -> None:
    """ArgumentError where a graph cannot be written, with all that is in the way."""
    if graph.effects:
        changed = ", ".join(variable.name for variable, _ in graph.effects)
        raise ArgumentError(
            f"save_graph_model: the function changes variables ({changed}), a graph model has none"
        )
    if graph.lates:
        raise ArgumentError(
            "save_graph_model: the function draws random numbers, or counts steps: each call differs"
        )
    strange = sorted({node.kernel for node in graph.nodes if node.inputs and not writable(node.kernel)})
    if strange:
        raise ArgumentError(
            f"save_graph_model: no op of TensorFlow.js stands for {', '.join(strange)}: compute it by "
            f"other ops, or save a layers model as such (model.save)"
        )


def _outputs(writer: Writer, graph: Graph, open_ended: bool) -> tuple[dict[str, Any], list[str]]:
    """The signature's outputs, and their keys where the function gives a dict."""
    found = list(leaves(Handle, graph.outputs))
    structured = isinstance(graph.outputs, dict) and all(
        isinstance(x, Handle) for x in graph.outputs.values()
    )
    keys = list(graph.outputs) if structured else [f"output_{i}" for i in range(len(found))]
    given: dict[str, Any] = {}
    for key, handle in zip(keys, found, strict=True):
        name = writer.add("Identity", [writer.of(handle)], name="Identity", T=handle.dtype)
        given[key] = {"name": f"{name}:0", "dtype": TYPES[handle.dtype]}
        if not open_ended:
            given[key]["tensorShape"] = shape_json(handle.shape)
    return given, [str(key) for key in keys] if structured else []


def _open_shapes(first: Writer, second: Writer) -> None:
    """Writes -1 where a shape goes with an open dim; ArgumentError where something else does."""
    if [one["op"] for one in first.nodes] != [one["op"] for one in second.nodes]:
        raise ArgumentError(
            "save_graph_model: the function does something else for other sizes: give all dims"
        )
    shapes = {one["input"][1] for one in first.nodes if one["op"] == "Reshape"}
    for (name, array), other in zip(first.weights.items(), second.weights.values(), strict=True):
        if array.shape == other.shape and (array == other).all():
            continue
        differing = array.shape == other.shape and (array != other).sum() == 1
        if name not in shapes or not differing:
            users = sorted({one["op"] for one in first.nodes if name in one.get("input", ())})
            raise ArgumentError(
                f"save_graph_model: {', '.join(users)} goes with a dim of any size, which a file cannot say: "
                f"give shapes without None"
            )
        array[array != other] = -1
