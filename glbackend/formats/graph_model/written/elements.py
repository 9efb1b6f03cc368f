"""How elementwise kernels, reductions, and what moves or picks elements are written."""

import math
import re
from functools import reduce

import numpy as np

from glbackend.base.dtypes import NUMPY, DType, upcast
from glbackend.engine.node import Node, handles_of
from glbackend.formats.graph_model.writer import Writer, cast_to, matched, outputs_of, reshaped, writes
from glbackend.formats.writing import Names, kind

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
    begin, size = node.checked.attrs["begin"], node.checked.outs[0].shape
    whole = handles_of(node.inputs)[0].shape
    rest = [-1 if b + n == dim else n for b, n, dim in zip(begin, size, whole, strict=True)]  # of any size
    parts = begin, rest
    return [
        writer.add("Slice", [*writer.inputs(node), *(writer.const(np.array(p, np.int32)) for p in parts)])
    ]


@writes("StridedSlice")
def strided_slice(writer: Writer, node: Node) -> Names:
    """Every n-th element; dims that go are dropped behind it."""
    begin, strides, size = (node.checked.attrs[key] for key in ("begin", "strides", "size"))
    whole = handles_of(node.inputs)[0].shape
    ends = [
        0 if (b, s, n) == (0, 1, dim) else b + s * n  # a whole dim may be one of any size
        for b, s, n, dim in zip(begin, strides, size, whole, strict=True)
    ]
    mask = sum(1 << i for i, end in enumerate(ends) if end < 0 or (begin[i], strides[i], end) == (0, 1, 0))
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
