"""Small ONNX models for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

KINDS = {
    "float": TensorProto.FLOAT,
    "int64": TensorProto.INT64,
    "int32": TensorProto.INT32,
    "bool": TensorProto.BOOL,
}


def node(op: str, inputs: str, outputs: str, **attrs: Any) -> NodeProto:
    """A node whose inputs and outputs are words, "-" for one that is left out."""
    names = ["" if one == "-" else one for one in inputs.split()]
    return helper.make_node(op, names, outputs.split(), name=f"{op}_{outputs.split()[0]}", **attrs)


def info(text: str) -> Any:
    """A ValueInfo of "x:float[N,3]"."""
    name, _, rest = text.partition(":")
    kind, _, dims = rest.partition("[")
    shape = [int(one) if one.isdigit() else one for one in dims.rstrip("]").split(",") if one]
    return helper.make_tensor_value_info(name, KINDS[kind], shape if "[" in rest else None)


def graph(
    nodes: Sequence[NodeProto], inputs: str, outputs: str, weights: Mapping[str, Any] | None = None
) -> GraphProto:
    """A graph of nodes; inputs and outputs are words as `info` takes them."""
    tensors = [numpy_helper.from_array(np.asarray(one), name) for name, one in (weights or {}).items()]
    return helper.make_graph(
        list(nodes),
        "g",
        [info(one) for one in inputs.split()],
        [info(one) for one in outputs.split()],
        tensors,
    )


def model(*parts: Any, opset: int = 21, **more: Any) -> ModelProto:
    """A model of a graph of these parts."""
    imports = [helper.make_opsetid("", opset), *more.pop("imports", ())]
    return helper.make_model(graph(*parts), opset_imports=imports, ir_version=10, **more)


def cnn(seed: int = 0) -> ModelProto:
    """A small network over images of any batch: convolution, pool, flattened by its own shape, dense layer."""
    rng = np.random.default_rng(seed)
    weights = {
        "w": rng.normal(size=(4, 3, 3, 3)).astype(np.float32), "b": rng.normal(size=4).astype(np.float32),
        "d": rng.normal(size=(5, 64)).astype(np.float32), "e": rng.normal(size=5).astype(np.float32),
        "first": np.array(0, np.int64), "axes": np.array([0], np.int64), "rest": np.array([-1], np.int64),
    }  # fmt: skip
    nodes = [
        node("Conv", "x w b", "c", pads=[1, 1, 1, 1]),
        node("Relu", "c", "r"),
        node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
        node("Shape", "p", "s"),
        node("Gather", "s first", "n"),
        node("Unsqueeze", "n axes", "m"),
        node("Concat", "m rest", "to", axis=0),
        node("Reshape", "p to", "f"),
        node("Gemm", "f d e", "y", transB=1),
    ]
    return model(nodes, "x:float[N,3,8,8]", "y:float[N,5]", weights)
