"""Views: their arithmetic, and the passes by which products read operands, and parts of products, where they lie."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

import glbackend as gl
from glbackend.base.view import View, whole
from glbackend.engine.graph import Graph
from glbackend.engine.tensor import Tensor
from glbackend.graph.passes import improved
from glbackend.graph.passes.drop import drop
from glbackend.graph.passes.siblings import siblings
from glbackend.graph.passes.simplify import simplify
from glbackend.graph.passes.unfold import unfold
from glbackend.graph.passes.views import views
from glbackend.testing.check import Inspecting, assert_close, using
from glbackend.testing.interpret import replay
from glbackend.testing.sample import normal


def shown(view: View, base: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return as_strided(base[view.offset :], view.shape, [step * base.itemsize for step in view.strides])


@settings(max_examples=300, deadline=None)
@given(choose=st.randoms(use_true_random=False))
def test_views_are_numpys(choose: random.Random) -> None:
    """Permuted, cut and reshaped in any order; a reshape is a view wherever it is NumPy's."""
    array = np.arange(0, 4 * 3 * 4 * 2).reshape(4, 3, 4, 2)
    base, view = array.reshape(-1), whole(array.shape)
    for _ in range(choose.randrange(1, 5)):
        way = choose.choice(["permuted", "cut", "reshaped"])
        if way == "permuted":
            perm = choose.sample(range(array.ndim), array.ndim)
            array, view = array.transpose(perm), view.permuted(perm)
        elif way == "cut":
            begin = [choose.randrange(n) for n in array.shape]
            shape = tuple([choose.randint(1, n - at) for n, at in zip(array.shape, begin, strict=True)])
            array = array[tuple([slice(at, at + n) for at, n in zip(begin, shape, strict=True)])]
            view = view.cut(begin, shape)
        else:
            dims, left = [], array.size
            while left > 1 and len(dims) < 4:
                dims.append(choose.choice([n for n in range(1, left + 1) if left % n == 0]))
                left //= dims[-1]
            shape = (*dims, left)
            flat = view.reshaped(shape)
            copied = np.may_share_memory(array.reshape(shape), base) is False
            assert (flat is None) == copied, (view, shape)
            if flat is None:
                continue
            array, view = array.reshape(shape), flat
        np.testing.assert_array_equal(shown(view, base), array)
        assert view.end == array.max() + 1


def test_views_repeat_matrices_and_stay_in_lines() -> None:
    view = whole((3, 1, 2, 4))
    assert view.broadcast((3, 5)) == View((3, 5, 2, 4), (8, 0, 4, 1))
    assert whole((2, 4)).broadcast((3,)) == View((3, 2, 4), (0, 4, 1))
    assert view.broadcast((2, 5)) is None
    assert view.broadcast((5,)) is None
    assert whole((2, 2, 4)).in_lines(8, 20, 4) == View((2, 2, 4), (20, 4, 1), 4)
    assert View((2, 4), (6, 1), 2).in_lines(8, 20) is None, "from one line into the next"
    assert View((0, 3), (3, 1), 7).end == 0


# -- the passes --------------------------------------------------------------------------------------------


def kernels(graph: Graph) -> list[str]:
    return [node.kernel for node in graph.nodes]


def same(graph: Graph, wanted: Graph, *inputs: Tensor) -> None:
    assert_close(replay(graph, *inputs).numpy(), replay(wanted, *inputs).numpy(), 1e-5, str(graph))


def heads(x: Tensor, batch: int, count: int) -> Tensor:
    """[batch, time, count * depth] as [batch, count, time, depth]."""
    return x.reshape([batch, -1, count, x.shape[-1] // count]).transpose([0, 2, 1, 3])


OPERANDS: dict[str, tuple[Callable[[Tensor], Tensor], int]] = {  # and how many nodes are left beside views
    "heads": (lambda x: heads(x, 2, 4).matmul(heads(x, 2, 4), transpose_b=True), 1),
    "turned": (lambda x: heads(x, 2, 4).matmul(heads(x, 2, 4).transpose([0, 1, 3, 2])), 1),
    "slices": (lambda x: x[:, :, 8:24].matmul(x[:, :, 16:32], transpose_b=True), 1),
    "parts": (lambda x: gl.split(x, 2, -1)[0].matmul(gl.split(x, 2, -1)[1], transpose_a=True), 1),
    "one matrix for all": (lambda x: heads(x, 2, 4).matmul(x[0, :, :8], False, True), 1),
    "einsum": (lambda x: gl.einsum("bthd,bshd->bhts", *[x.reshape([2, 8, 4, 8])] * 2), 1),
    "no fours": (lambda x: x[:, :, 1:5].matmul(x[:, :, 8:12], transpose_b=True), 2),
    "odd depth": (lambda x: x[:, :, 4:9].matmul(x[:, :, 8:13], transpose_b=True), 3),
    "three leading dims": (
        lambda x: x.reshape([2, 2, 4, 4, 8]).transpose([0, 1, 3, 2, 4]).matmul(gl.ones([8, 4])), 3
    ),
    "whole numbers": (lambda x: x.cast("int32")[:, :, :8].matmul(x.cast("int32")[:, :8, 8:12]), 4),
    "nothing moved": (lambda x: x.matmul(x, transpose_b=True), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERANDS)
def test_products_read_through_views(name: str, backend: str) -> None:
    call, left = OPERANDS[name]
    x = gl.tensor(normal(2, 8, 32))
    traced = gl.trace(call, x)
    found = drop(views(simplify(unfold(traced))))
    assert len([one for one in kernels(found) if one != "Reshape"]) == left, str(found)
    same(found, traced, x)
    captured = gl.function(call)
    for _ in range(2):
        assert_close(captured(x).numpy(), call(x).numpy(), 1e-5, name)


def attention(
    biased: bool, late: bool = False, scale: float = 0.0
) -> tuple[Callable[..., Tensor], list[gl.Variable]]:
    weights = [gl.variable(gl.tensor(normal(32, 32, seed=i))) for i in range(3)]
    biases = [gl.variable(gl.tensor(normal(32, seed=i))) for i in range(3)]

    def call(x: Tensor, between: Callable[[], Tensor] | None = None) -> Tensor:
        if late:
            weights[1].assign(weights[1] * 0.5)
        parts = [x.matmul(w) + b if biased else x.matmul(w) for w, b in zip(weights, biases, strict=True)]
        if scale:
            parts[0] = parts[0] * scale
        q, k, v = (one.reshape([8, 4, 8]).transpose([1, 0, 2]) for one in parts)
        apart = None if between is None else between()[:, :8]
        found = q.matmul(k, transpose_b=True).softmax().matmul(v)
        return found if apart is None else found + apart

    return call, weights


@pytest.mark.parametrize("scale", [0.0, 0.3])
@pytest.mark.parametrize("biased", [True, False])
def test_queries_keys_and_values_are_one_product(biased: bool, scale: float, backend: str) -> None:
    call, weights = attention(biased, scale=scale)
    x = gl.tensor(normal(8, 32))
    traced = gl.trace(call, x)
    before, after = improved(traced)
    assert sorted(kernels(before)) == [*["Concat"] * (1 + biased), *["Multiply"] * (1 + biased) * bool(scale)]
    added = ["BatchMatMul", "Add"] if biased else ["BatchMatMul"]
    assert kernels(after) == [*added, "BatchMatMul", "Softmax", "BatchMatMul"]
    captured = gl.function(call)
    for _ in range(2):
        assert_close(captured(x).numpy(), call(x).numpy(), 1e-5, "captured")
    weights[1].assign(weights[1] + 1.0)
    assert_close(captured(x).numpy(), call(x).numpy(), 1e-5, "after a variable has changed")


def test_what_is_merged_goes_from_piece_to_piece(backend: str) -> None:
    """A kernel that the host computes cuts the graph between the one product and those who read it."""
    call, _ = attention(True)

    def cut(x: Tensor) -> Tensor:
        return call(x, lambda: gl.real(gl.complex(x, x)))

    x = gl.tensor(normal(8, 32))
    captured = gl.function(cut)
    for _ in range(2):
        assert_close(captured(x).numpy(), cut(x).numpy(), 1e-5, "cut")


def test_an_attention_layer_is_twelve_draws(webgl: Inspecting) -> None:
    """Moving heads and scaling queries takes none of them."""
    with using(webgl):
        x = gl.Input(shape=(64, 128))
        attended = gl.layers.MultiHeadAttention(num_heads=4, key_dim=32)(x, x)
        model = gl.Model(x, gl.layers.Dense(8)(attended))
        given = gl.tensor(normal(2, 64, 128))
        told = str(gl.function(model.apply).explain(given)).partition("and, where a variable")[0]
        assert told.count("  draw ") <= 12, told
        assert_close(gl.function(model.apply)(given).numpy(), model.apply(given).numpy(), 1e-5, "attention")


def test_products_stay_apart_where_they_must() -> None:
    x = gl.tensor(normal(8, 32))

    def count(call: Callable[[Tensor], Any]) -> int:
        found = siblings(drop(views(simplify(gl.trace(call, x)))))
        return kernels(found).count("BatchMatMul")

    assert count(attention(True)[0]) == 3
    assert count(attention(True, late=True)[0]) == 4, "the keys' matrix changes in each run"
    w = [gl.variable(gl.tensor(normal(32, 32, seed=i))) for i in range(2)]
    assert count(lambda x: x.matmul(w[0]) + x.matmul(w[1])) == 2, "read as they are"
    assert count(lambda x: x.matmul(w[0])[:, :16].matmul(x.matmul(w[1])[:, 16:], transpose_b=True)) == 2
    asked = lambda x: (x.matmul(w[0])[:, :16].matmul(x.matmul(w[1])[:, :16], True), x.matmul(w[0]))  # noqa: E731
    assert count(asked) == 3, "one is a result"


def test_rows_with_a_number_come_before_views() -> None:
    w = gl.variable(gl.tensor(normal(4, 6)))

    def call(x: Tensor) -> Tensor:
        return (x.matmul(w).reshape([2, 1, 6]) * 0.5).relu() + x[0, 0]

    x = gl.tensor(normal(2, 4))
    found = simplify(gl.trace(call, x))
    rows = ["BatchMatMul", "Multiply", "Relu", "Add", "Reshape"]
    assert [one for one in kernels(drop(found)) if one in rows] == rows
    np.testing.assert_array_equal(replay(found, x).numpy(), call(x).numpy())
