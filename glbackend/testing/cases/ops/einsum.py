"""Cases of einsum: every route of the kernel, and the equations that the op rewrites."""

from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.ops.einsum import einsum
from glbackend.testing.case import Case, case
from glbackend.testing.sample import bools, integers, normal

SIZES = dict(zip("abcdefghijkl", (2, 3, 4, 5, 1, 6, 2, 4, 3, 5, 7, 2), strict=True))


def _case(equation: str, name: str = "", **options: Any) -> Case:
    terms = equation.split("->")[0].split(",")
    inputs = [normal(*(SIZES[c] for c in term), seed=i) for i, term in enumerate(terms)]

    def call(*xs: Tensor) -> Tensor:
        return einsum(equation, *xs)

    return case("Einsum", name or equation, call, *inputs, grad=tuple(range(len(terms))), **options)


CASES = [
    *(
        _case(equation)
        for equation in (
            "i->", "ij->j", "ij->ji", "ijk->kj", ",->", "i,->i", "i,i->", "i,j->ij", "i,j->ji", "ij,j->i",
            "ij,ij->i", "ij,ij->", "ij,jk->ik", "ij,jk->ki", "ji,jk->ik", "ij,kj->ik", "bij,bjk->bik",
            "bji,bkj->bki", "bc,cd->db", "abc,cde->abde", "bkd,dhf->bkhf", "aecd,abcd->acbe", "abc,bad->c",
            "ab,cd->", "ij,jk->", "abc,ac->b", "ij,jk,kl->il", "a,b,c->abc", "ij,ij,ij->ij",
        )
    ),
    case("Einsum", "diagonal view", lambda x: einsum("ii->i", x), normal(4, 4), grad=(0,)),
    case("Einsum", "trace", lambda x: einsum("iji->j", x), normal(3, 2, 3), grad=(0,)),
    case(
        "Einsum",
        "ellipsis",
        lambda a, b: einsum("...ij,...jk->...ik", a, b),
        *(normal(2, 1, 3, 4), normal(5, 4, 2)),
        grad=(0, 1),
    ),
    case("Einsum", "ellipsis_sum", lambda a: einsum("...i->...", a), normal(2, 3, 4), grad=(0,)),
    case(
        "Einsum",
        "integers",
        lambda a, b: einsum("ij,jk->ik", a, b),
        *(integers(-9, 9, 3, 5), integers(-(2**30), 2**30, 5, 2)),
    ),
    case("Einsum", "bool", lambda a, b: einsum("ij,ij->i", a, b), bools(3, 5), bools(3, 5, seed=1)),
    case("Einsum", "mixed", lambda a, b: einsum("ij,jk->ik", a, b), integers(-9, 9, 3, 5), normal(5, 2)),
    case("Einsum", "empty", lambda a, b: einsum("ij,jk->ik", a, b), normal(0, 5), normal(5, 2)),
    case("Einsum", "empty_inner", lambda a, b: einsum("ij,jk->ik", a, b), normal(3, 0), normal(0, 2)),
]  # fmt: skip
