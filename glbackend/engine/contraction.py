"""Einsum as kernels of other names: sums, transposes and one product, of matrices or elementwise.

`run` computes one of them, or records it: webgl's kernel is made so, and the nodes of a captured graph.
"""

import math
from collections.abc import Callable
from typing import Any

from glbackend.base.dtypes import DType
from glbackend.base.equation import Roles, roles, split_equation
from glbackend.base.shapes import Shape, Spec
from glbackend.contracts.contract import Checked, check
from glbackend.engine.storage import Handle

Run = Callable[[str, dict[str, Handle], Checked], Handle]


def contracted(run: Run, xs: list[Handle], out: Spec, equation: str) -> Handle:
    """What only one tensor has and the result has not is summed first; the rest is one product."""
    terms, result = split_equation(equation)
    handles = [_run(run, "Cast", x, dtype=out.dtype) if x.dtype != out.dtype else x for x in xs]
    if len(handles) == 1:
        term, x = _summed(run, terms[0], handles[0], result)
        return _ordered(run, x, term, result)
    (a, x), (b, y) = (
        _summed(run, term, x, result + other)
        for term, x, other in zip(terms, handles, reversed(terms), strict=True)
    )
    role = roles(a, b, result)
    if not _is_product(role):
        return _elementwise(run, (a, x), (b, y), role, result)
    if role.left and role.right and result.index(role.right[0]) < result.index(role.left[0]):
        a, b, x, y = b, a, y, x  # the product comes out in the order of the result more often
        role = role._replace(left=role.right, right=role.left)
    return _product(run, (a, x), (b, y), role, result, out.dtype)


def multiplies_matrices(equation: str) -> bool:
    """Whether two tensors are multiplied as matrices.

    >>> multiplies_matrices("bij,bjk->bik"), multiplies_matrices("ij,ij->i")
    (True, False)
    """
    terms, result = split_equation(equation)
    if len(terms) != 2:
        return False
    a, b = (
        "".join(label for label in one if label in result + other)
        for one, other in zip(terms, reversed(terms), strict=True)
    )
    return _is_product(roles(a, b, result))


def _is_product(role: Roles) -> bool:
    return bool(role.inner and (role.left or role.right))


def _product(
    run: Run, left: tuple[str, Handle], right: tuple[str, Handle], role: Roles, result: str, dtype: DType
) -> Handle:
    """[batch, left, inner] times [batch, inner, right]; either may be stored transposed."""
    (a, x), (b, y) = left, right
    sizes = dict(zip(a, x.shape, strict=True)) | dict(zip(b, y.shape, strict=True))
    turn_a = a == role.batch + role.inner + role.left
    turn_b = b == role.batch + role.right + role.inner
    first = role.inner + role.left if turn_a else role.left + role.inner
    second = role.right + role.inner if turn_b else role.inner + role.right
    x, y = _ordered(run, x, a, role.batch + first), _ordered(run, y, b, role.batch + second)
    batch, m, k, n = (_shape(part, sizes) for part in (role.batch, role.left, role.inner, role.right))
    matrix_a = (math.prod(k), math.prod(m)) if turn_a else (math.prod(m), math.prod(k))
    matrix_b = (math.prod(n), math.prod(k)) if turn_b else (math.prod(k), math.prod(n))
    inputs = {"a": _shaped(run, x, (*batch, *matrix_a)), "b": _shaped(run, y, (*batch, *matrix_b))}
    attrs = {"transpose_a": turn_a, "transpose_b": turn_b}
    specs = {name: one.spec for name, one in inputs.items()}
    product = run("BatchMatMul", inputs, check("BatchMatMul", specs, attrs))
    labels = role.batch + role.left + role.right
    return _ordered(run, _shaped(run, product, _shape(labels, sizes)), labels, result)


def _elementwise(
    run: Run, left: tuple[str, Handle], right: tuple[str, Handle], role: Roles, result: str
) -> Handle:
    """A product that needs no matrices: nothing is summed, or every axis is in both; then the sum."""
    order = result + role.inner
    inputs = {}
    for name, (term, x) in (("a", left), ("b", right)):
        own = "".join(label for label in order if label in term)
        sizes = dict(zip(term, x.shape, strict=True))
        spread = tuple(sizes.get(label, 1) for label in order)
        inputs[name] = _shaped(run, _ordered(run, x, term, own), spread)
    specs = {name: one.spec for name, one in inputs.items()}
    product = run("Multiply", inputs, check("Multiply", specs, {}))
    return _summed(run, order, product, result)[1]


def _summed(run: Run, term: str, x: Handle, kept: str) -> tuple[str, Handle]:
    """The sum over the labels that are not in `kept`, and the labels that are left."""
    axes = tuple(axis for axis, label in enumerate(term) if label not in kept)
    if axes:
        x = _run(run, "Sum", x, axis=axes)
    return "".join(label for label in term if label in kept), x


def _ordered(run: Run, x: Handle, term: str, order: str) -> Handle:
    """The axes in another order."""
    if term == order:
        return x
    return _run(run, "Transpose", x, perm=tuple(term.index(label) for label in order))


def _shaped(run: Run, x: Handle, shape: Shape) -> Handle:
    """The same elements with other dims."""
    return x if x.shape == shape else _run(run, "Reshape", x, shape=shape)


def _shape(labels: str, sizes: dict[str, int]) -> Shape:
    return tuple(sizes[label] for label in labels)


def _run(run: Run, name: str, x: Handle, **attrs: Any) -> Handle:
    return run(name, {"x": x}, check(name, {"x": x.spec}, attrs))
