"""Einsum on cpu: a product of matrices, as BLAS has those of many at a time; else NumPy's."""

import math
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.equation import Equation, label_sizes, roles, split_equation
from glbackend.base.shapes import Spec
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle

LONG = 4096  # products that are added up in their own dtype at most


@kernel("Einsum", "cpu")
def einsum(cpu: Cpu, xs: list[Handle], *, out: Spec, equation: str) -> Handle:
    """NumPy takes the same equations; long sums are added up in double precision."""
    arrays: list[Any] = [cpu.array(x) for x in xs]
    sizes = label_sizes(parts := split_equation(equation), [x.shape for x in xs])
    summed = math.prod(size for label, size in sizes.items() if label not in parts.result)
    if out.dtype == "int32":
        arrays = [array.astype(np.int32) for array in arrays]
    elif summed > LONG or any(array.dtype.kind != "f" for array in arrays):
        arrays = [array.astype(np.float64) for array in arrays]
    found = _multiplied(parts, arrays, sizes)
    if found is None:
        found = np.asarray(np.einsum(equation, *arrays, optimize=True))
    return cpu.handle(found, out)


def _multiplied(parts: Equation, arrays: list[Any], sizes: dict[str, int]) -> Any:
    """By one product of matrices, or of many pairs of them; None where it is none."""
    if len(parts.terms) != 2 or not set(parts.terms[0]) ^ set(parts.terms[1]) <= set(parts.result):
        return None
    a, b = parts.terms
    role = roles(a, b, parts.result)
    if not (role.inner and role.left and role.right):
        return None
    batch = [sizes[label] for label in role.batch]
    m, k, n = (math.prod(sizes[label] for label in part) for part in (role.left, role.inner, role.right))
    left = arrays[0].transpose([a.index(label) for label in role.batch + role.left + role.inner])
    right = arrays[1].transpose([b.index(label) for label in role.batch + role.inner + role.right])
    product = left.reshape(*batch, m, k) @ right.reshape(*batch, k, n)
    made = role.batch + role.left + role.right
    ordered = [made.index(label) for label in parts.result]
    return product.reshape([sizes[label] for label in made]).transpose(ordered)
