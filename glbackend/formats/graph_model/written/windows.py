"""How products, convolutions, pools, normalisations and pictures are written."""

from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.window import Window
from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.formats.graph_model.writer import Writer, reshaped, writes
from glbackend.formats.writing import Names, kind


@writes("BatchMatMul")
def matmul(writer: Writer, node: Node) -> Names:
    """A product."""
    attrs = node.checked.attrs
    if "a_view" in attrs:
        raise ArgumentError("BatchMatMul of views cannot be written for TF.js")
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
    """A transposed convolution; its batch is as large as what it is given, which may be of any size."""
    dy, filter = writer.inputs(node)
    whole = writer.add("Shape", [dy], T="float32", out_type="int32")
    first, one = (writer.const(np.array([number], np.int32)) for number in (0, 1))
    batch = writer.add("Slice", [whole, first, one], T="int32")
    rest = writer.const(np.array(node.checked.outs[0].shape[1:], np.int32))
    axis = writer.const(np.int32(0))
    sizes = writer.add("ConcatV2", [batch, rest, axis], N=2, T="int32", Tidx="int32")
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


@writes("Normalize")
def normalize(writer: Writer, node: Node) -> Names:
    """By moments of its own, which come after it, step by step."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    x, rank, by_row = writer.of(given["x"]), len(given["x"].shape), node.checked.attrs["by"] == "row"
    axes = writer.const(np.array([rank - 1] if by_row else range(rank - 1), np.int32))

    def mean_of(name: str) -> str:
        return writer.add("Mean", [name, axes], T="float32", keep_dims=True, Tidx="int32")

    mean = mean_of(x)
    far = writer.add("Sub", [x, mean], T="float32")
    variance = mean_of(writer.add("Square", [far], T="float32"))
    epsilon = writer.const(np.float32(node.checked.attrs["variance_epsilon"]))
    spread = writer.add("AddV2", [variance, epsilon], T="float32")
    made = writer.add("Mul", [far, writer.add("Rsqrt", [spread], T="float32")], T="float32")
    for op, key in (("Mul", "scale"), ("AddV2", "offset")):
        one = given.get(key)
        made = made if one is None else writer.add(op, [made, writer.of(one)], T="float32")
    shape = node.checked.outs[1].shape
    return [made, *(one if by_row else reshaped(writer, one, shape) for one in (mean, variance))]


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
