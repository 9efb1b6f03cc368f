"""Matrix products, plain and fused, by NumPy; and what is fused to a product."""

import importlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import beside, repeated
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.base.view import View
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]


def has_wide_vectors() -> bool:
    """Whether NumPy (from 2 on), and so OpenBLAS, has found a processor whose vectors have 512 bits."""
    try:
        introspect = importlib.import_module("numpy.lib.introspect")
    except ImportError:
        return False
    found = introspect.opt_func_info(func_name="^exp$", signature="float32")
    return any("X86_V4" in one["current"] or "AVX512" in one["current"] for one in found["exp"].values())


SMALL_IS_QUICK = has_wide_vectors()  # elsewhere OpenBLAS has no other way for small products
SMALL = 1_000_000  # multiplications of such a product at most
STRIP = 64  # columns of b that a piece takes where it has many
MOST_ROWS, MANY_ROWS = (
    256,
    256,
)  # of a piece; and of a product, from which on packing beats pieces of few rows
IN_PLACE = {"Relu", "Relu6", "Sigmoid"}  # rows whose functions write into `out`


@kernel("BatchMatMul", "cpu")
def batch_mat_mul(
    cpu: Cpu,
    a: Handle,
    b: Handle,
    *,
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    a_view: View | None = None,
    b_view: View | None = None,
) -> Handle:
    """Products over leading dims that broadcast."""
    operands = _seen(cpu.array(a), a_view), _seen(cpu.array(b), b_view)
    return cpu.handle(_product(*operands, out, transpose_a, transpose_b), out)


@kernel("_FusedMatMul", "cpu")
def fused_mat_mul(
    cpu: Cpu,
    a: Handle,
    b: Handle,
    bias: Handle | None = None,
    prelu_activation_weights: Handle | None = None,
    *,
    out: Spec,
    transpose_a: bool,
    transpose_b: bool,
    activation: str | None,
    alpha: float,
) -> Handle:
    """The product, bias and activation."""
    y = _product(cpu.array(a), cpu.array(b), out, transpose_a, transpose_b)
    added = [None if one is None else cpu.array(one) for one in (bias, prelu_activation_weights)]
    Finish(added[0], added[1], activation, alpha)(y)
    return cpu.handle(y, out)


def _seen(x: Array, view: View | None) -> Array:
    """An operand, or what a view shows of it."""
    if view is None:
        return x
    steps = [step * x.itemsize for step in view.strides]
    return as_strided(x.reshape(-1)[view.offset :], view.shape, steps, writeable=False)


def _product(left: Array, right: Array, out: Spec, transpose_a: bool, transpose_b: bool) -> Array:
    if left.ndim == right.ndim == 2 and left.dtype == right.dtype and left.dtype.kind == "f":
        y = np.empty(out.shape, left.dtype)
        multiply(left.T if transpose_a else left, right.T if transpose_b else right, y)
        return y
    if left.dtype != right.dtype or left.dtype.kind != NUMPY[out.dtype].kind:
        left, right = (x.astype(NUMPY[out.dtype], copy=False) for x in (left, right))
    result: Array = np.matmul(
        left.swapaxes(-1, -2) if transpose_a else left, right.swapaxes(-1, -2) if transpose_b else right
    )
    return result


@lru_cache(maxsize=1024)
def _piece(rows: int, depth: int, columns: int) -> tuple[int, int]:
    """Rows and columns of the pieces of a product; none where it is small itself, or no piece is worth it."""
    wide = columns if columns <= 2 * STRIP else 0 if columns % STRIP else STRIP
    if not (SMALL_IS_QUICK and depth and wide) or rows * depth * columns <= SMALL:
        return 0, 0
    most = min(SMALL // (depth * wide), MOST_ROWS, rows)
    least = next((one for one in (16, 8, 4) if one <= most), 0)
    if not least or (least < 16 and rows >= MANY_ROWS):
        return 0, 0
    return min(range(least, most + 1, least), key=lambda piece: (rows % piece, -piece)), wide


def multiply(a: Array, b: Array, out: Array) -> None:
    """The product of two matrices into `out`, in pieces that OpenBLAS multiplies without packing them."""
    rows, columns = _piece(*a.shape, b.shape[1])
    near = a.flags.c_contiguous or a.shape[1] <= MOST_ROWS  # else columns of a lie too far apart
    if not (rows and near and b.flags.c_contiguous and out.flags.c_contiguous):
        np.matmul(a, b, out=out)
        return
    whole = len(a) - len(a) % rows
    strips = b.reshape(len(b), -1, columns).swapaxes(0, 1)[:, None]
    to = out[:whole].reshape(-1, rows, len(strips), columns).transpose(2, 0, 1, 3)
    np.matmul(a[:whole].reshape(-1, rows, a.shape[1]), strips, out=to)
    if whole < len(a):
        np.matmul(a[whole:], b, out=out[whole:])


class Finish:
    """What is fused to a product: a bias, then a row (Prelu with `weights`, LeakyRelu with `alpha`)."""

    def __init__(
        self, bias: Array | None, weights: Array | None, activation: str | None, alpha: float
    ) -> None:
        self.bias, self.weights, self.activation = bias, weights, activation
        self.attrs: dict[str, Any] = {"alpha": alpha} if activation == "LeakyRelu" else {}
        self._tiled: dict[int, Array] = {}  # how often a bias stands beside itself -> it

    def __call__(self, y: Array, box: tuple[slice, ...] = ()) -> None:
        """Finishes y [..., channels] in its place: the whole result, or the `box` of it."""
        if self.bias is not None:
            self._add(y, self.bias, box)
        if self.activation is None:
            return
        row = ROWS[self.activation]
        if self.activation in IN_PLACE:
            row.numpy(y, out=y)
        elif self.weights is None:
            y[...] = row.numpy(y, **self.attrs)
        else:
            y[...] = row.numpy(y, np.broadcast_to(_part(self.weights, box), y.shape))

    def _add(self, y: Array, bias: Array, box: tuple[slice, ...]) -> None:
        if bias.shape != y.shape[-1:] or not y.flags.c_contiguous or not y.size:
            y += _part(bias, box)
            return
        times = beside(y.size // max(bias.size, 1), bias.size)
        if times not in self._tiled:
            self._tiled[times] = repeated(bias, times)
        wide = y.reshape(-1, times * bias.size)
        wide += self._tiled[times]


def _part(values: Array, box: tuple[slice, ...]) -> Array:
    return values[box] if values.ndim > 1 else values
