"""Traces: what is recorded is what runs, nothing lasts, and what cannot be traced says so."""

import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, ShapeError, TraceError
from glbackend.base.late import Late
from glbackend.base.nested import leaves
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import UNKNOWN, check
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.graph.trace import output_specs
from glbackend.testing.case import Case, all_cases
from glbackend.testing.interpret import replay

Array = np.ndarray[Any, Any]
READS_VALUES = "Where-setdiff"  # setdiff1d compares its inputs on the host, which no kernel does


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_every_case_traces_to_what_running_gives(case: Case) -> None:
    """The very specs; and the graph, run again, gives the very values."""
    inputs = [gl.tensor(array) for array in case.inputs]
    wanted = list(leaves(Tensor, case.call(*inputs)))
    if case.id == READS_VALUES:
        with pytest.raises(TraceError, match=r"the values of an int32 tensor are asked for"):
            gl.trace(case.call, *inputs)
        return
    graph = gl.trace(case.call, *inputs)
    assert [handle.spec for handle in leaves(Handle, graph.outputs)] == [one.spec for one in wanted]
    for got, one in zip(leaves(Tensor, replay(graph, *inputs)), wanted, strict=True):
        np.testing.assert_array_equal(got.numpy(), one.numpy())


# -- what a step reads and changes -------------------------------------------------------------------------


class Step:
    """A model with each kind of state, its optimizer, and the step that trains it."""

    def __init__(self) -> None:
        start = gl.initializers.glorot_uniform
        self.model = gl.sequential(
            [
                gl.layers.conv2d(
                    filters=3, kernel_size=3, input_shape=[6, 6, 2], kernel_initializer=start(seed=1)
                ),
                gl.layers.batch_normalization(),
                gl.layers.re_lu(),
                gl.layers.flatten(),
                gl.layers.dropout(rate=0.5),
                gl.layers.dense(units=4, activation="softmax", kernel_initializer=start(seed=2)),
            ]
        )
        self.optimizer = gl.train.adam(0.01)

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        def loss() -> Tensor:
            return gl.metrics.categorical_crossentropy(y, self.model(x, training=True)).mean()

        value, pairs = self.optimizer.compute_gradients(loss, self.model.trainable_weights)
        self.optimizer.apply_gradients(pairs)
        return value

    def state(self) -> list[Array]:
        """All that a step reads and the next one finds changed."""
        slots = [one.tensor.numpy() for one in self.optimizer.get_weights()]
        return [*(one.numpy() for one in self.model.get_weights()), *slots]


def batch() -> tuple[Tensor, Tensor]:
    x = np.random.default_rng(3).normal(size=(5, 6, 6, 2)).astype(np.float32)
    return gl.tensor(x), gl.one_hot(gl.tensor([0, 1, 2, 3, 1], dtype="int32"), 4)


def assert_same(got: list[Array], wanted: list[Array]) -> None:
    """Equal bit by bit."""
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_trace_leaves_everything_as_it_was(backend: str) -> None:
    """An eager step after a trace has the bits of one without, and so has the next random number."""
    x, y = batch()
    results = []
    for traced in (False, True):
        step = Step()
        gl.set_seed(4)
        step(x, y)
        if traced:
            before = step.state()
            graph = gl.trace(step, x, y)
            assert_same(step.state(), before)
            ran = {node.kernel for node in graph.nodes}
            assert ran >= {"DropoutMask", "ApplyAdam", "Conv2DBackpropFilter"}
            assert len(graph.effects) == 8 + 2 * 6, "all weights, and two slots of each trained one"
        results.append([step(x, y).numpy(), *step.state(), gl.random_uniform([4]).numpy()])
    assert_same(results[1], results[0])


def test_replays_are_eager_steps(backend: str) -> None:
    """Four, each with a mask of its own, bit by bit; the trace comes before the first step."""
    x, y = batch()
    eager, traced = Step(), Step()
    graph = gl.trace(traced, x, y)
    gl.set_seed(11)
    wanted = [[eager(x, y).numpy(), *eager.state()] for _ in range(4)]
    gl.set_seed(11)
    got = [[replay(graph, x, y).numpy(), *traced.state()] for _ in range(4)]
    for a, b in zip(got, wanted, strict=True):
        assert_same(a, b)
    assert len({float(one[0]) for one in got}) == 4
    assert traced.optimizer.iterations == 4


def test_masks_differ_between_replays(backend: str) -> None:
    ones = gl.ones([64])
    graph = gl.trace(lambda x: gl.dropout(x, 0.5), ones)
    gl.set_seed(1)
    masks = [replay(graph, ones).numpy() for _ in range(4)]
    assert len({mask.tobytes() for mask in masks}) == 4
    gl.set_seed(1)  # a seed set between replays counts
    np.testing.assert_array_equal(replay(graph, ones).numpy(), masks[0])
    gl.set_seed(1)
    np.testing.assert_array_equal(gl.dropout(ones, 0.5).numpy(), masks[0])


def test_a_variable_before_and_after_its_assignment(backend: str) -> None:
    """A target network that takes over, and a step on the online one, in one trace."""
    zeros, results = gl.zeros([2]), []
    for traced in (False, True):
        target, online = gl.variable(gl.tensor([1.0, 2.0])), gl.variable(gl.tensor([5.0, 7.0]))
        optimizer = gl.train.momentum(0.1)

        def step(
            x: Tensor, target: Any = target, online: Any = online, optimizer: Any = optimizer
        ) -> tuple[Tensor, Tensor]:
            before = target * 1.0
            target.assign(online)
            optimizer.minimize(lambda: ((online - x) * target).square().sum(), var_list=[online])
            return before, target + online

        graph = gl.trace(step, zeros) if traced else None
        assert target.numpy().tolist() == [1.0, 2.0]
        found: list[Array] = []
        for _ in range(3):
            found += [one.numpy() for one in (step(zeros) if graph is None else replay(graph, zeros))]
        results.append([*found, target.numpy(), online.numpy()])
    assert_same(results[1], results[0])


def test_two_optimizers_and_a_rate_that_changes(backend: str) -> None:
    ones, results = gl.ones([2]), []
    for traced in (False, True):
        a, b = gl.variable(gl.tensor([1.0, -1.0])), gl.variable(gl.tensor([2.0]))
        first, second = gl.train.adam(0.1), gl.train.adam(0.1)

        def step(x: Tensor, a: Any = a, b: Any = b, first: Any = first, second: Any = second) -> Tensor:
            first.minimize(lambda: (a * x).square().sum(), var_list=[a])
            second.minimize(lambda: (b * a.sum()).square().sum(), var_list=[b])
            first.minimize(lambda: (a * b).sum(), var_list=[a])
            return a.sum() + b.sum()

        graph = gl.trace(step, ones) if traced else None
        found: list[Array] = []
        for rate in (0.1, 0.1, 0.5):
            second.learning_rate = rate
            found.append((step(ones) if graph is None else replay(graph, ones)).numpy())
        results.append([*found, a.numpy(), b.numpy()])
        assert (first.iterations, second.iterations) == (6, 3)
    assert_same(results[1], results[0])


def test_second_derivatives(backend: str) -> None:
    def curve(x: Tensor) -> Tensor:
        return gl.grad(lambda z: gl.grad(lambda w: (w.tanh() * w).sum())(z).sum())(x)

    x = gl.tensor([0.3, -1.2, 2.0])
    assert_same([replay(gl.trace(curve, x), x).numpy()], [curve(x).numpy()])


def test_a_stateful_lstm(backend: str) -> None:
    """What a batch leaves is what the next one finds, in replays as in eager calls."""
    x = gl.tensor(np.random.default_rng(6).normal(size=(2, 3, 4)).astype(np.float32))
    results = []
    for traced in (False, True):
        layer = gl.layers.lstm(
            units=3, stateful=True, kernel_initializer=gl.initializers.glorot_uniform(seed=1),
            recurrent_initializer=gl.initializers.glorot_uniform(seed=2),
        )  # fmt: skip
        layer.ensure_built([x.shape])
        graph = gl.trace(layer, x) if traced else None
        assert not any(state.numpy().any() for state in layer.states)
        results.append([(layer(x) if graph is None else replay(graph, x)).numpy() for _ in range(3)])
    assert not np.array_equal(results[0][0], results[0][1])
    assert_same(results[1], results[0])


def test_layers_build_their_weights_outside_the_trace(backend: str) -> None:
    """Also those that a layer of one's own holds, and uses first while it is traced."""

    class Pair(gl.layers.Layer):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.parts = [gl.layers.dense(units=4, activation="relu"), gl.layers.dense(units=2)]

        def call(self, inputs: Any) -> Any:
            return self.parts[1](self.parts[0](inputs))

    pair = Pair()
    assert pair(gl.input([None, 3])).shape == (None, None, 2)
    assert [one.shape for one in pair.weights] == [(3, 4), (4,), (4, 2), (2,)]
    x = gl.ones([1, 5, 3])
    graph = gl.trace(pair, x)
    np.testing.assert_array_equal(replay(graph, x).numpy(), pair(x).numpy())
    with pytest.raises(ShapeError, match="must be known, got "):
        Pair()(gl.input([3, None]))


# -- shapes that values decide -----------------------------------------------------------------------------


def test_a_shape_that_values_decide_ends_a_piece(backend: str) -> None:
    """What follows is recorded while it runs on real values; the graph holds for results of that shape."""
    scale = gl.variable(gl.tensor(3.0))

    def f(x: Tensor) -> Tensor:
        chosen = (x * 2.0)[x > 0.0]
        scale.assign(scale + 1.0)
        return chosen * scale + gl.random_uniform([chosen.shape[0]], seed=3)

    x = gl.tensor([1.0, -1.0, 4.0])
    graph = gl.trace(f, x)
    assert [node.kernel for node in graph.nodes if node.decided_by_values] == ["Where"]
    assert scale.item() == 3.0
    got = replay(graph, x).numpy()
    assert scale.item() == 4.0
    scale.assign(gl.tensor(3.0))
    np.testing.assert_array_equal(got, f(x).numpy())
    with pytest.raises(TraceError, match=r"Where gave .*\(3, 1\).* the trace holds for .*\(2, 1\)"):
        replay(graph, gl.tensor([1.0, 1.0, 4.0]))
    with pytest.raises(TraceError, match=r"test_trace.py:\d+: only values decide the shape of what Where"):
        gl.trace(f, Spec((3,)))


def test_contracts_take_no_unknown_dims() -> None:
    with pytest.raises(ShapeError, match=r"Relu: input 'x' of shape \[None, 3\] has an unknown dim"):
        check("Relu", {"x": Spec((UNKNOWN, 3))}, {})


# -- what is refused ---------------------------------------------------------------------------------------


READERS: dict[str, Callable[[Tensor], Any]] = {
    "numpy": lambda x: x.numpy(),
    "item": lambda x: x.sum().item(),
    "bool": lambda x: bool(x.sum() > 0.0),
    "float": lambda x: float(x.sum()),
    "repr": repr,
    "array": np.asarray,
    "pickle": pickle.dumps,
    "variable": gl.variable,
}


@pytest.mark.parametrize("name", READERS)
def test_reading_a_symbol_names_the_line(name: str, backend: str) -> None:
    read, escaped = READERS[name], []

    def f(x: Tensor) -> None:
        escaped.append(x * 2.0)
        read(escaped[0])

    with pytest.raises(TraceError, match=r"test_trace.py:\d+: the values of an? \w+ tensor are asked for"):
        gl.trace(f, gl.ones([2]))
    with pytest.raises(TraceError, match=r"test_trace.py:\d+: .* is used after its end"):
        read(escaped[0])


@pytest.mark.parametrize("name", ["add", "reshape", "concat"])
def test_a_symbol_outside_its_trace_is_refused(name: str, backend: str) -> None:
    use: dict[str, Callable[[Tensor], Any]] = {
        "add": lambda x: x + 1.0, "reshape": lambda x: x.reshape([2, 1]), "concat": lambda x: gl.concat([x, x]),
    }  # fmt: skip
    escaped: list[Tensor] = []
    gl.trace(lambda x: escaped.append(x * 2.0), gl.ones([2]))
    with pytest.raises(TraceError, match="is used after its end"):
        use[name](escaped[0])
    with pytest.raises(TraceError, match="is used after its end"):
        gl.trace(lambda x: use[name](escaped[0]), gl.ones([2]))


def test_rand_cannot_be_traced() -> None:
    with pytest.raises(TraceError, match="rand calls a Python function"):
        gl.trace(lambda: gl.rand([2], lambda: 0.5))


def test_a_failed_trace_leaves_nothing_behind(backend: str) -> None:
    v = gl.variable(gl.tensor([1.0]))

    def broken(x: Tensor) -> Tensor:
        v.assign(v + x)
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        gl.trace(broken, gl.ones([1]))
    assert (v + 1.0).numpy().tolist() == [2.0]


def test_other_threads_see_a_variables_real_value() -> None:
    v = gl.variable(gl.tensor([1.0]))
    seen: list[Any] = []

    def f(x: Tensor) -> Tensor:
        v.assign(v + x)
        other = threading.Thread(target=lambda: seen.append((v * 2.0).numpy().tolist()))
        other.start()
        other.join()
        return v * 1.0

    gl.trace(f, gl.ones([1]))
    assert seen == [[2.0]]


def test_late_attrs_are_declared() -> None:
    """Only where a contract says so; its check of the present value holds, and no cache keeps the object."""
    with pytest.raises(
        ArgumentError, match=r"LeakyRelu: attr 'alpha' must be a plain value, got late\(0.1\)"
    ):
        check("LeakyRelu", {"x": Spec((2,))}, {"alpha": Late(lambda: 0.1, 0.1)})
    seeds = [Late(lambda: 5, 5), Late(lambda: 5, 5)]
    keys = [check("RandomUniform", {}, {"shape": (2,), "seed": seed}).attrs["key"] for seed in seeds]
    assert keys[0] is not keys[1] and keys[0].present == keys[1].present
    plain = check("RandomUniform", {}, {"shape": (2,), "seed": 5}).attrs["key"]
    assert keys[0].value({}) == plain
    with pytest.raises(ValueError, match="could not convert"):
        named = {name: Spec((2,)) for name in ("value", "gradient")}
        check("ApplyGradientDescent", named, {"learning_rate": Late(lambda: "fast", "fast")})


# -- what it looks like ------------------------------------------------------------------------------------


def test_a_graph_prints_a_line_a_node() -> None:
    v = gl.variable(gl.ones([2]), name="v")

    def f(x: Tensor) -> dict[str, Tensor]:
        v.assign(v + x)
        return {"a": gl.stack([v, x]), "b": gl.dropout(x, 0.5)}

    first, second, third, fourth, *rest = str(gl.trace(f, gl.zeros([2]))).splitlines()
    assert first == "x0: float32[2]"
    assert second == "%0: float32[2] = Add(v, x0)"
    assert third == "%1: float32[2, 2] = Pack(%0, x0, axis=0)"
    assert fourth.startswith("%2: float32[2] = DropoutMask(key=late(")
    assert rest == ["%3: float32[2] = Multiply(x0, %2)", "v := %0", "return %1, %3"]


def test_specs_of_a_function() -> None:
    assert output_specs(lambda x, y: (x @ y, x.sum()), Spec((2, 3)), Spec((3, 5))) == [Spec((2, 5)), Spec(())]
