"""How each kernel is written as nodes of TensorFlow."""

import math
import re
from functools import reduce
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType, upcast
from glbackend.base.errors import ArgumentError
from glbackend.base.window import Window
from glbackend.engine.node import Node, handles_of
from glbackend.engine.storage import Handle
from glbackend.formats.graph_model.writer import WRITERS, Names, Writer, kind, writes

# our kernel -> TensorFlow's op of the same inputs, in the same order
SAME = re.findall(
    r"\w+",
    """
    Abs Acos Acosh Asin Asinh Atan Atan2 Atanh BitwiseAnd BroadcastArgs Ceil Complex ComplexAbs Cos Cosh
    Elu Equal Erf Exp Expm1 FFT Floor GatherNd Greater GreaterEqual IFFT Identity Imag IsFinite IsInf
    IsNan Less LessEqual Log Log1p LogSoftmax LogicalAnd LogicalNot LogicalOr Maximum Minimum Neg
    NotEqual OnesLike Pow Prelu Real Reciprocal Relu Relu6 Round Rsqrt Selu Sigmoid Sign Sin Sinh
    Softmax Softplus Sqrt Square SquaredDifference Sub Tan Tanh TensorScatterUpdate ZerosLike
""",
)
ALIKE = {**{name: name for name in SAME}, "Add": "AddV2", "Multiply": "Mul", "Mod": "FloorMod"}
MIXED = frozenset(("GatherNd", "Identity", "OnesLike", "TensorScatterUpdate", "ZerosLike", "BroadcastArgs"))
REDUCTIONS = ("Sum", "Mean", "Max", "Min", "Prod", "All", "Any")


def writable(kernel: str) -> bool:
    """Whether there is an op of TF.js for a kernel."""
    return kernel in WRITERS


def write(writer: Writer, node: Node) -> None:
    """Writes the nodes of a kernel."""
    for handle, name in zip(node.outputs, WRITERS[node.kernel](writer, node), strict=True):
        writer.name(handle, name)


def cast_to(writer: Writer, name: str, given: DType, wanted: DType) -> str:
    """A tensor in another dtype."""
    return name if given == wanted else writer.add("Cast", [name], SrcT=given, DstT=wanted)


def matched(writer: Writer, node: Node, dtype: DType) -> list[str]:
    """The inputs in one dtype: ops of TensorFlow do not mix them, and many are of float32 alone."""
    return [cast_to(writer, writer.of(x), x.dtype, dtype) for x in handles_of(node.inputs)]


@writes(*ALIKE)
def alike(writer: Writer, node: Node) -> Names:
    """One node, whose inputs have the dtype of the result, or of the widest where that is a bool."""
    given, out = [x.dtype for x in handles_of(node.inputs)], node.checked.outs[0].dtype
    ours = {"bool", "int32", "float32"}
    if node.kernel in MIXED or not ours.issuperset([*given, out]):
        return [writer.add(ALIKE[node.kernel], writer.inputs(node), T=given[0])]
    dtype = reduce(upcast, given) if out == "bool" else out
    if node.kernel in ("Floor", "Ceil") and dtype == "int32":
        return matched(writer, node, dtype)
    return [writer.add(ALIKE[node.kernel], matched(writer, node, dtype), T=dtype)]


@writes("FloorDiv")
def floor_div(writer: Writer, node: Node) -> Names:
    """The quotient; ours is int32 whatever it is given."""
    dtype: DType = "float32" if kind(node) == "float32" else "int32"
    return [cast_to(writer, writer.add("FloorDiv", matched(writer, node, dtype), T=dtype), dtype, "int32")]


@writes("RealDiv")
def real_div(writer: Writer, node: Node) -> Names:
    """The quotient; ours is float32 whatever it is given."""
    out = node.checked.outs[0].dtype
    return [writer.add("RealDiv", matched(writer, node, out), T=out)]


@writes("LeakyRelu")
def leaky_relu(writer: Writer, node: Node) -> Names:
    """With its slope."""
    return [
        writer.add("LeakyRelu", writer.inputs(node), alpha=float(node.checked.attrs["alpha"]), T=kind(node))
    ]


@writes("ClipByValue")
def clip_by_value(writer: Writer, node: Node) -> Names:
    """With its bounds."""
    dtype = np.int32 if kind(node) == "int32" else np.float32
    bounds = [writer.const(dtype(node.checked.attrs[f"clip_value_{end}"])) for end in ("min", "max")]
    return [writer.add("ClipByValue", [*writer.inputs(node), *bounds], T=kind(node))]


@writes("AddN", "Pack", "Einsum")
def of_a_list(writer: Writer, node: Node) -> Names:
    """A list of inputs."""
    inputs = writer.inputs(node)
    attrs = dict(node.checked.attrs)
    return [writer.add(node.kernel, inputs, N=len(inputs), T=kind(node), **attrs)]


@writes("Concat")
def concat(writer: Writer, node: Node) -> Names:
    """With the axis last."""
    inputs = writer.inputs(node)
    axis = writer.const(np.int32(node.checked.attrs["axis"]))
    return [writer.add("ConcatV2", [*inputs, axis], N=len(inputs), T=kind(node), Tidx="int32")]


@writes(*REDUCTIONS)
def reduction(writer: Writer, node: Node) -> Names:
    """Over axes that are known."""
    given, out = node.inputs["x"], node.checked.outs[0]  # type: ignore[call-overload]
    axes = node.checked.attrs["axes"]
    indices = writer.const(np.array(axes, np.int32))
    keep = bool(axes) and out.rank == len(given.shape)
    made = writer.add(node.kernel, [writer.of(given), indices], keep_dims=keep, T=given.dtype, Tidx="int32")
    return [made]


@writes("ArgMax", "ArgMin")
def arg_extreme(writer: Writer, node: Node) -> Names:
    """Along an axis."""
    axis = writer.const(np.int32(node.checked.attrs["axis"]))
    return [writer.add(node.kernel, [*writer.inputs(node), axis], T=kind(node), output_type="int32")]


@writes("Cumsum", "Cumprod")
def scan(writer: Writer, node: Node) -> Names:
    """Along an axis."""
    attrs = dict(node.checked.attrs)
    axis = writer.const(np.int32(attrs.pop("axis")))
    return [writer.add(node.kernel, [*writer.inputs(node), axis], T=kind(node), **attrs)]


@writes("Cast")
def cast(writer: Writer, node: Node) -> Names:
    """To another dtype."""
    dtype = node.checked.outs[0].dtype
    return [writer.add("Cast", writer.inputs(node), SrcT=kind(node), DstT=dtype)]


def reshaped(writer: Writer, name: str, shape: Any) -> str:
    """A tensor in another shape; of a dim that differs from trace to trace -1 is written."""
    return writer.add("Reshape", [name, writer.const(np.array(shape, np.int32), "shape")])


@writes("Reshape", "ExpandDims")
def reshape(writer: Writer, node: Node) -> Names:
    """Another shape."""
    return [reshaped(writer, writer.inputs(node)[0], node.checked.outs[0].shape)]


@writes("Transpose")
def transpose(writer: Writer, node: Node) -> Names:
    """Axes in another order."""
    perm = writer.const(np.array(node.checked.attrs["perm"], np.int32))
    return [writer.add("Transpose", [*writer.inputs(node), perm], T=kind(node))]


@writes("Reverse", "FlipLeftRight")
def reverse(writer: Writer, node: Node) -> Names:
    """From last to first."""
    axes = writer.const(np.array(node.checked.attrs.get("dims", (2,)), np.int32))
    return [writer.add("ReverseV2", [*writer.inputs(node), axes], T=kind(node))]


@writes("Slice")
def slice_(writer: Writer, node: Node) -> Names:
    """A window."""
    parts = node.checked.attrs["begin"], node.checked.outs[0].shape
    return [
        writer.add("Slice", [*writer.inputs(node), *(writer.const(np.array(p, np.int32)) for p in parts)])
    ]


@writes("StridedSlice")
def strided_slice(writer: Writer, node: Node) -> Names:
    """Every n-th element; dims that go are dropped behind it."""
    begin, strides, size = (node.checked.attrs[key] for key in ("begin", "strides", "size"))
    ends = [b + s * n for b, s, n in zip(begin, strides, size, strict=True)]
    mask = sum(1 << i for i, end in enumerate(ends) if end < 0)  # beyond the first element
    parts = [writer.const(np.array(part, np.int32)) for part in (begin, ends, strides)]
    made = writer.add("StridedSlice", [*writer.inputs(node), *parts], end_mask=mask, T=kind(node))
    shape = node.checked.outs[0].shape
    return [made if shape == tuple(size) else reshaped(writer, made, shape)]


@writes("PadV2")
def pad(writer: Writer, node: Node) -> Names:
    """Around."""
    pads = writer.const(np.array(node.checked.attrs["paddings"], np.int32).reshape(-1, 2))
    value = node.checked.attrs["constant_value"]
    if not value:
        return [writer.add("Pad", [*writer.inputs(node), pads], T=kind(node))]
    constant = writer.const(np.float32(value) if kind(node) == "float32" else np.int32(value))
    return [writer.add("PadV2", [*writer.inputs(node), pads, constant], T=kind(node))]


@writes("MirrorPad")
def mirror_pad(writer: Writer, node: Node) -> Names:
    """Around, mirrored."""
    pads = writer.const(np.array(node.checked.attrs["paddings"], np.int32).reshape(-1, 2))
    mode = node.checked.attrs["mode"].upper()
    return [writer.add("MirrorPad", [*writer.inputs(node), pads], mode=mode, T=kind(node))]


@writes("Tile")
def tile(writer: Writer, node: Node) -> Names:
    """Repeated."""
    reps = writer.const(np.array(node.checked.attrs["reps"], np.int32))
    return [writer.add("Tile", [*writer.inputs(node), reps], T=kind(node))]


@writes("SplitV")
def split(writer: Writer, node: Node) -> Names:
    """Parts."""
    axis = node.checked.attrs["axis"]
    sizes = writer.const(np.array([out.shape[axis] for out in node.checked.outs], np.int32))
    inputs = [*writer.inputs(node), sizes, writer.const(np.int32(axis))]
    made = writer.add("SplitV", inputs, num_split=len(node.outputs), T=kind(node))
    return outputs_of(made, node)


@writes("Unpack")
def unpack(writer: Writer, node: Node) -> Names:
    """Slices."""
    made = writer.add("Unpack", writer.inputs(node), num=len(node.outputs), axis=node.checked.attrs["axis"])
    return outputs_of(made, node)


@writes("TopK")
def top_k(writer: Writer, node: Node) -> Names:
    """The largest."""
    k = writer.const(np.int32(node.checked.attrs["k"]))
    return outputs_of(writer.add("TopKV2", [*writer.inputs(node), k], sorted=True, T=kind(node)), node)


def outputs_of(name: str, node: Node) -> Names:
    """What a node's outputs are called."""
    return [f"{name}:{i}" if i else name for i in range(len(node.outputs))]


@writes("GatherV2")
def gather(writer: Writer, node: Node) -> Names:
    """Slices by number; how many dims belong together follows from the shapes."""
    x, indices = node.inputs["x"], node.inputs["indices"]  # type: ignore[call-overload]
    axis, batches = node.checked.attrs["axis"], node.checked.attrs["batches"]
    before, after, out = x.shape[:axis], x.shape[axis + 1 :], node.checked.outs[0].shape
    batch_dims = next(
        b for b in range(len(indices.shape) + 1)
        if before + indices.shape[b:] + after == out and math.prod(x.shape[:b]) == batches
    )  # fmt: skip
    inputs = [writer.of(x), writer.of(indices), writer.const(np.int32(axis))]
    return [writer.add("GatherV2", inputs, batch_dims=batch_dims, Tparams=x.dtype)]


@writes("ScatterNd")
def scatter_nd(writer: Writer, node: Node) -> Names:
    """Added where indices point."""
    shape = writer.const(np.array(node.checked.outs[0].shape, np.int32))
    return [writer.add("ScatterNd", [*writer.inputs(node), shape], T=node.checked.outs[0].dtype)]


@writes("OneHot")
def one_hot(writer: Writer, node: Node) -> Names:
    """On where the index counts."""
    out = node.checked.outs[0]
    dtype: DType = "float32" if out.dtype == "float32" else "int32"
    values = [node.checked.attrs[f"{key}_value"] for key in ("on", "off")]
    numbers = [np.int32(out.shape[-1]), *(np.array(value, NUMPY[dtype]) for value in values)]
    inputs = [*writer.inputs(node), *(writer.const(number) for number in numbers)]
    return [cast_to(writer, writer.add("OneHot", inputs, axis=-1, T=dtype), dtype, out.dtype)]


@writes("Select")
def select(writer: Writer, node: Node) -> Names:
    """One or the other."""
    condition, *rest = writer.inputs(node)
    shape = tuple(node.checked.attrs["condition_shape"])
    if shape != node.inputs["condition"].shape:  # type: ignore[call-overload]
        condition = reshaped(writer, condition, shape)
    return [writer.add("SelectV2", [condition, *rest], T=node.checked.outs[0].dtype)]


@writes("BatchMatMul")
def matmul(writer: Writer, node: Node) -> Names:
    """A product."""
    attrs = node.checked.attrs
    if len(node.checked.outs[0].shape) == 2:
        flags = {key: bool(attrs[key]) for key in ("transpose_a", "transpose_b")}
        return [writer.add("MatMul", writer.inputs(node), T=kind(node), **flags)]
    turned = {"adj_x": bool(attrs["transpose_a"]), "adj_y": bool(attrs["transpose_b"])}
    return [writer.add("BatchMatMulV2", writer.inputs(node), T=kind(node), **turned)]


@writes("_FusedMatMul")
def fused_matmul(writer: Writer, node: Node) -> Names:
    """A product with what rides along."""
    flags = {key: bool(node.checked.attrs[key]) for key in ("transpose_a", "transpose_b")}
    return fused(writer, node, ("a", "b"), "MatMul", "_FusedMatMul", flags)


def window_attrs(window: Window) -> dict[str, Any]:
    """Strides, dilations and padding of a window."""
    first = window.channels_first
    attrs: dict[str, Any] = {
        "strides": (1, 1, *window.strides) if first else (1, *window.strides, 1),
        "dilations": (1, 1, *window.dilations) if first else (1, *window.dilations, 1),
        "data_format": window.data_format,
        "padding": "EXPLICIT",
    }
    sizes = list(zip(window.in_size, window.strides, window.extent, strict=True))
    valid = tuple((size - extent) // step + 1 for size, step, extent in sizes)
    same = tuple(-(-size // step) for size, step, _ in sizes)
    missing = [
        max((n - 1) * step + extent - size, 0) for n, (size, step, extent) in zip(same, sizes, strict=True)
    ]
    if window.out_size == valid and not any(before or after for before, after in window.pads):
        attrs["padding"] = "VALID"
    elif window.out_size == same and window.pads == tuple((n // 2, n - n // 2) for n in missing):
        attrs["padding"] = "SAME"
    else:
        attrs["explicit_paddings"] = [size for pair in window.explicit_padding() for size in pair]
    return attrs


@writes("Conv3D")
def conv3d(writer: Writer, node: Node) -> Names:
    """A convolution of volumes, which knows no paddings in numbers: zeros are put around before."""
    x, filter = writer.inputs(node)
    attrs = window_attrs(node.checked.attrs["window"])
    around = attrs.pop("explicit_paddings", None)
    if around is not None:
        pads = writer.const(np.array(around, np.int32).reshape(-1, 2))
        x = writer.add("Pad", [x, pads], T="float32")
        attrs["padding"] = "VALID"
    return [writer.add("Conv3D", [x, filter], T="float32", **attrs)]


@writes("Conv2D", "DepthwiseConv2dNative")
def convolution(writer: Writer, node: Node) -> Names:
    """A convolution."""
    return [
        writer.add(
            node.kernel, writer.inputs(node), T="float32", **window_attrs(node.checked.attrs["window"])
        )
    ]


@writes("FusedConv2D", "FusedDepthwiseConv2D")
def fused_convolution(writer: Writer, node: Node) -> Names:
    """A convolution with what rides along."""
    deep = node.kernel == "FusedDepthwiseConv2D"
    plain, whole = (
        ("DepthwiseConv2dNative", "FusedDepthwiseConv2dNative") if deep else ("Conv2D", "_FusedConv2D")
    )
    return fused(writer, node, ("x", "filter"), plain, whole, window_attrs(node.checked.attrs["window"]))


def fused(
    writer: Writer, node: Node, operands: tuple[str, str], plain: str, whole: str, attrs: dict[str, Any]
) -> Names:
    """One node where there is a bias of one number a channel, as TensorFlow has it; else several."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    inputs = [writer.of(given[name]) for name in operands]
    bias, slopes = given.get("bias"), given.get("prelu_activation_weights")
    activation: str | None = node.checked.attrs["activation"]  # by TensorFlow's name
    alpha = {"leakyrelu_alpha": float(node.checked.attrs["alpha"])} if activation == "LeakyRelu" else {}
    deaf = activation == "LeakyRelu" and whole.startswith("FusedDepthwise")  # TF.js reads no slope there
    if bias is not None and len(bias.shape) == 1 and attrs.get("data_format") != "NCHW" and not deaf:
        args = [writer.of(one) for one in (bias, slopes) if one is not None]
        ops = ["BiasAdd", *([activation] if activation else [])]
        made = writer.add(
            whole, [*inputs, *args], T="float32", num_args=len(args), fused_ops=ops, **alpha, **attrs
        )
        return [made]
    made = writer.add(plain, inputs, T="float32", **attrs)
    if bias is not None:
        first = attrs.get("data_format") == "NCHW" and len(bias.shape) == 1
        added = reshaped(writer, writer.of(bias), (bias.size, 1, 1)) if first else writer.of(bias)
        made = writer.add("AddV2", [made, added], T="float32")
    if activation == "Prelu" and slopes is not None:
        made = writer.add("Prelu", [made, writer.of(slopes)], T="float32")
    elif activation:
        slope = {"alpha": float(node.checked.attrs["alpha"])} if activation == "LeakyRelu" else {}
        made = writer.add(activation, [made], T="float32", **slope)
    return [made]


@writes("Conv2DBackpropInput")
def conv2d_backprop_input(writer: Writer, node: Node) -> Names:
    """A transposed convolution."""
    sizes = writer.const(np.array(node.checked.outs[0].shape, np.int32))
    dy, filter = writer.inputs(node)
    attrs = window_attrs(node.checked.attrs["window"])
    return [writer.add("Conv2DBackpropInput", [sizes, filter, dy], T="float32", **attrs)]


@writes("MaxPool", "AvgPool", "MaxPool3D", "AvgPool3D")
def pool(writer: Writer, node: Node) -> Names:
    """Windows."""
    window: Window = node.checked.attrs["window"]
    attrs = window_attrs(window)
    if (
        set(attrs.pop("dilations")) != {1}
        or attrs["padding"] == "EXPLICIT"
        or node.checked.attrs.get("count_padding")
    ):
        raise ArgumentError(
            f"{node.kernel} with paddings in numbers or dilations cannot be written for TF.js"
        )
    ksize = (1, *window.filter_size, 1)
    return [writer.add(node.kernel, writer.inputs(node), ksize=ksize, T=kind(node), **attrs)]


@writes("Dilation2D")
def dilation2d(writer: Writer, node: Node) -> Names:
    """The largest sum of window and filter."""
    attrs = window_attrs(node.checked.attrs["window"])
    if attrs["padding"] == "EXPLICIT":
        raise ArgumentError("Dilation2D with paddings in numbers cannot be written for TF.js")
    attrs["rates"] = attrs.pop("dilations")
    return [writer.add("Dilation2D", writer.inputs(node), T="float32", **attrs)]


@writes("CropAndResize")
def crop_and_resize(writer: Writer, node: Node) -> Names:
    """Boxes cut out."""
    size = writer.const(np.array(node.checked.outs[0].shape[1:3], np.int32))
    how, outside = node.checked.attrs["bilinear"], float(node.checked.attrs["outside"])
    method = "bilinear" if how else "nearest"
    inputs = [*writer.inputs(node), size]
    return [writer.add("CropAndResize", inputs, T="float32", method=method, extrapolation_value=outside)]


@writes("SparseToDense")
def sparse_to_dense(writer: Writer, node: Node) -> Names:
    """Values where indices point."""
    indices, values, default = writer.inputs(node)
    shape = writer.const(np.array(node.checked.outs[0].shape, np.int32))
    return [writer.add("SparseToDense", [indices, shape, values, default], T=node.checked.outs[0].dtype)]


@writes("SearchSorted")
def search_sorted(writer: Writer, node: Node) -> Names:
    """Where values belong; TensorFlow's op is one of matrices."""
    op = "LowerBound" if node.checked.attrs["side"] == "left" else "UpperBound"
    rows = [
        reshaped(writer, writer.of(x), (math.prod(x.shape[:-1]), x.shape[-1]))
        for x in handles_of(node.inputs)
    ]
    made = writer.add(op, rows, T=kind(node), out_type="int32")
    return [reshaped(writer, made, node.checked.outs[0].shape)]


@writes("FusedBatchNorm")
def batch_norm(writer: Writer, node: Node) -> Names:
    """By given moments: one node for images, else step by step."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    x, mean, variance = given["x"], given["mean"], given["variance"]
    epsilon = float(node.checked.attrs["variance_epsilon"])
    scale, offset = given.get("scale"), given.get("offset")
    if len(x.shape) == 4 and all(len(one.shape) == 1 for one in given.values() if one is not x):
        ones = writer.of(scale) if scale else writer.const(np.ones(mean.shape, np.float32))
        zeros = writer.of(offset) if offset else writer.const(np.zeros(mean.shape, np.float32))
        inputs = [writer.of(x), ones, zeros, writer.of(mean), writer.of(variance)]
        return [writer.add("FusedBatchNormV3", inputs, T="float32", epsilon=epsilon, is_training=False)]
    made = writer.add("Sub", [writer.of(x), writer.of(mean)], T="float32")
    spread = writer.add("AddV2", [writer.of(variance), writer.const(np.float32(epsilon))], T="float32")
    made = writer.add("Mul", [made, writer.add("Rsqrt", [spread], T="float32")], T="float32")
    for op, one in (("Mul", scale), ("AddV2", offset)):
        made = made if one is None else writer.add(op, [made, writer.of(one)], T="float32")
    return [made]


@writes("LRN")
def lrn(writer: Writer, node: Node) -> Names:
    """With its numbers."""
    attrs = node.checked.attrs
    numbers = {key: float(attrs[key]) for key in ("bias", "alpha", "beta")}
    return [
        writer.add(
            "LRN", writer.inputs(node), depth_radius=int(attrs["depth_radius"]), T="float32", **numbers
        )
    ]


@writes("ResizeBilinear", "ResizeNearestNeighbor")
def resize(writer: Writer, node: Node) -> Names:
    """Another size."""
    how = node.checked.attrs["how"]
    size = writer.const(np.array(node.checked.outs[0].shape[1:3], np.int32))
    flags = {"align_corners": how.align_corners, "half_pixel_centers": how.half_pixel_centers}
    return [writer.add(node.kernel, [*writer.inputs(node), size], T=kind(node), **flags)]


@writes("DepthToSpace")
def depth_to_space(writer: Writer, node: Node) -> Names:
    """Channels as pixels."""
    attrs = node.checked.attrs
    data_format = "NCHW" if attrs["channels_first"] else "NHWC"
    made = writer.add(
        "DepthToSpace",
        writer.inputs(node),
        block_size=attrs["block_size"],
        data_format=data_format,
        T=kind(node),
    )
    return [made]


@writes("SpaceToBatchND", "BatchToSpaceND")
def space_to_batch(writer: Writer, node: Node) -> Names:
    """Blocks."""
    attrs = node.checked.attrs
    pads = attrs.get("paddings", attrs.get("crops"))
    parts = [writer.const(np.array(one, np.int32)) for one in (attrs["block_shape"], pads)]
    return [writer.add(node.kernel, [*writer.inputs(node), *parts], T=kind(node))]
