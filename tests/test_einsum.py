"""Einstein sums, held against NumPy, and the errors that TF.js's users know."""

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.testing.sample import integers, normal

SIZES = dict(zip("abcdijklm", (2, 3, 4, 5, 3, 4, 6, 2, 5), strict=True))
EQUATIONS = [
    "ij->ij", "ijk->kij", "i->", "ij,jk->ik", "ik,kj->ji", "abc,abd->cd", "abcd,dcj->baj", "ai,bj->abij",
    "ii->i", "aa->", "iij,jk->ik", "ij,jk,kl,lm->im", "ab,ab,a->b", "a,a,a->", "abc,dc->abd", "ab,cd->ad",
]  # fmt: skip


@pytest.mark.parametrize("equation", EQUATIONS)
def test_values(backend: str, equation: str) -> None:
    terms = equation.split("->")[0].split(",")
    arrays = [normal(*(SIZES[c] for c in term), seed=i) for i, term in enumerate(terms)]
    got = gl.einsum(equation, *arrays).numpy()
    np.testing.assert_allclose(got, np.einsum(equation, *arrays), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ij,...jk->...ik", ((2, 3, 4), (4, 5))),
        ("...ij,...jk->ik...", ((2, 1, 3, 4), (5, 4, 2))),
        ("i...->...", ((3, 2, 2),)),
        ("...,...->...", ((3, 1), (4,))),
        ("a...b, ...b -> ...a", ((2, 3, 4), (1, 4))),
        ("...ii->...i", ((2, 3, 3),)),
    ],
)
def test_ellipsis(backend: str, equation: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    arrays = [normal(*shape, seed=i) for i, shape in enumerate(shapes)]
    np.testing.assert_allclose(
        gl.einsum(equation, *arrays).numpy(), np.einsum(equation, *arrays), rtol=1e-5, atol=1e-6
    )


def test_integers_wrap(backend: str) -> None:
    a, b = integers(-(2**31), 2**31 - 1, 3, 4), integers(-(2**31), 2**31 - 1, 4, 2)
    got = gl.einsum("ij,jk->ik", a, b)
    assert got.dtype == "int32"
    np.testing.assert_array_equal(got.numpy(), np.einsum("ij,jk->ik", a, b))


@pytest.mark.parametrize(
    ("equation", "error", "message"),
    [
        ("", ArgumentError, "Equations without an arrow"),
        ("ij,jk>ik", ArgumentError, "Equations without an arrow"),
        ("ij,jk->ik->i", ArgumentError, "exactly one arrow"),
        ("ij->ji", ArgumentError, "Expected 1 input tensors, received 2"),
        (
            "ij,jk->in",
            ArgumentError,
            "Output subscripts contain the label n not present in the input subscripts.$",
        ),
        ("ij,jk->ii", ArgumentError, "names an axis twice"),
        ("ij,j1->i", ArgumentError, "is no label"),
        ("ij,jk->ik", ShapeError, r"dimension 3 at axis 0 of input shaped \[2,2\]"),
        ("ijk,jk->ik", ShapeError, "'ijk' has 3 labels"),
        ("...ijk,jk->ik", ShapeError, "do not fit"),
    ],
)
def test_errors(equation: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        gl.einsum(equation, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[0.0, 1.0], [2.0, 3.0]])


def test_the_kernel_keeps_the_limits_of_tfjs() -> None:
    x = gl.tensor([[1.0, 2.0], [3.0, 4.0]])
    for xs, equation, message in (
        ([x], "ii->", "not implemented yet"),
        ([x], "...i->...", "not supported yet"),
        ([x, x, x], "ij,jk,kl->il", "more than 2 input tensors"),
    ):
        with pytest.raises(ArgumentError, match=message):
            gl.engine().run_kernel("Einsum", xs, {"equation": equation})
    with pytest.raises(DtypeError, match="got complex64"):
        gl.einsum("i->", gl.complex([1.0], [2.0]))
