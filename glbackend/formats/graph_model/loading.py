"""Loading graph models: unknown ops, and what does not fit, are named before anything runs."""

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.shapes import Spec
from glbackend.engine.storage import Coded, Handle
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.formats.graph_model.attrs import declared_shape
from glbackend.formats.graph_model.compile import reachable
from glbackend.formats.graph_model.declare import TF_OPS, TFOp
from glbackend.formats.graph_model.execution import Run, check_constants
from glbackend.formats.graph_model.frames import FLOW
from glbackend.formats.graph_model.host import host_tensor
from glbackend.formats.graph_model.lists import Variable
from glbackend.formats.graph_model.model import Described, GraphModel
from glbackend.formats.graph_model.nodes import (
    GraphNode,
    Ref,
    TensorInfo,
    Topology,
    read_signature,
    read_topology,
)
from glbackend.formats.telling import telling
from glbackend.io import ModelArtifacts
from glbackend.io.quantization import dequantize
from glbackend.io.redirected import redirected
from glbackend.io.routing import http
from glbackend.io.specs import QUANTIZED_BYTES

LEAST_KEPT = 1024  # elements of a weight that stays quantised: smaller ones are not worth a program
NEAR_A_CODE = 0.02  # of a step that the code which means zero may be off
SOURCES = ("Const", "Placeholder")
NEVER = {  # op: why there is none
    "SimpleMLCreateModelResource": "decision forests come with TensorFlow Decision Forests",
    "SimpleMLInferenceOpWithHandle": "decision forests come with TensorFlow Decision Forests",
    "SimpleMLLoadModelFromPathWithHandle": "decision forests come with TensorFlow Decision Forests",
}


@checked
def load_graph_model(
    source: Any,
    *,
    strict: bool = True,
    on_progress: Callable[[float], object] | None = None,
    weight_path_prefix: str | os.PathLike[str] | None = None,
    weight_url_converter: Callable[[str], str] | None = None,
    keep_quantized: bool = False,
    from_tfhub: bool = False,
) -> GraphModel:
    """A graph model from a folder, a model.json, an IO handler or artifacts. As `tf.loadGraphModel`.

    `source`: where it lies, as in `load_layers_model`.
    `strict`: whether a constant without a weight is an error at load, or where it is first needed.
    `on_progress`: called with the fraction of the weight files that is read, up to 1.
    `weight_path_prefix`: the folder of the weight files, by default that of the model.json.
    `weight_url_converter`: gives for each name of a weight file the path where it lies.
    `keep_quantized`: whether large weights that the file holds as float16, uint8 or uint16 stay so on the
    device, and are brought back as they are read.
    `from_tfhub`: whether `source` is the address of a folder as TensorFlow Hub has them.

    Raises ModelFormatError for what is no whole graph model, and for ops that are not known here: all of them
    at once, with their nodes and what would help.

    >>> load_graph_model("no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: no model at no/such/folder: the folder no/such does not exist
    """
    if isinstance(source, ModelArtifacts):
        artifacts = source
    else:
        artifacts = redirected(
            http(source, from_tfhub=True) if from_tfhub else source,
            on_progress=on_progress,
            prefix=weight_path_prefix,
            convert=weight_url_converter,
            keep_codes=keep_quantized,
        ).load()
    where = str(source) if isinstance(source, str | os.PathLike) else "the model"
    with telling(where):
        return model_of(artifacts, where, strict)


def load_graph_model_sync(source: Any) -> GraphModel:
    """As `load_graph_model` of `source`, which does not wait for anything either. As `tf.loadGraphModelSync`.

    >>> load_graph_model_sync("no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: no model at no/such/folder: the folder no/such does not exist
    """
    model: GraphModel = load_graph_model(source)
    return model


def model_of(artifacts: ModelArtifacts, where: str, strict: bool = True) -> GraphModel:
    """The model of artifacts."""
    if artifacts.format != "graph-model" or "node" not in artifacts.model_topology:
        raise ModelFormatError(f"{where} is a {artifacts.format}, no graph model: use load_layers_model")
    topology = read_topology(artifacts.model_topology, where)
    check_constants(topology.nodes, artifacts.weights, where)
    described = _described(artifacts, topology, where)
    starting = None
    if artifacts.model_initializer:
        starting = read_topology(artifacts.model_initializer, f"{where}: modelInitializer")
    made = read_signature(artifacts.initializer_signature, "outputs", where)
    results = [info.node for info in described.outputs]
    check_ops(topology, results, where, strict, artifacts.weights)
    weights = weight_tensors(artifacts, where)
    tables: dict[str, Any] = {}
    model = GraphModel(Run(topology, weights, tables), described)
    if starting is not None:
        goals = [info.node for info in made] or [Ref(node.name) for node in _ends(starting.nodes)]
        check_ops(starting, goals, where, strict, artifacts.weights)
        found = Run(starting, weights, tables).program((), goals).run([])
        by_number = {info.resource: value for info, value in zip(made, found, strict=False)}
        model.capture({
            info.node.node: by_number[info.resource]
            for info in described.inputs
            if info.resource is not None and info.resource in by_number
        })  # fmt: skip
    return model


def weight_tensors(artifacts: ModelArtifacts, where: str) -> dict[str, Tensor]:
    """The weights; codes stay codes where the kernels can read them so: those that hold an exact zero."""
    specs = {spec.name: spec for spec in artifacts.weight_specs}
    weights = {}
    for name, array in artifacts.weights.items():
        how = specs[name].quantization if array.dtype.name in QUANTIZED_BYTES else None
        if how is None:
            weights[name] = keep(host_tensor(array))
            continue
        zero = 0.0 if how.scale is None or how.min is None else -how.min / (how.scale or 1.0)
        holds_zero = abs(zero - round(zero)) < NEAR_A_CODE and 0 <= round(zero) <= np.iinfo(np.uint16).max
        if how.dtype == "uint8":
            holds_zero = holds_zero and round(zero) <= np.iinfo(np.uint8).max
        if specs[name].dtype == "float32" and array.size >= LEAST_KEPT and holds_zero:
            weights[name] = keep(Tensor(Handle(Coded(array, how.scale, how.min or 0.0), Spec(array.shape))))
        else:
            weights[name] = keep(host_tensor(dequantize(array, specs[name], where)))
    return weights


def _described(artifacts: ModelArtifacts, topology: Topology, where: str) -> Described:
    signature = artifacts.signature
    taken = read_signature(signature, "inputs", where)
    given = read_signature(signature, "outputs", where)
    for info in (*taken, *given):
        if info.node.node not in topology.nodes:
            raise ModelFormatError(f"{where}: the signature names {info.name!r}, of a node that is not there")
    if not taken:
        taken = [_info(node) for node in topology.nodes.values() if node.op == "Placeholder"]
    if not given:
        given = [_info(node) for node in _ends(topology.nodes)]
    taken = [_of_placeholder(info, topology.nodes[info.node.node]) for info in taken]
    metadata = artifacts.user_defined_metadata
    keys = (metadata or {}).get("structuredOutputKeys")
    structured = keys if isinstance(keys, list) and len(keys) == len(given) else None
    versions = artifacts.model_topology.get("versions")
    version = versions.get("producer") if isinstance(versions, Mapping) else None
    return Described(taken, given, signature, metadata, None if version is None else str(version), structured)


def _info(node: GraphNode) -> TensorInfo:
    return _of_placeholder(TensorInfo(node.name, Ref(node.name), None, "unknown"), node)


def _of_placeholder(info: TensorInfo, node: GraphNode) -> TensorInfo:
    """An input as its node describes it, whose word counts, or the signature where that says nothing."""
    shape, dtype = node.attrs.get("shape"), node.attrs.get("dtype")
    return info._replace(
        shape=shape if isinstance(shape, tuple) else info.shape,
        dtype=dtype if isinstance(dtype, str) else info.dtype,
    )


def _ends(nodes: Mapping[str, GraphNode]) -> list[GraphNode]:
    """The nodes that no other one reads: what a graph without a signature gives."""
    read = {ref.node for node in nodes.values() for ref in node.inputs}
    read |= {one for node in nodes.values() for one in node.controls}
    return [node for name, node in nodes.items() if name not in read and node.op not in ("Const", "NoOp")]


def check_ops(
    topology: Topology, results: Sequence[Ref], where: str, strict: bool, weights: Mapping[str, Any]
) -> None:
    """ModelFormatError where what the results need holds ops that are not known, or is not whole."""
    found = reachable(topology.nodes, results, {})
    needed = [node for name, node in topology.nodes.items() if name in found]
    called: dict[str, None] = {}
    waiting = needed
    while waiting:
        names = [name for node in waiting for name in functions_of(node)]
        waiting = []
        for name in dict.fromkeys(names):
            if name not in called:
                called[name] = None
                if name not in topology.functions:
                    raise ModelFormatError(f"{where}: there is no function {name!r} in the library")
                waiting += topology.functions[name].nodes.values()
        needed += waiting
    unknown: dict[str, list[str]] = {}
    for node in needed:
        if node.op not in TF_OPS and node.op not in FLOW and node.op not in SOURCES:
            unknown.setdefault(node.op, []).append(node.name)
        elif strict and node.op == "Const" and node.name not in weights and not _has_value(node):
            raise ModelFormatError(f"{where}: node {node.name!r} (Const) has no weight of its name")
    if unknown:
        raise ModelFormatError(_unknown_ops(unknown, where))


def functions_of(node: GraphNode) -> list[str]:
    """The names of the functions that a node calls."""
    attrs = node.attrs
    if node.op in ("If", "StatelessIf"):
        found = [attrs.get("then_branch"), attrs.get("else_branch")]
    elif node.op in ("While", "StatelessWhile"):
        found = [attrs.get("cond"), attrs.get("body")]
    elif node.op in ("PartitionedCall", "StatefulPartitionedCall"):
        found = [attrs.get("f")]
    else:
        branches = attrs.get("branches") if node.op in ("Case", "StatelessCase") else []
        found = branches if isinstance(branches, list) else []
    return [name for name in found if isinstance(name, str)]


def _has_value(node: GraphNode) -> bool:
    """Whether a constant stands in the JSON itself, or has no elements."""
    value = node.attrs.get("value")
    if not isinstance(value, Mapping):
        return isinstance(value, Variable)
    told = any(value.get(key) for key in value if key not in ("dtype", "tensorShape", "versionNumber"))
    return told or 0 in (declared_shape(value, f"node {node.name!r}") or ())


def _unknown_ops(unknown: Mapping[str, Sequence[str]], where: str) -> str:
    told = []
    for op, names in sorted(unknown.items()):
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        near = difflib.get_close_matches(op, TF_OPS, 1, 0.8)
        hint = f"; {NEVER[op]}" if op in NEVER else f"; {near[0]} is known" if near else ""
        told.append(f"{op} (of {', '.join(map(repr, names[:3]))}{more}{hint})")
    return (
        f"{where}: {len(unknown)} ops are not known here: {', '.join(told)}. gl.register_op(name, function) "
        f"makes an op known; or ask for outputs before these nodes when you convert the model"
    )


def register_op(name: str, function: Callable[[Any], Any]) -> None:
    """Makes an op of your own known to graph models that are loaded afterwards. As `tf.registerOp`.

    `name`: what the op is called in the file; it may be one that is known here, whose place yours takes.
    `function`: receives the node, with `.inputs` (tensors), `.attrs` and `.name`; gives a tensor or a list.

    >>> register_op("Twice", lambda node: node.inputs[0] * 2)
    >>> deregister_op("Twice")
    """
    if not isinstance(name, str) or not name or not callable(function):
        raise ArgumentError(f"register_op: takes a name and a function, got {name!r}, {function!r:.60}")
    before = TF_OPS.get(name)
    if before is not None and not before.own:
        _BUILT_IN[name] = before
    TF_OPS[name] = TFOp(name, function, 0, 1 << 30, (), {}, pure=False, own=True)


def deregister_op(name: str) -> None:
    """Forgets an op of yours, `name`; one of ours that it stood for is back. As `tf.deregisterOp`.

    ArgumentError where there is none.

    >>> deregister_op("NoSuchOp")
    Traceback (most recent call last):
    glbackend.base.errors.ArgumentError: deregister_op: there is no op of yours called 'NoSuchOp'
    """
    known = TF_OPS.get(name)
    if known is None or not known.own:
        raise ArgumentError(f"deregister_op: there is no op of yours called {name!r}")
    del TF_OPS[name]
    if name in _BUILT_IN:
        TF_OPS[name] = _BUILT_IN.pop(name)


_BUILT_IN: dict[str, TFOp] = {}  # ops of ours that a user's stand for
