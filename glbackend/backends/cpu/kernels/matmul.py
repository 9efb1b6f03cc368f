"""Matrix products, plain and fused, by NumPy; and what is fused to a product."""

from typing import Any, NamedTuple

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.backends.cpu.kernels.rows import blocks_of_rows
from glbackend.base.dtypes import NUMPY
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle
from glbackend.table import ROWS

Array = np.ndarray[Any, Any]
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
    left, right = (cpu.array(x).astype(NUMPY[out.dtype], copy=False) for x in (a, b))
    result: Array = np.matmul(
        left.swapaxes(-1, -2) if transpose_a else left, right.swapaxes(-1, -2) if transpose_b else right
    )
    return result


class Finish(NamedTuple):
    """What is fused to a product: a bias, then a row (Prelu with `weights`, LeakyRelu with `alpha`)."""

    bias: Array | None = None
    weights: Array | None = None
    activation: str | None = None
    alpha: float = 0.0

    def __call__(self, y: Array, box: tuple[slice, ...] = ()) -> None:
        """Finishes y [..., channels] in its place: the whole result, or the `box` of it."""
        if self.bias is not None:
            if self.bias.shape == y.shape[-1:] and y.flags.c_contiguous:
                for rows, bias in blocks_of_rows((y,), (self.bias,)):
                    rows += bias
            else:
                y += _part(self.bias, box)
        if self.activation is None:
            return
        row = ROWS[self.activation]
        given = {"alpha": self.alpha} if self.activation == "LeakyRelu" else {}
        attrs = {name: given.get(name, default) for name, default in row.attrs.items()}
        if self.activation in IN_PLACE:
            row.numpy(y, out=y)
        elif self.weights is None:
            y[...] = row.numpy(y, **attrs)
        else:
            y[...] = row.numpy(y, np.broadcast_to(_part(self.weights, box), y.shape), **attrs)


def _part(values: Array, box: tuple[slice, ...]) -> Array:
    return values[box] if values.ndim > 1 else values
