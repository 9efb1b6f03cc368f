"""What is done to graph models when they are loaded: folding, fusing, last uses, plans; and that nothing slows."""

import gc
import sys
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.engine.engine import engine
from glbackend.engine.scope import live_tensors
from glbackend.formats.graph_model.compile import compile_program
from glbackend.formats.graph_model.nodes import Ref
from glbackend.formats.graph_model.plan import Plan
from glbackend.testing.interpret import replay
from tests.big_graphs import chain, loops, start
from tests.graph_making import graph_model, kernels, node, placeholder

RNG = np.random.default_rng(3)
CONV = {"strides": [1, 1, 1, 1], "padding": "SAME"}


def norm_model(op: str, activation: str | None, **more: Any) -> gl.GraphModel:
    """A convolution, a normalisation, an activation."""
    channels = 6
    filter = RNG.normal(size=(3, 3, 3, 6 if op == "Conv2D" else 2)).astype(np.float32)
    moments = {name: RNG.uniform(0.5, 2, channels).astype(np.float32) for name in ("s", "o", "m", "v")}
    nodes = [
        placeholder("x", [-1, 5, 5, 3]),
        node("conv", op, "x", "w", **CONV),
        node("norm", "FusedBatchNormV3", "conv", "s", "o", "m", "v", epsilon=0.01, is_training=False),
    ]
    if activation:
        nodes.append(node("y", activation, "norm", **more))
    return graph_model(nodes, {"w": filter, **moments})


@pytest.mark.parametrize("op", ["Conv2D", "DepthwiseConv2dNative"])
@pytest.mark.parametrize(
    ("activation", "more"), [("Relu6", {}), ("LeakyRelu", {"alpha": 0.3}), ("Tanh", {}), (None, {})]
)
def test_norms_fold_and_activations_ride(op: str, activation: str | None, more: dict[str, Any]) -> None:
    model = norm_model(op, activation, **more)
    x = RNG.normal(size=(2, 5, 5, 3)).astype(np.float32)
    got = model.predict(x)
    fused = "FusedConv2D" if op == "Conv2D" else "FusedDepthwiseConv2D"
    assert kernels(model) == ([fused, "Tanh"] if activation == "Tanh" else [fused])
    apart = model.execute(x, ["conv", "norm", *(["y"] if activation else [])])  # asked for, they stay
    np.testing.assert_allclose(got.numpy(), apart[-1].numpy(), 1e-4, 1e-5)
    w = model.weights
    y = (apart[0].numpy() - w["m"].numpy()) / np.sqrt(w["v"].numpy() + 0.01) * w["s"].numpy() + w["o"].numpy()
    np.testing.assert_allclose(apart[1].numpy(), y, 1e-4, 1e-5)
    model.dispose()


def test_bias_and_activation_ride_on_products() -> None:
    nodes = [
        placeholder("x", [-1, 3]),
        node("product", "MatMul", "x", "w"),
        node("sum", "AddV2", "b", "product"),
        node("y", "Prelu", "sum", "alpha"),
        node("second", "MatMul", "y", "v"),
        node("biased", "BiasAdd", "second", "b"),
        node("z", "Sigmoid", "biased"),
    ]
    w = {
        "w": RNG.normal(size=(3, 4)),
        "v": RNG.normal(size=(4, 4)),
        "b": RNG.normal(size=4),
        "alpha": RNG.uniform(size=4),
    }
    w = {name: array.astype(np.float32) for name, array in w.items()}
    model = graph_model(nodes, w)
    x = RNG.normal(size=(2, 3)).astype(np.float32)
    got = model.predict(x).numpy()
    assert kernels(model) == ["_FusedMatMul", "_FusedMatMul"]
    y = x @ w["w"] + w["b"]
    y = np.where(y > 0, y, y * w["alpha"])
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-(y @ w["v"] + w["b"]))), 1e-5, 1e-6)
    model.dispose()


def test_what_is_read_twice_is_not_fused() -> None:
    nodes = [
        placeholder("x", [-1, 3]), node("product", "MatMul", "x", "w"), node("sum", "AddV2", "product", "b"),
        node("y", "Mul", "sum", "product"),
    ]  # fmt: skip
    model = graph_model(nodes, {"w": np.ones((3, 2), np.float32), "b": np.ones(2, np.float32)})
    assert model.predict([[1.0, 2.0, 3.0]]).numpy().tolist() == [[42.0, 42.0]]
    model.dispose()


@pytest.mark.parametrize("shape", [(5,), (1,), (1, 1, 1, 1, 1), ()])
def test_what_is_added_is_no_bias_where_it_is_no_number_a_channel(shape: tuple[int, ...]) -> None:
    added = RNG.normal(size=shape).astype(np.float32)
    nodes = [
        placeholder("x"),
        node("c", "Conv2D", "x", "w", **CONV),
        node("y", "AddV2", "c", "b"),
        node("z", "Relu", "y"),
    ]
    model = graph_model(nodes, {"w": RNG.normal(size=(1, 1, 2, 1)).astype(np.float32), "b": added})
    x = RNG.normal(size=(1, 2, 2, 2)).astype(np.float32)
    wanted = np.maximum(x @ model.weights["w"].numpy()[0, 0] + added, 0)
    np.testing.assert_allclose(model.predict(x).numpy(), wanted, 1e-5, 1e-6)
    model.dispose()


def test_constants_are_folded_and_shapes_computed_when_traced() -> None:
    """A loop over shapes, as Keras writes it: none of it is left in the plan."""
    nodes = [
        placeholder("x", [-1, 4]),
        node("shape", "Shape", "x"),
        node("rows", "StridedSlice", "shape", "zero", "one", "one", shrink_axis_mask=1),
        node("half", "FloorDiv", "four", "two"),
        node("size", "Mul", "rows", "two"),
        node("wanted", "Pack", "size", "half", axis=0),
        node("y", "Reshape", "x", "wanted"),
        node("doubled", "Mul", "half_of_pi", "two_floats"),
        node("z", "Mul", "y", "doubled"),
    ]
    weights = {
        "zero": np.zeros(1, np.int32), "one": np.ones(1, np.int32), "two": np.int32(2), "four": np.int32(4),
        "half_of_pi": np.float32(1.5), "two_floats": np.float32(2),
    }  # fmt: skip
    model = graph_model(nodes, weights)
    got = model.predict(np.arange(8).reshape(2, 4))
    assert got.numpy().tolist() == [[0, 3], [6, 9], [12, 15], [18, 21]]
    assert kernels(model) == ["Reshape", "Multiply"]
    model.dispose()


def test_plans_are_kept_by_shape_and_give_the_same(backend: str) -> None:
    model = norm_model("Conv2D", "Relu")
    for rows in (1, 2, 1, 2):
        x = np.ones((rows, 5, 5, 3), np.float32)
        first, second = model.predict(x).numpy(), model.predict(x).numpy()
        np.testing.assert_array_equal(first, second)
    assert len(model._plans) == 2
    model.dispose()


def test_a_model_can_be_traced_and_differentiated() -> None:
    model = norm_model("Conv2D", "Elu")
    x = gl.tensor(RNG.normal(size=(1, 5, 5, 3)).astype(np.float32))
    graph = gl.trace(model.predict, x)
    assert [one.kernel for one in graph.nodes] == ["FusedConv2D"]
    np.testing.assert_array_equal(replay(graph, x).numpy(), model.predict(x).numpy())
    slope = gl.grad(lambda x: model.predict(x).sum())(x)
    step = np.zeros((1, 5, 5, 3), np.float32)
    step[0, 2, 2, 1] = 0.01
    rise = model.predict(x + step).sum().item() - model.predict(x - step).sum().item()
    assert abs(slope.numpy()[0, 2, 2, 1] - rise / 0.02) < 0.02 * max(1, abs(rise / 0.02))
    model.dispose()


def test_random_ops_draw_anew_in_each_run() -> None:
    model = graph_model(
        [placeholder("x", [4]), node("r", "RandomUniform", "shape"), node("y", "AddV2", "x", "r")],
        {"shape": np.array([4], np.int32)},
    )
    first, second = (model.predict(np.zeros(4)).numpy() for _ in range(2))
    assert kernels(model) and (first != second).all() and (first >= 0).all() and (first < 1).all()
    model.dispose()


def test_tensors_die_at_their_last_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Along a chain of 40 tensors, walked eagerly, at most three live; in loops and functions too."""
    most = 0
    run = engine().backend.run

    def counting(*args: Any) -> Any:
        nonlocal most
        most = max(most, len(live_tensors))
        return run(*args)

    monkeypatch.setattr(engine().backend, "run", counting)
    made = chain(80)
    model = gl.load_graph_model(made)
    program = model._run.program(("x",), [Ref("y")])
    before = len(live_tensors)
    program.run([gl.tensor([0.0])])
    assert most - before <= 3
    model.dispose()
    model = gl.load_graph_model(loops(3))
    program, most = model._run.program(("x",), [Ref("y")]), 0
    before = len(live_tensors)
    program.run([gl.tensor([0.0])])
    assert most - before <= 5
    model.dispose()
    gc.collect()


def calls_of(make: Any, count: int) -> int:
    """Calls of functions while a generated graph is loaded and run once."""
    made, calls = make(count), 0

    def count_call(*event: Any) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count_call)
    try:
        start(made)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(("make", "few"), [(chain, 400), (loops, 15)])
def test_nothing_is_quadratic(make: Any, few: int) -> None:
    """Four times the nodes are four times the calls (`python -m tests.big_graphs` times the full size)."""
    calls_of(make, few)
    assert calls_of(make, 4 * few) < 4.4 * calls_of(make, few)


def test_a_long_chain_of_nodes_needs_no_recursion() -> None:
    nodes = {one.name: one for one in gl.load_graph_model(chain(8000))._run.nodes.values()}
    assert len(nodes) > 8000
    with pytest.raises(gl.errors.ArgumentError, match="no value is given for the input 'x'"):
        compile_program(nodes, (), [Ref("y")], None, None)  # type: ignore[arg-type]


def test_loops_over_known_numbers_are_unrolled_into_the_plan() -> None:
    model = gl.load_graph_model(loops(2))
    assert model.predict([1.0]).numpy().tolist() == [5.0]
    assert kernels(model) == ["Add"] * 4
    model.dispose()


def asking_model() -> gl.GraphModel:
    """Static pieces around a Where, whose result also decides a shape; a loop behind them."""
    nodes = [
        placeholder("x", [-1, 4]),
        node("a", "Mul", "x", "x"), node("b", "AddV2", "a", "one"), node("c", "Sqrt", "b"), node("d", "MatMul", "c", "w"),
        node("e", "Relu", "d"), node("large", "Greater", "e", "one"), node("places", "Where", "large"),
        node("picked", "GatherNd", "e", "places"), node("shape", "Shape", "picked"), node("two", "Mul", "shape", "twice"),
        node("padded", "Tile", "picked", "twice"), node("f", "Exp", "padded"), node("g", "Neg", "f"), node("h", "Sigmoid", "g"),
        node("grid", "Reshape", "h", "rows"), node("rows", "Pack", "minus", "half", axis=0), node("half", "Squeeze", "shape"),
        node("total", "Sum", "grid", "zero"),
    ]  # fmt: skip
    weights = {
        "one": np.float32(1), "w": RNG.uniform(size=(4, 5)).astype(np.float32), "twice": np.array([2], np.int32),
        "minus": np.int32(-1), "zero": np.zeros(1, np.int32),
    }  # fmt: skip
    return graph_model(nodes, weights)


def test_static_pieces_around_what_asks_for_values(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, planned = asking_model(), 0
    run = Plan.run

    def counted(*args: Any) -> Any:
        nonlocal planned
        planned += 1
        return run(*args)

    monkeypatch.setattr(Plan, "run", counted)
    for rows in (3, 5, 3):
        x = RNG.normal(size=(rows, 4)).astype(np.float32)
        x[0] = 1 + np.abs(x[0])  # Where finds some: of none, the -1 of the Reshape could be anything
        for outputs in (["total", "e", "places"], ["total"]):
            found = [model.execute(x, outputs) for _ in range(2)]
            with gl.GradientTape():  # a tape sees every op: step by step
                eager = model.execute(x, outputs)
            for one in found:
                for got, wanted in zip(one, eager, strict=True):
                    np.testing.assert_array_equal(got.numpy(), wanted.numpy())
    assert planned > 12, "no piece was run by a plan"
    model.dispose()


def test_a_tidy_scope_keeps_what_the_model_needs() -> None:
    model = norm_model("Conv2D", "Relu")
    x = np.ones((1, 5, 5, 3), np.float32)
    first = gl.tidy(lambda: model.predict(x))
    np.testing.assert_array_equal(first.numpy(), gl.tidy(lambda: model.predict(x)).numpy())
    model.dispose()
