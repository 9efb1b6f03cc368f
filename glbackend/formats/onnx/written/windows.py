"""How products, convolutions, pools, normalisations and pictures are written."""

from typing import Any

import numpy as np

from glbackend.base.window import Window
from glbackend.engine.node import Node
from glbackend.engine.storage import Handle
from glbackend.formats.onnx.writer import Writer, matched, refuse, writes
from glbackend.formats.onnx.written.elements import activated
from glbackend.formats.writing import Names, kind


@writes("BatchMatMul", "_FusedMatMul")
def matmul(writer: Writer, node: Node) -> Names:
    """A product, with what rides along."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    if "a_view" in node.checked.attrs:
        raise refuse(node, "of views")
    operands = []
    for key in ("a", "b"):
        handle, rank = given[key], len(given[key].shape)
        turn = [*range(rank - 2), rank - 1, rank - 2]
        name = writer.of(handle)
        operands.append(writer.turned(name, turn) if node.checked.attrs[f"transpose_{key}"] else name)
    return [_finished(writer, node, writer.add("MatMul", operands))]


def _finished(writer: Writer, node: Node, made: str, first: bool = False) -> str:
    """With the bias and the activation of a fused kernel; of images, whose channels come `first`."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    attrs = node.checked.attrs
    bias, slopes = given.get("bias"), given.get("prelu_activation_weights")
    if bias is not None:
        made = writer.add("Add", [made, _beside(writer, bias, node, first)])
    slope = None if slopes is None else _beside(writer, slopes, node, first)
    return activated(writer, made, attrs.get("activation"), float(attrs.get("alpha") or 0.0), slope)


def _beside(writer: Writer, handle: Handle, node: Node, first: bool) -> str:
    """A bias or a slope as it is to be broadcast against an image whose channels come first."""
    if not first:
        return writer.of(handle)
    rank, shape = len(node.checked.outs[0].shape), handle.shape
    if node.checked.attrs["window"].channels_first:
        return (
            writer.reshaped(writer.of(handle), (*shape, *(1,) * (rank - 2)))
            if len(shape) == 1
            else writer.of(handle)
        )
    full = writer.reshaped(writer.of(handle), (*(1,) * (rank - len(shape)), *shape))
    return writer.turned(full, _to_first(rank))


def _to_first(rank: int) -> list[int]:
    return [0, rank - 1, *range(1, rank - 1)]


def _to_last(rank: int) -> list[int]:
    return [0, *range(2, rank), 1]


def _image(writer: Writer, handle: Handle, window: Window | None = None) -> str:
    """An image as ONNX has it, channels first."""
    if window is not None and window.channels_first:
        return writer.of(handle)
    return writer.turned(writer.of(handle), _to_first(len(handle.shape)))


def _as_ours(writer: Writer, made: str, rank: int, window: Window | None = None) -> str:
    """Back, so that later nodes find it as kernels gave it."""
    if window is not None and window.channels_first:
        return made
    return writer.turned(made, _to_last(rank))


def _window(window: Window) -> dict[str, Any]:
    """Strides, dilations and pads; those behind are as many as are reached."""
    after = [
        max((out - 1) * step + extent - before - size, 0)
        for out, step, extent, (before, _), size in zip(
            window.out_size, window.strides, window.extent, window.pads, window.in_size, strict=True
        )
    ]
    return {
        "strides": list(window.strides),
        "dilations": list(window.dilations),
        "pads": [*(before for before, _ in window.pads), *after],
    }


@writes("Conv2D", "Conv3D", "DepthwiseConv2dNative", "FusedConv2D", "FusedDepthwiseConv2D")
def convolution(writer: Writer, node: Node) -> Names:
    """A convolution, with what rides along."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    window: Window = node.checked.attrs["window"]
    filter, rank = given["filter"], len(given["x"].shape)
    spatial = list(range(rank - 2))
    if "Depthwise" in node.kernel:
        weights = writer.turned(writer.of(filter), [2, 3, *spatial])
        weights = writer.reshaped(weights, (window.out_channels, 1, *window.filter_size))
        groups = window.in_channels
    else:
        weights = writer.turned(writer.of(filter), [rank - 1, rank - 2, *spatial])
        groups = window.in_channels // filter.shape[rank - 2]
    made = writer.add("Conv", [_image(writer, given["x"], window), weights], group=groups, **_window(window))
    return [_as_ours(writer, _finished(writer, node, made, first=True), rank, window)]


@writes("Conv2DBackpropInput")
def transposed_convolution(writer: Writer, node: Node) -> Names:
    """A transposed convolution: the window is that of the convolution which it turns round."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    window: Window = node.checked.attrs["window"]
    if window.in_channels != given["filter"].shape[2]:
        raise refuse(node, "in groups")
    sizes = zip(window.out_size, window.strides, window.extent, window.pads, window.in_size, strict=True)
    over = [(out - 1) * step + extent - before - size for out, step, extent, (before, _), size in sizes]
    attrs = _window(window) | {"output_padding": [max(-one, 0) for one in over]}
    if any(more >= step for more, step in zip(attrs["output_padding"], window.strides, strict=True) if more):
        raise refuse(node, "whose output is larger than its windows reach")
    weights = writer.turned(writer.of(given["filter"]), [3, 2, 0, 1])
    made = writer.add("ConvTranspose", [_image(writer, given["dy"], window), weights], **attrs)
    return [_as_ours(writer, made, 4, window)]


@writes("MaxPool", "AvgPool", "MaxPool3D", "AvgPool3D")
def pool(writer: Writer, node: Node) -> Names:
    """Windows."""
    (x,) = node.inputs.values()  # type: ignore[union-attr]
    window: Window = node.checked.attrs["window"]
    attrs = _window(window) | {"kernel_shape": list(window.filter_size)}
    if node.kernel.startswith("Avg"):
        if set(attrs.pop("dilations")) != {1}:
            raise refuse(node, "with dilations")
        attrs["count_include_pad"] = int(bool(node.checked.attrs.get("count_padding")))
    if kind(node) != "float32":
        raise refuse(node, f"of {kind(node)}")
    op = "MaxPool" if node.kernel.startswith("Max") else "AveragePool"
    return [_as_ours(writer, writer.add(op, [_image(writer, x)], **attrs), len(x.shape))]


@writes("FusedBatchNorm")
def batch_norm(writer: Writer, node: Node) -> Names:
    """By given moments: x times a number and another one added, computed here where all are constants."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    names = {key: writer.of(handle) for key, handle in given.items()}
    epsilon = np.float32(node.checked.attrs["variance_epsilon"])
    known = {key: writer.constants[name] for key, name in names.items() if name in writer.constants}
    if len(known) == len(names) - 1 and "x" not in known:
        scale = known.get("scale", np.ones(1, np.float32)) / np.sqrt(known["variance"] + epsilon)
        shift = known.get("offset", np.zeros(1, np.float32)) - known["mean"] * scale
        factor, added = writer.const(scale, "scale"), writer.const(shift, "shift")
        return [writer.add("Add", [writer.add("Mul", [names["x"], factor]), added])]
    spread = writer.add("Sqrt", [writer.add("Add", [names["variance"], writer.const(epsilon)])])
    made = writer.add("Div", [writer.add("Sub", [names["x"], names["mean"]]), spread])
    for op, key in (("Mul", "scale"), ("Add", "offset")):
        made = writer.add(op, [made, names[key]]) if key in names else made
    return [made]


@writes("Normalize")
def normalize(writer: Writer, node: Node) -> Names:
    """By moments of its own, which come after it."""
    given: dict[str, Handle] = node.inputs  # type: ignore[assignment]
    x, rank = writer.of(given["x"]), len(given["x"].shape)
    by_row = node.checked.attrs["by"] == "row"
    axes = writer.indices([rank - 1] if by_row else range(rank - 1), "axes")
    keep = {"keepdims": 1, "noop_with_empty_axes": 1}  # a vector's channels are numbers by themselves
    mean = writer.add("ReduceMean", [x, axes], **keep)
    far = writer.add("Sub", [x, mean])
    variance = writer.add("ReduceMean", [writer.add("Mul", [far, far]), axes], **keep)
    epsilon = writer.const(np.float32(node.checked.attrs["variance_epsilon"]))
    made = writer.add("Div", [far, writer.add("Sqrt", [writer.add("Add", [variance, epsilon])])])
    for op, key in (("Mul", "scale"), ("Add", "offset")):
        made = writer.add(op, [made, writer.of(given[key])]) if given.get(key) is not None else made
    shape = node.checked.outs[1].shape
    return [made, *((one if by_row else writer.reshaped(one, shape)) for one in (mean, variance))]


@writes("LRN")
def lrn(writer: Writer, node: Node) -> Names:
    """With its numbers; ONNX divides alpha by the window's size."""
    (x,) = node.inputs.values()  # type: ignore[union-attr]
    attrs = node.checked.attrs
    size = 2 * int(attrs["depth_radius"]) + 1
    numbers: dict[str, Any] = {
        "bias": float(attrs["bias"]),
        "beta": float(attrs["beta"]),
        "alpha": float(attrs["alpha"]) * size,
    }
    return [_as_ours(writer, writer.add("LRN", [_image(writer, x)], size=size, **numbers), 4)]


@writes("ResizeBilinear", "ResizeNearestNeighbor")
def resize(writer: Writer, node: Node) -> Names:
    """Another size."""
    (x,) = node.inputs.values()  # type: ignore[union-attr]
    how, out = node.checked.attrs["how"], node.checked.outs[0]
    linear = node.kernel == "ResizeBilinear"
    if kind(node) not in ("float32", out.dtype):
        x_name = writer.turned(matched(writer, node, out.dtype)[0], _to_first(4))
    else:
        x_name = _image(writer, x)
    place = "align_corners" if how.align_corners else "half_pixel" if how.half_pixel_centers else "asymmetric"
    if how.align_corners and 1 in out.shape[1:3]:
        place = "asymmetric"  # of one pixel: the first
    nearest = {} if linear else {"nearest_mode": "floor" if place == "asymmetric" else "round_prefer_ceil"}
    attrs: dict[str, Any] = {
        "mode": "linear" if linear else "nearest",
        "coordinate_transformation_mode": place,
        **nearest,
    }
    kept = writer.add("Shape", [x_name], start=0, end=2)
    # all four sizes: ONNX Runtime 1.32 refuses `axes` between two turns of an image
    sizes = writer.add("Concat", [kept, writer.indices(out.shape[1:3], "sizes")], axis=0)
    made = writer.add("Resize", [x_name, "", "", sizes], **attrs)
    return [_as_ours(writer, made, 4)]


@writes("DepthToSpace")
def depth_to_space(writer: Writer, node: Node) -> Names:
    """Channels as pixels; ONNX has it for floats."""
    attrs = node.checked.attrs
    (x,) = node.inputs.values()  # type: ignore[union-attr]
    name = writer.of(x) if attrs["channels_first"] else _image(writer, x)
    made = writer.add("DepthToSpace", [name], blocksize=int(attrs["block_size"]), mode="DCR")
    return [made if attrs["channels_first"] else _as_ours(writer, made, 4)]


@writes("Einsum")
def einsum(writer: Writer, node: Node) -> Names:
    """By its equation."""
    names = matched(writer, node, node.checked.outs[0].dtype)
    return [writer.add("Einsum", names, equation=node.checked.attrs["equation"])]
