"""What ONNX Runtime gives for operators of old operator sets: `PYTHONPATH=. python tools/onnx_goldens.py` writes
tests/golden/onnx_old.npz, with a Python that has onnxruntime and no need of glbackend.

ONNX's own node cases know the newest version of each operator alone. A case stands here for every operator
whose meaning, inputs or attributes changed.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "onnx_old.npz"
Array = np.ndarray[Any, Any]


class Old(NamedTuple):
    """A node as of an operator set: what it is given, which of that are initializers, and its attributes."""

    op: str
    opset: int
    inputs: Sequence[Array | None]
    attrs: Mapping[str, Any]
    outputs: int = 1
    fed: int = 1  # inputs that are fed; the others are initializers

    @property
    def name(self) -> str:
        """A name for messages."""
        told = ",".join(f"{key}={value}" for key, value in self.attrs.items())
        return f"{self.op}-{self.opset}({told})"

    @property
    def given(self) -> list[Array]:
        """What is fed."""
        return [one for one in self.inputs[: self.fed] if one is not None]

    def model(self) -> ModelProto:
        """A model of this node."""
        names = [f"x{i}" if one is not None else "" for i, one in enumerate(self.inputs)]
        values = [(name, one) for name, one in zip(names, self.inputs, strict=True) if one is not None]
        made = [f"y{i}" for i in range(self.outputs)]
        node = helper.make_node(self.op, names, made, **self.attrs)
        inputs = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(one.dtype), one.shape)
            for name, one in values[: self.fed]
        ]
        outputs = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in made]
        for one in outputs:
            one.ClearField("type")
        weights = [numpy_helper.from_array(one, name) for name, one in values[self.fed :]]
        graph = helper.make_graph([node], "old", inputs, outputs, weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=7)


def floats(*shape: int, seed: int = 0) -> Array:
    """Some numbers of a normal distribution."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def ints(*values: int) -> Array:
    """Whole numbers as ONNX has them in shapes."""
    return np.array(values, np.int64)


X, IMAGE = floats(2, 3, 4), floats(1, 2, 4, 4)
CHANNELS = [floats(2, seed=i) for i in (1, 2, 3)] + [np.abs(floats(2, seed=4)) + 0.5]
RECURRENT = {"hidden_size": 3}
CASES = [
    *(Old(op, opset, [X], {"axis": axis}) for op in ("Softmax", "LogSoftmax", "Hardmax") for opset in (7, 11, 13)
      for axis in (1, 2)),
    Old("Softmax", 11, [X], {}), Old("Softmax", 13, [X], {}),
    *(Old("BatchNormalization", opset, [IMAGE, *CHANNELS], {"epsilon": 0.01}) for opset in (7, 9, 14, 15)),
    Old("Slice", 9, [X], {"starts": [1, 0], "ends": [3, -1], "axes": [1, 2]}),
    Old("Slice", 9, [X], {"starts": [0, 1], "ends": [1, 2**31]}),
    Old("Slice", 10, [X, ints(1, 3), ints(3, -5), ints(1, 2), ints(1, -2)], {}),
    Old("Slice", 13, [X, ints(-1), ints(-(2**63)), ints(1), ints(-1)], {}),
    Old("Upsample", 7, [IMAGE], {"scales": [1.0, 1.0, 2.0, 2.0], "mode": "nearest"}),
    Old("Upsample", 9, [IMAGE, np.array([1, 1, 2, 2], np.float32)], {"mode": "linear"}),
    Old("Resize", 10, [IMAGE, np.array([1, 1, 2, 1.5], np.float32)], {"mode": "nearest"}),
    Old("Resize", 10, [IMAGE, np.array([1, 1, 2, 2], np.float32)], {"mode": "linear"}),
    *(Old("Resize", opset, [IMAGE, np.zeros(0, np.float32), np.array([1, 1, 2, 2], np.float32)], {"mode": mode})
      for opset in (11, 13) for mode in ("nearest", "linear", "cubic")),
    Old("Resize", 11, [IMAGE, np.zeros(0, np.float32), np.zeros(0, np.float32), ints(1, 2, 3, 7)],
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"}),
    Old("Clip", 7, [X], {"min": -0.5, "max": 0.25}), Old("Clip", 10, [X], {"max": 0.25}), Old("Clip", 7, [X], {}),
    Old("Clip", 11, [X, None, np.array(0.25, np.float32)], {}),
    Old("Dropout", 7, [X], {"ratio": 0.7}), Old("Dropout", 10, [X], {}),
    Old("Dropout", 12, [X, np.array(0.7, np.float32)], {}, outputs=2),
    Old("Squeeze", 11, [floats(1, 3, 1)], {"axes": [0, -1]}), Old("Squeeze", 7, [floats(1, 3, 1)], {}),
    Old("Squeeze", 13, [floats(1, 3, 1), ints(-1)], {}),
    Old("Unsqueeze", 7, [X], {"axes": [0, 4]}), Old("Unsqueeze", 13, [X, ints(0, -1)], {}),
    Old("Pad", 7, [IMAGE], {"pads": [0, 0, 1, 2, 0, 0, 3, 0], "mode": "reflect"}),
    Old("Pad", 10, [IMAGE], {"pads": [0, 0, 1, 2, 0, 0, 3, 0], "value": 1.5}),
    Old("Pad", 11, [IMAGE, ints(0, 0, 1, 2, 0, 0, 3, 0), np.array(2, np.float32)], {"mode": "edge"}),
    Old("TopK", 9, [X], {"k": 2, "axis": 1}, outputs=2), Old("TopK", 10, [X, ints(2)], {"axis": 1}, outputs=2),
    Old("TopK", 11, [X, ints(2)], {"axis": 1, "largest": 0}, outputs=2),
    Old("Split", 11, [X], {"axis": 2, "split": [1, 3]}, outputs=2), Old("Split", 7, [X], {"axis": 2}, outputs=2),
    Old("Split", 13, [X, ints(1, 3)], {"axis": 2}, outputs=2),
    *(Old(op, 11, [np.abs(X)], {"axes": [0, -1], "keepdims": 0}) for op in (
        "ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSum",
        "ReduceLogSumExp", "ReduceSumSquare")),
    Old("ReduceSum", 13, [X, ints(1)], {}), Old("ReduceMean", 13, [X], {"axes": [1]}),
    Old("ArgMax", 7, [X], {"axis": 1}), Old("ArgMin", 11, [X], {"axis": -1, "keepdims": 0}),
    Old("Gemm", 7, [floats(2, 3), floats(4, 3), floats(4)], {"transB": 1, "alpha": 0.5, "beta": 2.0}),
    Old("Gemm", 11, [floats(2, 3), floats(3, 4)], {}),
    Old("Scatter", 9, [floats(3, 3), np.array([[0, 2, 1]]), floats(1, 3, seed=5)], {"axis": 0}),
    Old("OneHot", 9, [ints(0, 2, 1), ints(3), np.array([0, 5], np.float32)], {"axis": 0}),
    Old("AveragePool", 7, [IMAGE], {"kernel_shape": [2, 3], "pads": [1, 1, 0, 0], "count_include_pad": 1}),
    Old("AveragePool", 10, [IMAGE], {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    Old("MaxPool", 8, [IMAGE], {"kernel_shape": [2, 2], "strides": [2, 2], "storage_order": 1}, outputs=2),
    Old("MaxPool", 10, [IMAGE], {"kernel_shape": [2, 2], "dilations": [2, 1]}),
    Old("RoiAlign", 10, [IMAGE, np.array([[0, 0, 2, 3]], np.float32), ints(0)],
        {"output_height": 2, "output_width": 2, "sampling_ratio": 2}),
    Old("Cast", 9, [X * 3], {"to": 7}), Old("Mod", 10, [ints(7, -7, 5), ints(3, 3, -3)], {}),
    Old("PRelu", 7, [X, floats(4)], {}), Old("Equal", 7, [ints(1, 2, 3), ints(1, 0, 3)], {}),
    Old("CumSum", 11, [X, np.array(1, np.int64)], {"reverse": 1, "exclusive": 1}),
    Old("RNN", 7, [floats(4, 2, 3), floats(1, 3, 3, seed=1), floats(1, 3, 3, seed=2)], RECURRENT, outputs=2),
    Old("GRU", 7, [floats(4, 2, 3), floats(1, 9, 3, seed=1), floats(1, 9, 3, seed=2), floats(1, 18, seed=3)],
        {**RECURRENT, "linear_before_reset": 1}, outputs=2),
    Old("LSTM", 7, [floats(4, 2, 3), floats(2, 12, 3, seed=1), floats(2, 12, 3, seed=2), floats(2, 24, seed=3)],
        {**RECURRENT, "direction": "bidirectional"}, outputs=3),
    Old("DequantizeLinear", 10, [np.array([0, 3, 255], np.uint8), np.array(2, np.float32), np.array(3, np.uint8)], {}),
    Old("QuantizeLinear", 10, [X * 50, np.array(0.5, np.float32), np.array(3, np.int8)], {}),
    Old("Conv", 11, [IMAGE, floats(3, 2, 2, 2, seed=6)], {"strides": [2, 2], "dilations": [2, 2], "pads": [1, 0, 1, 1]}),
    Old("ConvTranspose", 11, [IMAGE, floats(2, 3, 2, 3, seed=6)],
        {"strides": [3, 2], "dilations": [1, 2], "pads": [0, 1, 1, 0], "output_padding": [2, 1]}),
    Old("Slice", 13, [X, ints(-9, -9), ints(-9, 9), ints(1, 2), ints(-2, 3)], {}),
    Old("GridSample", 20, [IMAGE, floats(1, 3, 3, 2, seed=7) * 0.6 + 0.7], {"mode": "cubic", "padding_mode": "border"}),
    Old("ConvTranspose", 11, [IMAGE, floats(2, 3, 3, 3, seed=6)],
        {"strides": [2, 1], "output_padding": [1, 0], "pads": [1, 1, 0, 1]}),
]  # fmt: skip


def main() -> None:
    """Asks ONNX Runtime."""
    import onnxruntime  # noqa: PLC0415 - tests need the cases without it

    found: dict[str, Array] = {}
    for number, case in enumerate(CASES):
        session = onnxruntime.InferenceSession(
            case.model().SerializeToString(), providers=["CPUExecutionProvider"]
        )
        fed = dict(zip([one.name for one in session.get_inputs()], case.given, strict=True))
        for i, value in enumerate(session.run(None, fed)):
            found[f"{number}/{i}"] = value
    np.savez_compressed(GOLDEN, **found)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
