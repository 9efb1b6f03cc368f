"""Passes: a graph gives the same bits before and after each, on both backends, interpreted and planned.

`python -m tests.test_passes 10000` tries so many programs, a tenth of them on webgl and the others on cpu;
with `webgl` or `cpu` behind the number all of them there.
"""

import random
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import glbackend as gl
from glbackend.engine.graph import Graph
from glbackend.engine.node import Node
from glbackend.engine.tensor import Tensor
from glbackend.graph.passes import SMALLER, improved
from glbackend.graph.passes.drop import drop
from glbackend.graph.passes.fold import fold
from glbackend.graph.passes.fuse import MOST_OPERANDS, fuse
from glbackend.graph.passes.normalize import normalize
from glbackend.graph.passes.simplify import simplify
from glbackend.graph.passes.split import split
from glbackend.graph.passes.unfold import unfold
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import Inspecting, assert_close, using
from glbackend.testing.interpret import replay
from glbackend.testing.programs import Program, program
from glbackend.testing.sample import Array, normal

quick = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}
sizes = st.integers(0, 9)
STRUCTURES = 12  # of programs on webgl, as each is some shaders


def assert_same(got: Sequence[Tensor], wanted: Sequence[Tensor], of: object) -> None:
    """Equal bit by bit, but for which NaN it is."""
    for a, b in zip(got, wanted, strict=True):
        x, y = a.numpy(), b.numpy()
        assert x.dtype == y.dtype, of
        np.testing.assert_array_equal(x, y, err_msg=str(of))
        if x.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(x[x == 0]), np.signbit(y[y == 0]), err_msg=str(of))


def assert_alike(got: Sequence[Tensor], wanted: Sequence[Tensor], of: Graph, before: Graph) -> None:
    """As `assert_same`; where a pass has put a kernel with sums of its own in their place, within rounding."""
    own = ("Normalize", "Einsum")
    viewed = any("a_view" in node.checked.attrs for node in of.nodes)
    if not viewed and all(kernels(of).count(one) == kernels(before).count(one) for one in own):
        return assert_same(got, wanted, of)
    for a, b in zip(got, wanted, strict=True):
        assert_close(a.numpy(), b.numpy(), 1e-5, str(of))
    return None


def check_program(one: Program, arrays: list[Array], planned: bool) -> None:
    """Eager, traced, after each pass, fused, and (`planned`) twice as the backend's plan."""
    inputs = [gl.tensor(array) for array in arrays]
    wanted = one(*inputs)
    graph = gl.trace(one, *inputs)
    assert_same(replay(graph, *inputs), wanted, graph)
    traced = graph
    for each in SMALLER:
        graph = each(graph)
        assert_alike(replay(graph, *inputs), wanted, graph, traced)
    for dear in (False, True):
        fused = fuse(graph, dear)
        assert_same(replay(fused, *inputs), wanted, f"fuse\n{fused}")
    if planned:
        captured = gl.function(one)
        for _ in range(2):
            assert_same(captured(*inputs), wanted, f"planned\n{fused}")


@settings(max_examples=150, **quick)
@given(choose=st.randoms(use_true_random=False), n=sizes, m=sizes, seed=st.integers(0, 99))
def test_programs_on_cpu(choose: random.Random, n: int, m: int, seed: int) -> None:
    one = program(choose, choose.randrange(1, 16))
    check_program(one, one.arrays(n, m, seed), planned=True)


@settings(max_examples=60, **quick)
@given(structure=st.integers(0, STRUCTURES - 1), n=sizes, m=sizes, seed=st.integers(0, 99))
def test_programs_on_webgl(structure: int, n: int, m: int, seed: int, webgl: Inspecting) -> None:
    one = program(random.Random(structure), 10)
    with using(webgl):
        check_program(one, one.arrays(n, m, seed), planned=True)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_every_case_survives_all_passes(case: Case) -> None:
    """On cpu; of cases whose trace reads values there is no graph."""
    inputs = [gl.tensor(array) for array in case.inputs]
    try:
        graph = gl.trace(case.call, *inputs)
    except gl.errors.TraceError:
        return
    wanted = list(flat(replay(graph, *inputs)))
    before, after = improved(graph)
    assert not before.nodes, "no variable is read"
    for dear in (True, False):
        assert_alike(list(flat(replay(fuse(after, dear), *inputs))), wanted, after, graph)


def flat(result: object) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else [x for one in result for x in flat(one)]  # type: ignore[attr-defined]


# -- what each pass is there for ---------------------------------------------------------------------------


def kernels(graph: Graph) -> list[str]:
    return [node.kernel for node in graph.nodes]


def chain_of(node: Node) -> list[str]:
    return [step.kernel for step in node.checked.attrs["steps"]]


def test_drop_leaves_what_results_and_effects_need() -> None:
    v, w = gl.variable(gl.ones([2])), gl.variable(gl.ones([2]))

    def f(x: Tensor) -> Tensor:
        w.exp()
        gl.random_uniform([2])
        v.assign(v + x)
        return x * 2.0

    graph = gl.trace(f, gl.ones([2]))
    assert kernels(drop(graph)) == ["Add", "Multiply"]
    assert [one.name for one, _ in drop(graph).variables] == [v.name]
    assert len(drop(graph).lates) == 1, "the generator moves on as in an eager run"


def test_fold_computes_what_depends_on_nothing() -> None:
    held = gl.tensor([1.0, 2.0])
    graph = fold(gl.trace(lambda x: x + (held * 2.0).exp().sum() + gl.random_uniform([2]), gl.ones([2])))
    assert kernels(graph) == ["Add", "RandomUniform", "Add"]
    large = fold(gl.trace(lambda x: x + gl.zeros([2000, 2000]).exp(), gl.ones([1])))
    assert kernels(large)[-2:] == ["Exp", "Add"], "what is large is made anew"


def test_simplify_takes_out_what_changes_nothing() -> None:
    def f(x: Tensor) -> list[Tensor]:
        there = x.transpose([1, 0, 2]).transpose([1, 0, 2])
        again = x.transpose([2, 0, 1]).transpose([1, 0, 2])
        views = x.reshape([6, 4]).reshape([24]).expand_dims(0).clone().cast("float32")
        return [there, again, views, x.exp() + x.exp(), x * 0.0, x * -0.0]

    graph = drop(simplify(gl.trace(f, gl.ones([2, 3, 4]))))
    assert kernels(graph) == ["Transpose", "Reshape", "Exp", "Add", "Multiply", "Multiply"]
    assert graph.nodes[0].checked.attrs["perm"] == (0, 2, 1)
    assert graph.outputs[0] is graph.inputs[0]


def test_unfold_and_fuse_meet_again() -> None:
    a, b, row = gl.ones([3, 4]), gl.ones([4, 5]), gl.ones([5])
    graph = gl.trace(lambda a, b, c: gl.fused.matmul(a, b, bias=c, activation="relu").neg(), a, b, row)
    assert kernels(unfold(graph)) == ["BatchMatMul", "Add", "Relu", "Neg"]
    (node,) = fuse(unfold(graph)).nodes
    assert chain_of(node) == ["Add", "Relu", "Neg"] and node.checked.attrs["root"].kernel == "BatchMatMul"


@pytest.mark.parametrize("pool", [gl.max_pool, gl.avg_pool])
def test_rows_follow_the_gradient_of_a_pool(pool: Any) -> None:
    """The gradient of an activation before a pool runs in the pass of the pool's gradient."""
    graph = fuse(gl.trace(gl.grad(lambda x: pool(x.relu(), 2, 2, "same").square()), gl.ones([1, 4, 4, 4])))
    last = graph.nodes[-1]
    assert last.kernel == "Chain" and last.checked.attrs["root"].kernel.endswith("PoolGrad")


def test_fuse_computes_nothing_costly_twice() -> None:
    """What several passes need is stored, unless it is cheap; what spreads to more elements likewise."""

    def f(x: Tensor, row: Tensor) -> list[Tensor]:
        costly, cheap = x.exp(), x - row
        return [
            costly.softmax() * costly,
            (cheap.square().sum(-1, True) + cheap),
            x * row.exp(),
            x * (row + 1.0),
        ]

    graph = fuse(gl.trace(f, gl.ones([3, 4]), gl.ones([4])))
    said = sorted(" ".join(chain_of(node)) for node in graph.nodes if node.kernel == "Chain")
    assert said == ["", "Add Multiply", "Sub Add"]
    assert sorted(kernels(graph)) == [
        "Chain",
        "Chain",
        "Chain",
        "Exp",
        "Exp",
        "Multiply",
        "Multiply",
        "Softmax",
    ]
    (reduced,) = [node for node in graph.nodes if node.kernel == "Chain" and node.checked.attrs["root"]]
    assert [step.kernel for step in reduced.checked.attrs["root"].prologue.steps] == ["Sub", "Square"]


def test_fuse_keeps_to_the_limits() -> None:
    def f(*xs: Tensor) -> Tensor:
        total = xs[0]
        for one in xs[1:]:
            total = total * 0.5 + one.tanh()
        return total

    many = [gl.tensor(normal(3, seed=i)) for i in range(30)]
    graph = fuse(gl.trace(f, *many))
    assert all(len(node.inputs) <= MOST_OPERANDS for node in graph.nodes if node.kernel == "Chain")
    assert len(graph.nodes) <= 6
    assert_same([replay(graph, *many)], [f(*many)], graph)


def test_split_finds_what_variables_decide() -> None:
    v, w = gl.variable(gl.ones([3])), gl.variable(gl.ones([3]))

    def f(x: Tensor) -> Tensor:
        w.assign(w + 1.0)
        return x * (v * 2.0).exp() * w.square() + gl.random_uniform([3])

    before, after = split(gl.trace(f, gl.ones([3])))
    assert kernels(before) == ["Multiply", "Exp"]
    assert kernels(after) == ["Add", "Multiply", "Square", "Multiply", "RandomUniform", "Add"]


def variance(x: Tensor, mean: Tensor) -> Tensor:
    return (x - mean).square().mean(-1, True)


LAYER_NORMS = {
    "rsqrt": lambda x, g, b: (x - x.mean(-1, True)) * (variance(x, x.mean(-1, True)) + 1e-3).rsqrt() * g + b,
    "root": lambda x, g, b: b + g * ((x - x.mean(-1, True)) / (variance(x, x.mean(-1, True)) + 1e-3).sqrt()),
    "power": lambda x, g, b: (
        ((x - x.mean(-1, True)) ** 2.0).mean(-1, True).add(1e-3).rsqrt() * (x - x.mean(-1, True)) * g
    ),
    "difference": lambda x, g, b: (
        (x - x.mean(-1, True)) * (gl.squared_difference(x.mean(-1, True), x).mean(-1, True) + 1e-3).rsqrt()
        + b
    ),
    "plain": lambda x, g, b: (x - x.mean(-1, True)) * (1e-3 + variance(x, x.mean(-1, True))).rsqrt(),
}


@pytest.mark.parametrize("shape", [(7,), (3, 8), (2, 3, 5)])
@pytest.mark.parametrize("name", LAYER_NORMS)
def test_normalize_finds_layer_normalisations(name: str, shape: tuple[int, ...], backend: str) -> None:
    x, scale, offset = (gl.tensor(normal(*one)) for one in (shape, shape[-1:], shape[-1:]))
    graph = gl.trace(LAYER_NORMS[name], x, scale, offset)
    found = drop(normalize(simplify(graph)))
    assert kernels(found) == ["Normalize"]
    assert set(found.nodes[0].inputs) == {
        "x", *(["scale"] if name in ("rsqrt", "root", "power") else []),
        *(["offset"] if name in ("rsqrt", "root", "difference") else []),
    }  # fmt: skip
    (got,), (wanted,) = (list(flat(replay(one, x, scale, offset))) for one in (found, graph))
    assert_close(got.numpy(), wanted.numpy(), 1e-5, name)


@pytest.mark.parametrize("length", [3, 8, 33, 4097])
def test_normalize_of_squares_beyond_float32_is_what_the_ops_give(length: int, backend: str) -> None:
    x, vector = gl.tensor(normal(2, length) * np.float32(1e30)), gl.ones([length])
    graph = gl.trace(LAYER_NORMS["plain"], x, vector, vector)
    found = drop(normalize(simplify(graph)))
    assert kernels(found) == ["Normalize"]
    (got,), (wanted,) = (list(flat(replay(one, x, vector, vector))) for one in (found, graph))
    np.testing.assert_array_equal(got.numpy(), wanted.numpy())


@pytest.mark.parametrize(
    "call",
    [
        lambda x: (x - x.mean(0, True)) * (variance(x, x.mean(0, True)) + 1e-3).rsqrt(),  # another axis
        lambda x: ((x - x.mean(-1, True)) * (variance(x, x.mean(-1, True)) + 1e-3).rsqrt(), x.mean(-1, True)),
        lambda x: (x - x.mean(-1, True)) * (variance(x, x.max(-1, True)) + 1e-3).rsqrt(),
        lambda x: (x - x.mean(-1, True)) * (variance(x, x.mean(-1, True)) - 1e-3).rsqrt(),
        lambda x: (x - x.mean(-1, True)) * (variance(x, x.mean(-1, True)) + x).rsqrt(),
    ],
    ids=["axis", "asked for", "another centre", "below zero", "no number"],
)
def test_normalize_leaves_all_else(call: Any) -> None:
    graph = simplify(gl.trace(call, gl.tensor(normal(4, 4))))
    assert normalize(graph) is graph


def test_normalize_leaves_what_a_gradient_needs() -> None:
    x = gl.tensor(normal(4, 4))
    graph = simplify(gl.trace(gl.grad(lambda x: LAYER_NORMS["plain"](x, None, None).sum()), x))
    assert "Normalize" not in kernels(normalize(graph))


if __name__ == "__main__":
    count, wanted = int(sys.argv[1]), sys.argv[2:]
    for number in range(count):
        made = program(random.Random(number), number % 20 + 1)
        gl.set_backend(wanted[0] if wanted else "webgl" if number % 10 == 0 else "cpu")
        check_program(made, made.arrays(number % 8, number // 8 % 8, number), planned=True)
        if number % 500 == 499:
            print(f"{number + 1} programs gave the same each way", flush=True)
