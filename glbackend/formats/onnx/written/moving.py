"""How kernels that move, cut, join and pick elements are written."""

import math

import numpy as np

from glbackend.base.dtypes import NUMPY
from glbackend.engine.node import Node, handles_of
from glbackend.formats.onnx.writer import END, Writer, matched, refuse, writes
from glbackend.formats.writing import Names, kind


@writes("Reshape", "ExpandDims")
def reshape(writer: Writer, node: Node) -> Names:
    """Another shape."""
    return [writer.reshaped(writer.inputs(node)[0], node.checked.outs[0].shape)]


@writes("Transpose")
def transpose(writer: Writer, node: Node) -> Names:
    """Axes in another order."""
    return [writer.turned(writer.inputs(node)[0], node.checked.attrs["perm"])]


@writes("Concat")
def concat(writer: Writer, node: Node) -> Names:
    """Side by side."""
    names = matched(writer, node, node.checked.outs[0].dtype)
    return [writer.add("Concat", names, axis=int(node.checked.attrs["axis"]))]


@writes("Pack")
def pack(writer: Writer, node: Node) -> Names:
    """Along an axis that is new."""
    axis = int(node.checked.attrs["axis"])
    at = writer.indices([axis], "axes")
    names = [
        writer.add("Unsqueeze", [name, at]) for name in matched(writer, node, node.checked.outs[0].dtype)
    ]
    return [writer.add("Concat", names, axis=axis)]


@writes("SplitV", "Unpack")
def split(writer: Writer, node: Node) -> Names:
    """Parts, or slices, of which the axis goes."""
    axis, single = int(node.checked.attrs["axis"]), node.kernel == "Unpack"
    sizes = [1 if single else out.shape[axis] for out in node.checked.outs]
    inputs = [*writer.inputs(node), writer.indices(sizes, "sizes")]
    made = writer.add("Split", inputs, len(sizes), axis=axis)
    names = [made] if len(sizes) == 1 else made
    if not single:
        return list(names)
    at = writer.indices([axis], "axes")
    return [writer.add("Squeeze", [name, at]) for name in names]


@writes("Tile")
def tile(writer: Writer, node: Node) -> Names:
    """Repeated."""
    return [writer.add("Tile", [*writer.inputs(node), writer.indices(node.checked.attrs["reps"], "repeats")])]


@writes("Reverse", "FlipLeftRight")
def reverse(writer: Writer, node: Node) -> Names:
    """From last to first."""
    axes = node.checked.attrs.get("dims", (2,))
    x = writer.inputs(node)[0]
    return [_cut(writer, x, [-1] * len(axes), [-END] * len(axes), axes, [-1] * len(axes)) if axes else x]


def _cut(writer: Writer, x: str, starts: list[int], ends: list[int], axes: object, steps: list[int]) -> str:
    parts = (starts, "starts"), (ends, "ends"), (axes, "axes"), (steps, "steps")
    return str(writer.add("Slice", [x, *(writer.indices(values, name) for values, name in parts)]))


@writes("Slice")
def slice_(writer: Writer, node: Node) -> Names:
    """A window; what reaches to the end is written so, whatever the size is."""
    given, begin, size = handles_of(node.inputs)[0], node.checked.attrs["begin"], node.checked.outs[0].shape
    return [_window(writer, node, given.shape, begin, [1] * len(begin), size)]


@writes("StridedSlice")
def strided_slice(writer: Writer, node: Node) -> Names:
    """Every n-th element; dims that go are dropped behind it."""
    given = handles_of(node.inputs)[0]
    begin, strides, size = (node.checked.attrs[key] for key in ("begin", "strides", "size"))
    made = _window(writer, node, given.shape, begin, strides, size)
    shape = node.checked.outs[0].shape
    return [made if shape == tuple(size) else writer.reshaped(made, shape)]


def _window(writer: Writer, node: Node, dims: object, begin: object, strides: object, size: object) -> str:
    starts, ends, steps = [], [], []
    for dim, first, step, count in zip(dims, begin, strides, size, strict=True):  # type: ignore[call-overload]
        end = first + step * count
        starts.append(first if step > 0 or not dim or first < dim - 1 else -1)  # from the last, of any size
        ends.append((END if end >= dim else end) if step > 0 else (-END if end < 0 else end))
        steps.append(step)
    if not starts:
        return writer.inputs(node)[0]
    return _cut(writer, writer.inputs(node)[0], starts, ends, range(len(starts)), steps)


@writes("PadV2")
def pad(writer: Writer, node: Node) -> Names:
    """Around."""
    pairs, value = node.checked.attrs["paddings"], node.checked.attrs["constant_value"]
    around = writer.indices([before for before, _ in pairs] + [after for _, after in pairs], "pads")
    constant = writer.const(np.asarray(value, NUMPY[kind(node)]))
    return [writer.add("Pad", [*writer.inputs(node), around, constant], mode="constant")]


@writes("MirrorPad")
def mirror_pad(writer: Writer, node: Node) -> Names:
    """Around, mirrored at the border's elements."""
    pairs = node.checked.attrs["paddings"]
    if node.checked.attrs["mode"].lower() != "reflect":
        raise refuse(node, "that repeats the border")
    around = writer.indices([before for before, _ in pairs] + [after for _, after in pairs], "pads")
    return [writer.add("Pad", [*writer.inputs(node), around], mode="reflect")]


@writes("TopK")
def top_k(writer: Writer, node: Node) -> Names:
    """The largest, and where they were."""
    given = [*writer.inputs(node), writer.indices([node.checked.attrs["k"]], "k")]
    values, places = writer.add("TopK", given, 2, axis=-1, largest=1, sorted=1)
    return [values, writer.add("Cast", [places], to="INT32")]


@writes("GatherV2")
def gather(writer: Writer, node: Node) -> Names:
    """Slices by number; how many dims belong together follows from the shapes."""
    x, indices = node.inputs["x"], node.inputs["indices"]  # type: ignore[call-overload]
    attrs, out = node.checked.attrs, node.checked.outs[0].shape
    axis = int(attrs["axis"])
    if attrs.get("zero_outside"):
        return _zero_outside(writer, node, axis)
    before, after = x.shape[:axis], x.shape[axis + 1 :]
    batch_dims = next(
        b for b in range(len(indices.shape) + 1)
        if before + indices.shape[b:] + after == out and math.prod(x.shape[:b]) == attrs["batches"]
    )  # fmt: skip
    where = writer.of(indices)
    if not batch_dims:
        return [writer.add("Gather", [writer.of(x), where], axis=axis)]
    if batch_dims != axis:
        raise refuse(node, f"along axis {axis} with {batch_dims} dims of batches")
    last = writer.add("Unsqueeze", [where, writer.indices([-1], "axes")])
    wide = writer.add("Cast", [last], to="INT64")
    return [writer.add("GatherND", [writer.of(x), wide], batch_dims=batch_dims)]


def _zero_outside(writer: Writer, node: Node, axis: int) -> Names:
    """Slices by number, as an embedding takes them; ONNX refuses numbers outside."""
    x, indices = node.inputs["x"], node.inputs["indices"]  # type: ignore[call-overload]
    if axis != 0 or node.checked.attrs["batches"] != 1:
        raise refuse(node, "with zeros for numbers outside, in batches")
    numbers, count, zero = (
        writer.of(indices), writer.const(np.int32(x.shape[0])), writer.const(np.int32(0)),
    )  # fmt: skip
    below = writer.add("Less", [numbers, count])
    inside = writer.add("And", [writer.add("Not", [writer.add("Less", [numbers, zero])]), below])
    rows = writer.add("Gather", [writer.of(x), writer.add("Where", [inside, numbers, zero])], axis=0)
    for _ in x.shape[1:]:
        inside = writer.add("Unsqueeze", [inside, writer.indices([-1], "axes")])
    return [writer.add("Where", [inside, rows, writer.const(np.zeros((), NUMPY[x.dtype]))])]


@writes("GatherNd")
def gather_nd(writer: Writer, node: Node) -> Names:
    """By places."""
    params, indices = writer.inputs(node)
    return [writer.add("GatherND", [params, writer.add("Cast", [indices], to="INT64")])]


@writes("ScatterNd")
def scatter_nd(writer: Writer, node: Node) -> Names:
    """Added where indices point."""
    out = node.checked.outs[0]
    indices, updates = writer.inputs(node)
    zeros = writer.const(np.zeros(out.shape, NUMPY[out.dtype]))
    wide = writer.add("Cast", [indices], to="INT64")
    return [writer.add("ScatterND", [zeros, wide, updates], reduction="add")]


@writes("TensorScatterUpdate")
def tensor_scatter_update(writer: Writer, node: Node) -> Names:
    """Written over."""
    tensor, indices, updates = writer.inputs(node)
    return [writer.add("ScatterND", [tensor, writer.add("Cast", [indices], to="INT64"), updates])]


@writes("OneHot")
def one_hot(writer: Writer, node: Node) -> Names:
    """On where the index counts; ONNX's OneHot would count negative ones from the end."""
    out = node.checked.outs[0]
    on, off = (
        writer.const(np.asarray(node.checked.attrs[f"{key}_value"], NUMPY[out.dtype]))
        for key in ("on", "off")
    )
    indices = writer.cast(writer.inputs(node)[0], kind(node), "int32")
    places = writer.const(np.arange(out.shape[-1], dtype=np.int32))
    last = writer.add("Unsqueeze", [indices, writer.indices([-1], "axes")])
    return [writer.add("Where", [writer.add("Equal", [last, places]), on, off])]
