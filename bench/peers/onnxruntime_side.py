"""The models that predict, on onnxruntime, one thread: ONNX written by hand, normalisations folded.

Imported where onnxruntime is installed, and onnx to write models with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from bench.inputs import case_input, weight
from bench.models import LAYERS


def version() -> str:
    """onnxruntime's."""
    return str(onnxruntime.__version__)


class Writer:
    """An ONNX graph being written: a row of nodes, each fed by the one before; images lie channels first."""

    def __init__(self, input_shape: tuple[int, ...]) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.numbers = iter(range(10_000))
        self.at = "x"
        self.shape = input_shape

    def weight(self, shape: tuple[int, ...], kind: str = "") -> Any:
        """The next weight of the model."""
        return weight(next(self.numbers), shape, kind)

    def add(self, op: str, *constants: Any, **attrs: Any) -> None:
        """A node on the last result and these arrays."""
        names = [self.at]
        for array in constants:
            names.append(f"c{len(self.constants)}")
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), names[-1]))
        self.at = f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, names, [self.at], **attrs))

    def model(self, input_shape: tuple[int, ...]) -> bytes:
        """The model, from "x" to the last result."""
        x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, input_shape)
        y = helper.make_tensor_value_info(self.at, onnx.TensorProto.FLOAT, None)
        graph = helper.make_graph(self.nodes, "model", [x], [y], self.constants)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        return bytes(made.SerializeToString())


def write(case: dict[str, Any]) -> bytes:
    """The model of a case; LookupError where it has layers that are not written here, or is trained."""
    if case["op"] != "model" or case["mode"] != "predict":
        raise LookupError(case["name"])
    shape = tuple(case["inputs"][0]["shape"])
    specs = LAYERS[case["model"]]()
    out = Writer(shape)
    if len(shape) == 4:
        out.add("Transpose", perm=[0, 3, 1, 2])
    channels = shape[-1]
    for i, (name, args) in enumerate(specs):
        folded = (
            specs[i + 1][1] if specs[i + 1 : i + 2] and specs[i + 1][0] == "batch_normalization" else None
        )
        channels = _layer(out, name, args, channels, folded)
    return out.model(shape)


def _layer(out: Writer, name: str, args: dict[str, Any], channels: int, folded: dict[str, Any] | None) -> int:
    """Writes one layer and gives the channels after it."""
    if name == "dense":
        out.add("Gemm", out.weight((channels, args["units"])), out.weight((args["units"],)))
        channels = args["units"]
    elif name in ("conv2d", "depthwise_conv2d"):
        channels = _convolution(out, name, args, channels, folded)
    elif name == "max_pooling2d":
        out.add("MaxPool", kernel_shape=[args["pool_size"]] * 2, strides=[args["pool_size"]] * 2)
    elif name == "global_average_pooling2d":
        out.add("GlobalAveragePool")
        out.add("Flatten")
    elif name == "flatten":  # in our order: channels last
        out.add("Transpose", perm=[0, 2, 3, 1])
        out.add("Flatten")
        channels = 1600
    elif name == "re_lu":
        out.add("Clip", np.float32(0), np.float32(args["max_value"]))
    elif name != "batch_normalization":
        raise LookupError(name)
    if activation := args.get("activation"):
        out.add({"relu": "Relu", "softmax": "Softmax"}[activation])
    return channels


def _convolution(
    out: Writer, name: str, args: dict[str, Any], channels: int, folded: dict[str, Any] | None
) -> int:
    k, depthwise = args["kernel_size"], name == "depthwise_conv2d"
    filters = channels if depthwise else args["filters"]
    shape = (k, k, channels, 1) if depthwise else (k, k, channels, filters)
    w = out.weight(shape, "depthwise" if depthwise else "").transpose(
        (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
    )
    bias = out.weight((filters,)) if args.get("use_bias", True) else np.zeros(filters, np.float32)
    if folded is not None:
        gamma, beta = out.weight((filters,), "gamma"), out.weight((filters,), "beta")
        mean, variance = out.weight((filters,), "moving_mean"), out.weight((filters,), "moving_variance")
        factor = gamma / np.sqrt(variance + np.float32(folded["epsilon"]))
        w, bias = w * factor[:, None, None, None], beta + (bias - mean) * factor
    out.add(
        "Conv",
        w,
        bias,
        kernel_shape=[k, k],
        strides=[args.get("strides", 1)] * 2,
        group=channels if depthwise else 1,
        auto_pad="SAME_UPPER" if args.get("padding") == "same" else "VALID",
    )
    return filters


def prepare(case: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What is timed, and what gives its numbers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(write(case), options, providers=["CPUExecutionProvider"])
    x = {"x": case_input(case["inputs"][0])}
    run = lambda: session.run(None, x)[0]  # noqa: E731 - given twice
    return run, run
