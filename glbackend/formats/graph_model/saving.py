"""Saving what a function computes as a graph model that TensorFlow.js loads."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.shapes import Spec
from glbackend.engine.graph import Graph
from glbackend.formats.graph_model.writer import TYPES, Writer, shape_attr, shape_json
from glbackend.formats.graph_model.written import writable
from glbackend.formats.tracing import (
    OPEN_SIZES,
    Source,
    Written,
    check_written,
    open_shapes,
    source_of,
)
from glbackend.formats.writing import named_outputs
from glbackend.io import ModelArtifacts, SaveResult, save_artifacts
from glbackend.io.files import SHARD_BYTES

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
    `specs`: for each argument a `TensorSpec`, an example, a shape (of float32) or a pair of shape
    and dtype; a dim of None is of any size. Layers and graph models need none.
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
    artifacts = artifacts_of(*source_of(source, specs, "save_graph_model"), metadata)
    how = {} if quantization is None and shard_bytes == SHARD_BYTES else {
        "quantization": quantization, "shard_bytes": shard_bytes,
    }  # fmt: skip
    return save_artifacts(artifacts, path, **how)


def artifacts_of(
    function: Callable[..., Any],
    names: Sequence[str],
    specs: Sequence[Spec],
    metadata: Mapping[str, Any] | None = None,
) -> ModelArtifacts:
    """Nodes and weights of what a function computes for arguments of such specs."""
    source = Source(function, names, specs)
    graph = source.graph(OPEN_SIZES[0])
    open_ended = source.is_open
    writer = _written(graph, names)
    if open_ended:
        shapes = {one["input"][1] for one in writer.nodes if one["op"] == "Reshape"}
        again = _written(source.graph(OPEN_SIZES[1]), names)
        open_shapes(_parts(writer), _parts(again), shapes, "save_graph_model")
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
    _drop_unread(writer, [*(info["name"] for info in (*taken.values(), *given.values()))])
    told = dict(metadata or {}) | ({"structuredOutputKeys": keys} if keys else {})
    return ModelArtifacts(
        {"node": writer.nodes, "versions": {"producer": 1395}},
        writer.weights,
        format="graph-model",
        generated_by=MADE_BY,
        signature={"inputs": taken, "outputs": given},
        user_defined_metadata=told or None,
    )


def _drop_unread(writer: Writer, ends: Sequence[str]) -> None:
    """Drops nodes and weights that nothing needs: results of a kernel that nobody asks for."""
    inputs = {one["name"]: one.get("input", ()) for one in writer.nodes}
    needed: set[str] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop().partition(":")[0]
        if name not in needed:
            needed.add(name)
            waiting += inputs[name]
    writer.nodes = [one for one in writer.nodes if one["name"] in needed]
    writer.weights = {name: array for name, array in writer.weights.items() if name in needed}


def _written(graph: Graph, names: Sequence[str]) -> Writer:
    """The nodes of a graph."""
    check_written(graph, writable, "save_graph_model", "a graph model", "TensorFlow.js")
    writer = Writer()
    for handle, name in zip(graph.inputs, names, strict=True):
        writer.name(handle, writer.add("Placeholder", [], name=name, dtype=handle.dtype))
    writer.write(graph)
    return writer


def _outputs(writer: Writer, graph: Graph, open_ended: bool) -> tuple[dict[str, Any], list[str]]:
    """The signature's outputs, and their keys where the function gives a dict."""
    named, is_dict = named_outputs(graph)
    given: dict[str, Any] = {}
    for key, handle in named:
        name = writer.add("Identity", [writer.of(handle)], name="Identity", T=handle.dtype)
        given[key] = {"name": f"{name}:0", "dtype": TYPES[handle.dtype]}
        if not open_ended:
            given[key]["tensorShape"] = shape_json(handle.shape)
    return given, list(given) if is_dict else []


def _parts(writer: Writer) -> Written:
    return Written(
        [one["op"] for one in writer.nodes],
        writer.weights,
        lambda name: [one["op"] for one in writer.nodes if name in one.get("input", ())],
    )
