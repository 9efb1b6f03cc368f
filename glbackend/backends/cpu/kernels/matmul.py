"""Matrix products, plain and fused, by NumPy; and what is fused to a product."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import beside, divisor, repeated
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]
SMALL, LEAST = 1_000_000, 64  # multiplications of such a product, and rows from which on it pays
IN_PLACE = {"Relu", "Relu6", "Sigmoid"}  # rows whose functions write into `out`


@kernel("BatchMatMul", "cpu")
def batch_mat_mul(
    cpu: Cpu, a: Handle, b: Handle, *, out: Spec, transpose_a: bool, transpose_b: bool
) -> Handle:
    """Products over leading dims that broadcast."""
    return cpu.handle(_product(cpu, a, b, out, transpose_a, transpose_b), out)


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
    y = _product(cpu, a, b, out, transpose_a, transpose_b)
    added = [None if one is None else cpu.array(one) for one in (bias, prelu_activation_weights)]
    Finish(added[0], added[1], activation, alpha)(y)
    return cpu.handle(y, out)


def _product(cpu: Cpu, a: Handle, b: Handle, out: Spec, transpose_a: bool, transpose_b: bool) -> Array:
    left, right = cpu.array(a), cpu.array(b)
    if left.dtype != right.dtype or left.dtype.kind != NUMPY[out.dtype].kind:
        left, right = (x.astype(NUMPY[out.dtype], copy=False) for x in (left, right))
    result: Array = np.matmul(
        left.swapaxes(-1, -2) if transpose_a else left, right.swapaxes(-1, -2) if transpose_b else right
    )
    return result


def multiply(a: Array, b: Array, out: Array) -> None:
    """The product of two matrices into `out`; of short rows in pieces, for which OpenBLAS has a quick way."""
    rows = SMALL // max(b.size, 1)
    part = divisor(len(a), rows) if LEAST <= rows < len(a) and a.flags.c_contiguous else 0
    if part < LEAST:
        np.matmul(a, b, out=out)
    else:
        np.matmul(a.reshape(-1, part, a.shape[1]), b, out=out.reshape(-1, part, b.shape[1]))


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
