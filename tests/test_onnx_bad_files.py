"""Damaged ONNX files: each a ModelFormatError, or a model that still runs; nothing else."""

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

import glbackend as gl
from glbackend.base.errors import HostMemoryError, ModelFormatError
from tests.onnx_making import model, node


def refused(proto: object, told: str) -> None:
    with pytest.raises(ModelFormatError, match=told):
        gl.load_onnx_model(proto.SerializeToString())  # type: ignore[attr-defined]


def test_contradictions() -> None:
    relu = node("Relu", "x", "y")
    with pytest.raises(ModelFormatError, match="holds no graph"):
        gl.load_onnx_model(b"")
    with pytest.raises(ModelFormatError, match="is no ONNX model"):
        gl.load_onnx_model(b"\xff" * 40)
    refused(
        model([node("Relu", "nowhere", "y")], "x:float", "y:float"),
        "reads 'nowhere', which nothing before gives",
    )
    refused(model([relu, relu], "x:float", "y:float"), "'y' is given twice")
    refused(model([relu], "x:float", "z:float"), "the output 'z' is given by no node")
    refused(model([node("Cast", "x", "y")], "x:float", "y:float"), "lacks the attribute 'to'")
    refused(model([node("Relu", "x", "y", odd=1)], "x:float", "y:float"), "has the attribute 'odd'")
    refused(model([node("Relu", "x x x", "y")], "x:float", "y:float"), "has 3 inputs")


def test_hostile_tensors() -> None:
    huge = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])
    huge.dims[:] = [1 << 40]
    proto = model([node("Add", "x w", "y")], "x:float", "y:float")
    proto.graph.initializer.append(huge)
    refused(proto, "tensor 'w' cannot be read")
    huge.dims[:] = [-2]
    proto.graph.initializer[0].CopyFrom(huge)
    refused(proto, "'w' has a dim below 0")
    huge.dims[:] = [2]
    proto.graph.initializer[0].CopyFrom(huge)
    proto.graph.initializer[0].data_type = 99
    refused(proto, "no known element type")
    wide = helper.make_tensor("w", TensorProto.INT64, [1], [1 << 40])
    proto.graph.initializer[0].CopyFrom(wide)
    refused(proto, "integers beyond int32")


@pytest.mark.parametrize(
    ("nodes", "weights"),
    [
        ([node("Range", "a b c", "y")], {"a": np.array(0), "b": np.array(2**31 - 1), "c": np.array(1)}),
        ([node("ConstantOfShape", "s", "y")], {"s": np.array([10**6, 10**6])}),
        ([node("Resize", "x - s", "y")], {"s": np.float32([1e9, 1e9])}),
        ([node("Resize", "x - s", "y", mode="linear")], {"s": np.float32([1e9, 1])}),
        ([node("Pad", "x s", "y", mode="edge")], {"s": np.array([10**9] * 4)}),
        ([node("Tile", "x s", "y")], {"s": np.array([10**6, 10**6])}),
        ([node("HannWindow", "n", "y")], {"n": np.array(2**31 - 1)}),
    ],
)
def test_models_that_ask_for_too_much(nodes: list[Any], weights: dict[str, Any]) -> None:
    net = gl.load_onnx_model(model(nodes, "x:float[2,2]", "y:float", weights).SerializeToString())
    with pytest.raises(HostMemoryError):
        net.predict(np.ones((2, 2), np.float32))


def test_functions_that_call_themselves() -> None:
    own = helper.make_function(
        "own",
        "F",
        ["a"],
        ["b"],
        [helper.make_node("F", ["a"], ["b"], domain="own")],
        [helper.make_opsetid("own", 1)],
    )
    nodes = [helper.make_node("F", ["x"], ["y"], domain="own")]
    refused(
        model(nodes, "x:float", "y:float", functions=[own], imports=[helper.make_opsetid("own", 1)]), "deep"
    )
