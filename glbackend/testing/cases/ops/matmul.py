"""Cases of the matrix products: every transposition and remainder, each tiling, batches, fused forms."""

from collections.abc import Callable
from itertools import product
from typing import Any

from glbackend.backends.webgl.plan.tiling import forced
from glbackend.base.view import View, whole
from glbackend.engine.engine import engine
from glbackend.ops.matmul import dot, fused_matmul, matmul
from glbackend.testing.case import Case, case
from glbackend.testing.sample import integers, normal


def tiled(call: Callable[..., Any], **force: Any) -> Callable[..., Any]:
    """`call` with the tiling of dense shaders forced."""

    def run(*xs: Any) -> Any:
        with forced(**force):
            return call(*xs)

    return run


def _matmul(transpose_a: bool = False, transpose_b: bool = False) -> Callable[..., Any]:
    return lambda a, b: matmul(a, b, transpose_a, transpose_b)


def _stored(rows: int, columns: int, transposed: bool) -> tuple[int, int]:
    return (columns, rows) if transposed else (rows, columns)


def _transposed() -> list[Case]:
    found = []
    for ta, tb in product((False, True), repeat=2):
        name = f"{'t' if ta else 'n'}{'t' if tb else 'n'}"
        call = _matmul(ta, tb)
        for m, k, n in ((5, 7, 3), (4, 8, 4), (1, 6, 9), (9, 1, 2)):
            a, b = normal(*_stored(m, k, ta)), normal(*_stored(k, n, tb), seed=1)
            found.append(case("BatchMatMul", f"{name}-{m}x{k}x{n}", call, a, b, grad=(0, 1)))
        a, b = normal(*_stored(19, 70, ta)), normal(*_stored(70, 10, tb), seed=1)
        for rows, parts in ((8, 1), (4, 3), (1, 2), (7, 1)):
            found.append(
                case(
                    "BatchMatMul",
                    f"{name}-tile{rows}-parts{parts}",
                    tiled(call, rows=rows, parts=parts),
                    a,
                    b,
                )
            )
        found.append(case("BatchMatMul", f"{name}-int32", call, integers(-9, 9, *_stored(5, 6, ta)),
                          integers(-(2**30), 2**30, *_stored(6, 7, tb))))  # fmt: skip
    return found


def _uncut() -> list[Case]:
    """Large, with one to eight whole rows in a line of a texture: found by fixed offsets."""
    found = []
    for ta, tb in product((False, True), repeat=2):
        name = f"{'t' if ta else 'n'}{'t' if tb else 'n'}"
        for m, k, n in ((64, 64, 64), (48, 64, 128), (32, 64, 256), (32, 32, 512)):
            a, b = normal(*_stored(m, k, ta)), normal(*_stored(k, n, tb), seed=1)
            found.append(case("BatchMatMul", f"{name}-uncut-{m}x{k}x{n}", _matmul(ta, tb), a, b))
        a, b = normal(8, *_stored(32, 32, ta)), normal(8, *_stored(32, 32, tb), seed=1)
        found.append(case("BatchMatMul", f"{name}-uncut-batch", _matmul(ta, tb), a, b))
    odd = _matmul(False, True)
    found.append(case("BatchMatMul", "nt-batch-of-six-rows", odd, normal(16, 32, 32), normal(16, 6, 32)))
    return found


def _of_views(name: str, a_view: View, b_view: View, transpose_b: bool = False) -> Case:
    """Both operands as views of one tensor, as heads of queries, keys and values lie."""
    attrs = {"transpose_a": False, "transpose_b": transpose_b, "a_view": a_view, "b_view": b_view}

    def call(x: Any) -> Any:
        return engine().run_kernel("BatchMatMul", {"a": x, "b": x}, attrs)

    return case("BatchMatMul", f"views, {name}", call, normal(2 * 6, 3 * 4 * 8))


HEADS = whole((2, 6, 3, 4, 8)).permuted((2, 0, 3, 1, 4))  # part, example, head, time, depth
PARTS = [View(HEADS.shape[1:], HEADS.strides[1:], part * HEADS.strides[0]) for part in range(3)]
SHARED = View((2, 4, 8, 8), (0, 0, 96, 1), 16)

CASES = [
    _of_views("scores", PARTS[0], PARTS[1], transpose_b=True),
    _of_views("weighed", View((2, 4, 4, 4), (96, 4, 192, 1), 4), View((2, 4, 4, 8), (48, 8, 96, 1), 64)),
    _of_views("one for all", PARTS[2], SHARED),
    *_transposed(),
    *_uncut(),
    case("BatchMatMul", "batch", _matmul(), normal(3, 5, 6), normal(3, 6, 7), grad=(0, 1)),
    case("BatchMatMul", "batch-b-shared", _matmul(), normal(3, 5, 6), normal(6, 7), grad=(0, 1)),
    case("BatchMatMul", "batch-a-shared", _matmul(), normal(1, 5, 6), normal(4, 6, 7), grad=(0, 1)),
    case("BatchMatMul", "batch-a-shared-tn", _matmul(True), normal(6, 5), normal(2, 6, 3), grad=(0, 1)),
    case("BatchMatMul", "batch-crossed", _matmul(), normal(2, 1, 3, 4), normal(1, 3, 4, 2), grad=(0, 1)),
    case("BatchMatMul", "batch-tiled", tiled(_matmul(), rows=4, parts=2), normal(3, 9, 9), normal(3, 9, 5)),
    case("BatchMatMul", "batch-tiled-tn", tiled(_matmul(True), rows=8), normal(2, 6, 13), normal(2, 6, 5)),
    case(
        "BatchMatMul",
        "rank5",
        _matmul(False, True),
        normal(2, 1, 2, 3, 5),
        normal(2, 1, 2, 2, 5),
        grad=(0, 1),
    ),
    case("BatchMatMul", "long-sum", tiled(_matmul(), rows=1, parts=1), normal(2, 2100), normal(2100, 3)),
    case("BatchMatMul", "empty-depth", _matmul(), normal(2, 0), normal(0, 3)),
    case("BatchMatMul", "empty-rows", _matmul(), normal(0, 3), normal(3, 2)),
    case("BatchMatMul", "empty-batch", _matmul(), normal(0, 2, 3), normal(0, 3, 2)),
    case("BatchMatMul", "dot-vectors", dot, normal(7), normal(7, seed=1), grad=(0, 1)),
    case(
        "_FusedMatMul",
        "bias",
        lambda a, b, bias: fused_matmul(a, b, bias=bias),
        normal(3, 5),
        normal(5, 6),
        normal(6),
        grad=(0, 1, 2),
    ),
    case(
        "_FusedMatMul",
        "bias-scalar",
        lambda a, b, bias: fused_matmul(a, b, bias=bias),
        normal(3, 5),
        normal(5, 6),
        normal(1),
        grad=(0, 1, 2),
    ),
    case(
        "_FusedMatMul",
        "bias-full",
        lambda a, b, bias: fused_matmul(a, b, True, True, bias),
        normal(2, 5, 3),
        normal(2, 6, 5),
        normal(2, 3, 6),
        grad=(0, 1, 2),
    ),
    *(
        case(
            "_FusedMatMul",
            name,
            tiled(
                lambda a, b, bias, name=name: fused_matmul(
                    a, b, bias=bias, activation=name, leakyrelu_alpha=0.3
                ),
                rows=rows,
                parts=parts,
            ),
            normal(5, 9),
            normal(9, 6),
            normal(6),
            grad=(0, 1, 2),
        )
        for name, rows, parts in (
            ("relu", 1, 1),
            ("relu6", 4, 1),
            ("elu", 1, 3),
            ("sigmoid", 4, 2),
            ("leakyrelu", 2, 1),
        )
    ),
    case(
        "_FusedMatMul",
        "prelu",
        lambda a, b, bias, w: fused_matmul(a, b, False, False, bias, "prelu", w),
        normal(5, 9),
        normal(9, 6),
        normal(6),
        normal(5, 1),
        grad=(0, 1, 2, 3),
    ),
    case(
        "_FusedMatMul",
        "prelu-no-bias",
        lambda a, b, w: fused_matmul(a, b, activation="prelu", prelu_activation_weights=w),
        normal(5, 9),
        normal(9, 6),
        normal(6),
        grad=(0, 1, 2),
    ),
]
