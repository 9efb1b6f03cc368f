"""Matrix products, plain and fused, by NumPy; and what is fused to a product."""

from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]


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
    weights = None if prelu_activation_weights is None else cpu.array(prelu_activation_weights)
    return cpu.handle(finish(y, None if bias is None else cpu.array(bias), weights, activation, alpha), out)


def _product(cpu: Cpu, a: Handle, b: Handle, out: Spec, transpose_a: bool, transpose_b: bool) -> Array:
    left, right = (cpu.array(x).astype(NUMPY[out.dtype], copy=False) for x in (a, b))
    result: Array = np.matmul(
        left.swapaxes(-1, -2) if transpose_a else left, right.swapaxes(-1, -2) if transpose_b else right
    )
    return result


def finish(
    y: Array, bias: Array | None, weights: Array | None, activation: str | None, alpha: float
) -> Array:
    """Adds `bias`, then applies the row `activation` (Prelu with `weights`, LeakyRelu with `alpha`)."""
    if bias is not None:
        y = y + bias
    if activation is None:
        return y
    row = ROWS[activation]
    given = {"alpha": alpha} if activation == "LeakyRelu" else {}
    attrs = {name: given.get(name, default) for name, default in row.attrs.items()}
    result: Array = (
        row.numpy(y, np.broadcast_to(weights, y.shape), **attrs)
        if weights is not None
        else row.numpy(y, **attrs)
    )
    return result
