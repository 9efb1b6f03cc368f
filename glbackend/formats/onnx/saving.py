"""`save_onnx`: what a function or a model computes as an ONNX file."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.optional import optional
from glbackend.engine.graph import Graph
from glbackend.formats.onnx.writer import Entry, Writer, element_of
from glbackend.formats.onnx.written import writable
from glbackend.formats.replacing import replace_file
from glbackend.formats.tracing import (
    OPEN_SIZES,
    Source,
    Written,
    check_written,
    open_shapes,
    source_of,
)
from glbackend.formats.writing import named_outputs

OPSET = 18  # the operator set that is written
IR_VERSION = 8  # of the file itself, which ONNX Runtime reads from 1.14 on
MOST_BYTES = 2**31 - 1  # of a file, by protobuf
MADE_BY = "glbackend"


@checked
def save_onnx(source: Any, path: str | os.PathLike[str], *specs: Any, name: str = "model") -> None:
    """Writes what a function or a model computes as an ONNX file, of operator set 18.

    `source`: a function of tensors, a layers model, a graph model or an ONNX model. Its variables become
    constants.
    `path`: the file, *.onnx.
    `specs`: for each argument a `TensorSpec`, an example, a shape (of float32) or a pair of shape
    and dtype; a dim of None is of any size. Models need none.
    `name`: what the graph is called in the file.

    Inputs are called as the function's arguments or the model's inputs, outputs as the keys of a dict that
    the function gives, else output_0, output_1, .... Needs the package `onnx`. Raises ArgumentError for
    kernels that no operator of ONNX stands for, all at once; an earlier file is left as it was. As
    `tf2onnx.convert` of TensorFlow and `torch.onnx.export`; TF.js has none.

    >>> import tempfile
    >>> import glbackend as gl
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_onnx(lambda x: (x * 2.).relu(), folder + "/a.onnx", gl.zeros([3]))
    ...     gl.load_onnx_model(folder + "/a.onnx").predict([1., -1., 2.]).numpy().tolist()
    [2.0, 0.0, 4.0]
    """
    if not os.fspath(path).endswith(".onnx"):
        raise ArgumentError(f"save_onnx: path must end in .onnx, got {os.fspath(path)!r}")
    text = proto_of(source_of(source, specs, "save_onnx"), name).SerializeToString()
    replace_file(Path(path), lambda place: place.write_bytes(text))


def proto_of(source: Source, name: str = "model") -> Any:
    """The ModelProto of a function."""
    helper = optional("onnx.helper", "onnx", "save_onnx")
    graph = source.graph(OPEN_SIZES[0])
    writer, results = _written(graph, source.names)
    shapes = {one: handle.shape for one, handle in results.items()}
    if source.is_open:
        again, others = _written(source.graph(OPEN_SIZES[1]), source.names)
        reshaping = {one.inputs[1] for one in writer.nodes if one.op == "Reshape"}
        open_shapes(_parts(writer), _parts(again), reshaping, "save_onnx")
        shapes = {one: _open(one, shape, others[one].shape) for one, shape in shapes.items()}
    nodes = _needed(writer, list(results))
    used = {name: writer.constants[name] for name in _used(writer, nodes)}
    if (size := sum(one.nbytes for one in used.values())) > MOST_BYTES:
        raise ArgumentError(f"save_onnx: the weights have {size:,} bytes, a file holds {MOST_BYTES:,}")
    tensors = [_tensor(one, values) for one, values in used.items()]
    inputs = [
        _info(one, [_named(one, axis, dim) for axis, dim in enumerate(spec.shape)], spec.dtype)
        for one, spec in zip(_inputs(writer), source.specs, strict=True)
    ]
    outputs = [_info(one, shapes[one], handle.dtype) for one, handle in results.items()]
    made = helper.make_graph([_node(one) for one in nodes], name, inputs, outputs, tensors)
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(made, opset_imports=opsets, ir_version=IR_VERSION, producer_name=MADE_BY)


def _open(name: str, first: Any, second: Any) -> Any:
    """A shape with names for the dims in which two traces differ: the inputs' own, where it is the first."""
    return tuple(
        one if one == other else "batch" if not axis and (one, other) == OPEN_SIZES else f"{name}_{axis}"
        for axis, (one, other) in enumerate(zip(first, second, strict=True))
    )


def _inputs(writer: Writer) -> list[str]:
    return [one.outputs[0] for one in writer.nodes if one.op == "Placeholder"]


def _written(graph: Graph, names: Sequence[str]) -> tuple[Writer, dict[str, Any]]:
    """The nodes of a graph, and its outputs by their names."""
    check_written(graph, writable, "save_onnx", "an ONNX model", "ONNX")
    writer = Writer()
    found, _ = named_outputs(graph)
    reserved = [writer.unique(key) for key, _ in found]
    for handle, name in zip(graph.inputs, names, strict=True):
        made = writer.unique(name)
        writer.nodes.append(Entry("Placeholder", [], [made], {}))
        writer.name(handle, made)
    writer.write(graph)
    results = {name: handle for name, (_, handle) in zip(reserved, found, strict=True)}
    for name, handle in results.items():
        writer.nodes.append(Entry("Identity", [writer.of(handle)], [name], {}))
    return writer, results


def _parts(writer: Writer) -> Written:
    return Written(
        [one.op for one in writer.nodes],
        writer.constants,
        lambda name: [one.op for one in writer.nodes if name in one.inputs],
    )


def _needed(writer: Writer, results: Sequence[str]) -> list[Entry]:
    """The nodes that the outputs need; ArgumentError where they need what ONNX does not give."""
    wanted = set(results)
    kept: list[Entry] = []
    for one in reversed(writer.nodes):
        if wanted.intersection(one.outputs) and one.op != "Placeholder":
            wanted.update(one.inputs)
            kept.append(one)
    strange = sorted(wanted & set(writer.forbidden))
    if strange:
        raise ArgumentError(f"save_onnx: {'; '.join(writer.forbidden[name] for name in strange)}")
    return kept[::-1]


def _used(writer: Writer, nodes: Sequence[Entry]) -> list[str]:
    wanted = {name for one in nodes for name in one.inputs}
    return [name for name in writer.constants if name in wanted]


def _node(entry: Entry) -> Any:
    helper = optional("onnx.helper", "onnx", "save_onnx")
    types = optional("onnx", "onnx", "save_onnx").TensorProto
    attrs = {key: getattr(types, value) if key == "to" else value for key, value in entry.attrs.items()}
    return helper.make_node(entry.op, entry.inputs, entry.outputs, name=entry.outputs[0], **attrs)


def _tensor(name: str, values: np.ndarray[Any, Any]) -> Any:
    return optional("onnx.numpy_helper", "onnx", "save_onnx").from_array(values, name)


def _named(name: str, axis: int, dim: int | None) -> int | str:
    """A dim of an input: one of any size has a name, the first that of all."""
    return dim if dim is not None else f"{name}_{axis}" if axis else "batch"


def _info(name: str, shape: Sequence[int | str], dtype: DType) -> Any:
    """An input or output as the file declares it."""
    helper = optional("onnx.helper", "onnx", "save_onnx")
    types = optional("onnx", "onnx", "save_onnx").TensorProto
    return helper.make_tensor_value_info(name, getattr(types, element_of(dtype)), list(shape))
