"""gl.function: it gives what the Python function gives, traces as seldom as it can, and says what it cannot do."""

import copy
import gc
import pickle
import threading
import warnings
import weakref
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import (
    ArgumentError,
    CallError,
    DisposedError,
    DtypeError,
    GraphWarning,
    ShapeError,
    TraceError,
)  # fmt: skip
from glbackend.engine import scope
from glbackend.engine.tensor import Tensor
from glbackend.testing.check import Inspecting, using
from glbackend.testing.layer_case import LayerCase, layer_cases
from tests.test_trace import Step, assert_same, batch


class Counted:
    """Counts how often the Python function runs."""

    def __init__(self, function: Any) -> None:
        self.calls = 0
        self.function = function

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.calls += 1
        return self.function(*args, **options)


def norm(x: Tensor) -> Tensor:
    return (x - x.mean(-1, True)) / (x.square().mean(-1, True) + 1e-3).sqrt()


# -- what it gives -----------------------------------------------------------------------------------------


def test_it_gives_what_the_function_gives(backend: str) -> None:
    counted = Counted(norm)
    captured = gl.function(counted)
    for seed in range(3):
        x = gl.tensor(np.random.default_rng(seed).normal(size=(4, 6)).astype(np.float32))
        assert_same([captured(x).numpy()], [norm(x).numpy()])
    assert counted.calls == 1


def test_arguments_nest_as_they_like(backend: str) -> None:
    def f(pair: tuple[Tensor, dict[str, Any]], *, scale: float = 1.0, names: list[str]) -> dict[str, Any]:
        a, rest = pair
        return {
            names[0]: (a + rest["b"]) * scale,
            "same": a,
            "none": None,
            "twice": [rest["b"], rest["b"] * 2.0],
        }

    captured, ones = gl.function(f), gl.ones([2])
    for scale in (1.0, 3.0):
        got = captured((ones, {"b": np.full(2, 5.0, np.float32)}), scale=scale, names=["sum"])
        assert got["sum"].numpy().tolist() == [6.0 * scale] * 2
        assert got["same"].numpy().tolist() == [1.0, 1.0] and got["none"] is None
        assert [one.numpy().tolist() for one in got["twice"]] == [[5.0, 5.0], [10.0, 10.0]]


def test_the_same_tensor_twice_is_two_arguments(backend: str) -> None:
    captured = gl.function(lambda x, y: (x * 2.0 - y).exp())
    a, b = gl.tensor([1.0, 2.0]), gl.tensor([3.0, 1.0])
    for x, y in ((a, a), (a, b), (b, a), (b, b)):
        assert_same([captured(x, y).numpy()], [(x * 2.0 - y).exp().numpy()])


def test_a_result_is_nobody_elses(backend: str) -> None:
    """What one call gave stays as it is while others run; a result may be an argument of the next call."""
    captured = gl.function(lambda x: (x * 2.0 + 1.0).tanh())
    x = gl.tensor(np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4))
    held = [captured(x) for _ in range(4)]
    for _ in range(3):
        held.append(captured(held[-1]))
    eager = [(x * 2.0 + 1.0).tanh()] * 4
    for _ in range(3):
        eager.append((eager[-1] * 2.0 + 1.0).tanh())
    assert_same([one.numpy() for one in held], [one.numpy() for one in eager])


def test_training_steps_are_those_of_eager(backend: str) -> None:
    """Weights, slots, moving moments and dropout's masks, bit by bit; a step of one's own between them."""
    x, y = batch()
    eager, captured = Step(), Step()
    step = gl.function(captured)
    results: list[list[Any]] = [[], []]
    for each, run, found in ((eager, eager, results[0]), (captured, step, results[1])):
        gl.set_seed(11)
        for i in range(5):
            found += [(each if i == 3 else run)(x, y).numpy(), *each.state()]
        found.append(gl.random_uniform([3]).numpy())
    assert_same(results[1], results[0])
    assert captured.optimizer.iterations == 5


def test_weights_that_are_held_stay(backend: str) -> None:
    v = gl.variable(gl.ones([3]))
    step = gl.function(lambda x: v.assign(v + x) * 1.0)
    seen = [Tensor(v.handle)]
    for _ in range(4):
        step(gl.ones([3]))
        seen.append(Tensor(v.handle))
    assert [one.numpy()[0] for one in seen] == [1.0, 2.0, 3.0, 4.0, 5.0]
    v.assign(gl.zeros([3]))
    assert step(gl.ones([3])).numpy().tolist() == [1.0] * 3


def test_what_variables_alone_decide_is_computed_when_they_change(backend: str) -> None:
    w = gl.variable(gl.tensor([[1.0, 2.0], [3.0, 4.0]]))
    captured = gl.function(lambda x: x.matmul(w.square().transpose()))
    x = gl.tensor([[1.0, -1.0]])
    for factor in (1.0, 1.0, 2.0):
        w.assign(w * factor)
        assert_same([captured(x).numpy()], [x.matmul(w.square().transpose()).numpy()])


def test_random_numbers_are_those_of_eager(backend: str) -> None:
    def f(x: Tensor) -> Tensor:
        return gl.dropout(x, 0.5) + gl.random_normal([8])

    captured, ones = gl.function(f), gl.ones([8])
    gl.set_seed(3)
    wanted = [f(ones).numpy() for _ in range(4)]
    gl.set_seed(3)
    assert_same([captured(ones).numpy() for _ in range(4)], wanted)


def test_gradients_inside_and_outside(backend: str) -> None:
    x = gl.tensor([0.5, -1.0, 2.0])

    def loss(z: Tensor) -> Tensor:
        return (z.tanh() * z).sum()

    captured = gl.function(loss)
    inside = gl.function(lambda z: gl.grad(loss)(z))
    wanted = gl.grad(loss)(x).numpy()
    assert_same([inside(x).numpy(), gl.grad(captured)(x).numpy()], [wanted, wanted])
    with gl.GradientTape() as tape:
        tape.watch(x)
        y = captured(x)
    assert_same([tape.gradient(y, x).numpy()], [wanted])
    twice = gl.grad(lambda z: gl.grad(captured)(z).sum())(x)
    assert_same([twice.numpy()], [gl.grad(lambda z: gl.grad(loss)(z).sum())(x).numpy()])


def test_captured_functions_within_each_other(backend: str) -> None:
    inner = Counted(lambda x: x.relu() + 1.0)
    captured = gl.function(inner)
    outer = gl.function(lambda x: captured(x) * captured(x * 2.0))
    x = gl.tensor([-1.0, 2.0])
    for _ in range(3):
        assert outer(x).numpy().tolist() == [1.0, 15.0]
    assert inner.calls == 2


def test_methods_have_graphs_of_their_own(backend: str) -> None:
    class Scaled:
        def __init__(self, factor: float) -> None:
            self.weight = gl.variable(gl.tensor(factor))
            self.traces = 0

        @gl.function
        def run(self, x: Tensor) -> Tensor:
            """Scales."""
            self.traces += 1
            return x * self.weight

    two, three = Scaled(2.0), Scaled(3.0)
    for _ in range(2):
        assert [one.run(gl.ones([1])).item() for one in (two, three)] == [2.0, 3.0]
    assert (two.traces, three.traces, Scaled.run.__doc__) == (1, 1, "Scales.")
    gone = weakref.ref(two)
    del two
    gc.collect()
    assert gone() is None, "a captured method does not keep its object"


def test_shapes_that_values_decide(backend: str) -> None:
    counted = Counted(lambda x: (x * 2.0)[x > 0.0] + gl.random_uniform([1]))
    captured = gl.function(counted)
    arrays = [[1.0, -1.0, 4.0], [1.0, 1.0, 4.0], [-1.0, 1.0, 4.0], [5.0, -1.0, 4.0]]
    gl.set_seed(5)
    wanted = [counted.function(gl.tensor(one)).numpy() for one in arrays]
    gl.set_seed(5)
    assert_same([captured(gl.tensor(one)).numpy() for one in arrays], wanted)
    assert counted.calls == 2, "one trace for two results, one for three"


def test_text_and_complex_numbers_run_between_the_draws(backend: str) -> None:
    def f(x: Tensor) -> list[Tensor]:
        spectrum = gl.spectral.rfft(x * 2.0)
        return [gl.spectral.irfft(spectrum).relu() + 1.0, gl.abs(spectrum)]

    captured, x = gl.function(f), gl.tensor(np.random.default_rng(0).normal(size=(2, 8)).astype(np.float32))
    for _ in range(3):
        assert_same([one.numpy() for one in captured(x)], [one.numpy() for one in f(x)])


def check_layer(case: LayerCase, calls: int) -> None:
    """Once where a layer has a generator of its own, which the case starts anew in Python."""
    sample = case.sample()
    inputs = [gl.tensor(array) for array in sample.inputs]
    gl.set_seed(1)
    wanted = sample.call(*inputs)
    captured = gl.function(sample.call)
    for _ in range(1 if "seed" in str(case.config) else calls):
        gl.set_seed(1)
        assert_same([one.numpy() for one in captured(*inputs)], [one.numpy() for one in wanted])


CAPTURED = [case for case in layer_cases() if case.class_name not in ("RandomWidth", "RandomHeight")]


@pytest.mark.parametrize("case", CAPTURED, ids=lambda case: case.id)
def test_every_layer_on_cpu(case: LayerCase) -> None:
    """But those whose draws decide a shape."""
    check_layer(case, 2)


@pytest.mark.parametrize("case", CAPTURED[::9], ids=lambda case: case.id)
def test_layers_on_webgl(case: LayerCase, webgl: Inspecting) -> None:
    """Every ninth, as each is some programs."""
    with using(webgl):
        check_layer(case, 3)


# -- when it is traced -------------------------------------------------------------------------------------


def test_it_is_traced_once_a_signature(backend: str) -> None:
    counted = Counted(lambda x, scale=1.0: x * scale)
    captured = gl.function(counted)
    for shape in ([2], [3], [2, 1], [2]):
        captured(gl.ones(shape))
    captured(gl.ones([2], "int32"), 2)
    assert counted.calls == 4
    captured(np.ones(2, np.float32))
    assert counted.calls == 4, "an array is an argument like a tensor"
    captured = gl.function(counted)
    for number in (2.0, 2, True, 0.0, -0.0, float("nan"), float("nan")):
        captured(gl.ones([2]), number)
    assert counted.calls == 4 + 6


def test_the_eighth_trace_is_warned_of() -> None:
    captured = gl.function(lambda x, rate: x * rate)
    with pytest.warns(
        GraphWarning, match=r"traced 8 times, the last time as 'rate' was 6 and is 7: pass numbers"
    ):
        for rate in range(8):
            captured(gl.ones([2]), rate)
    for rate in range(8, 40):
        captured(gl.ones([2]), rate)
    assert len(captured._graphs) == 16


def test_what_it_takes_from_outside_is_looked_at() -> None:
    factor, held, captured = 2.0, gl.ones([2]), None

    def f(x: Tensor) -> Tensor:
        return x * factor + held

    captured = gl.function(f)
    assert captured(gl.ones([2])).numpy().tolist() == [3.0, 3.0]
    factor = 5.0
    with pytest.warns(
        GraphWarning, match="f is traced again, as 'factor', which it takes from outside, was 2.0 and"
    ):
        assert captured(gl.ones([2])).numpy().tolist() == [6.0, 6.0]
    held = gl.zeros([2])
    assert captured(gl.ones([2])).numpy().tolist() == [5.0, 5.0]
    factor = 2.0
    assert captured(gl.ones([2])).numpy().tolist() == [2.0, 2.0]


def test_side_effects_in_python_happen_when_it_is_traced() -> None:
    seen: list[int] = []
    captured = gl.function(lambda x: (seen.append(1), x + 1.0)[1])
    for _ in range(3):
        captured(gl.ones([1]))
    assert seen == [1]


def test_an_input_signature_takes_any_size(backend: str) -> None:
    counted = Counted(lambda x, n: x.sum(0) * n.cast("float32"))
    specs = [gl.TensorSpec([None, 2]), gl.TensorSpec([], "int32")]
    captured = gl.function(counted, input_signature=specs)
    for rows in (1, 3, 1, 3):
        got = captured([[1.0, 2.0]] * rows, 2)
        assert got.numpy().tolist() == [2.0 * rows, 4.0 * rows]
    assert counted.calls == 2
    with pytest.raises(ShapeError, match=r"'args' has shape \[2\], its input_signature says \[None, 2\]"):
        captured([1.0, 2.0], 2)
    with pytest.raises(DtypeError, match="must be int32, got float32"):
        captured([[1.0, 2.0]], gl.scalar(2.0))
    with pytest.raises(CallError, match="input_signature has 2 arguments, got 1"):
        captured([[1.0, 2.0]])
    with pytest.raises(CallError, match="must be a list of TensorSpecs or None"):
        gl.function(norm, input_signature=[[3]])
    for wrong in ([-1], [1.5], "ab"):
        with pytest.raises((ShapeError, CallError), match="TensorSpec"):
            gl.TensorSpec(wrong)


def test_a_backend_chosen_in_between(backend: str) -> None:
    weight = gl.tensor([1.0, 2.0]).exp()
    captured = gl.function(lambda x: (x * weight).tanh())
    wanted = (gl.ones([2]) * weight).tanh().numpy()
    before = gl.engine().backend
    captured(gl.ones([2])), captured(gl.ones([2]))
    gl.set_backend("cpu")
    try:
        np.testing.assert_allclose(captured(gl.ones([2])).numpy(), wanted, rtol=1e-5)
    finally:
        gl.engine().use(before)
    for _ in range(2):
        np.testing.assert_allclose(captured(gl.ones([2])).numpy(), wanted, rtol=1e-5)


# -- what it cannot do -------------------------------------------------------------------------------------


def test_values_cannot_be_read() -> None:
    captured = gl.function(lambda x: x if x.sum() > 0.0 else -x)
    with pytest.raises(TraceError, match=r"test_function.py:\d+: the values of a bool tensor are asked for"):
        captured(gl.ones([2]))


def test_a_disposed_variable_is_told(backend: str) -> None:
    v = gl.variable(gl.ones([2]))
    captured = gl.function(lambda x: x * v.exp())
    captured(gl.ones([2]))
    v.dispose()
    with pytest.raises(DisposedError, match="is disposed"):
        captured(gl.ones([2]))


def test_it_cannot_be_pickled_but_copied() -> None:
    captured = gl.function(norm)
    with pytest.raises(ArgumentError, match=r"norm: a captured function cannot be pickled, as its graphs"):
        pickle.dumps(captured)
    assert copy.deepcopy([captured])[0] is captured


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(CallError, match="function"):
        gl.function(3)


def test_a_call_that_fails_changes_nothing(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither variables nor the count of steps nor the generator; the next call goes on as if nothing were."""
    x, y = batch()
    trained, plain = Step(), Step()
    step = gl.function(trained)
    gl.set_seed(2)
    wanted = [[plain(x, y).numpy(), *plain.state()] for _ in range(3)]
    gl.set_seed(2)
    got = [[step(x, y).numpy(), *trained.state()]]
    inner = gl.engine().backend
    name, where = ("run", inner) if backend == "cpu" else ("own", inner.inner)
    real, calls = getattr(where, name), []

    def failing(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("on purpose")
        return real(*arguments)

    before = trained.state()
    with monkeypatch.context() as patch:
        patch.setattr(where, name, failing)
        with pytest.raises(RuntimeError, match="on purpose"):
            step(x, y)
    assert_same(trained.state(), before)
    assert trained.optimizer.iterations == 1
    got += [[step(x, y).numpy(), *trained.state()] for _ in range(2)]
    for a, b in zip(got, wanted, strict=True):
        assert_same(a, b)


def test_an_error_names_the_node_and_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    captured, x = gl.function(lambda x: x.softmax()), gl.ones([2])
    captured(x)
    monkeypatch.setattr(type(gl.engine().backend), "_run", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError) as caught:
        captured(x)
    assert "in Softmax, which test_function.py:" in caught.value.__notes__[0]


# -- threads, scopes, memory -------------------------------------------------------------------------------


def test_many_threads_call_at_once(backend: str) -> None:
    captured, found = gl.function(norm), []
    arrays = [np.random.default_rng(i).normal(size=(4, 6)).astype(np.float32) for i in range(4)]

    def work(array: Any) -> None:
        for _ in range(5):
            found.append((array, captured(gl.tensor(array)).numpy()))

    threads = [threading.Thread(target=work, args=(array,)) for array in arrays]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    for array, got in found:
        assert_same([got], [norm(gl.tensor(array)).numpy()])
    assert len(found) == 20


def test_tidy_ends_what_it_gave(backend: str) -> None:
    captured = gl.function(lambda x: [x + 1.0, x * 2.0])
    x = gl.ones([2])
    kept: list[Tensor] = []

    def inner() -> Tensor:
        kept.extend(captured(x))
        return kept[0]

    for _ in range(2):
        kept.clear()
        result = gl.tidy(inner)
        assert result.numpy().tolist() == [2.0, 2.0] and kept[1].is_disposed
    assert captured(x)[1].numpy().tolist() == [2.0, 2.0]


def test_calls_leave_nothing_behind(backend: str) -> None:
    captured, x = gl.function(norm), gl.ones([4, 6])
    for _ in range(2):
        captured(x)
    gc.collect()
    before, held = len(scope.live_tensors), gl.memory()["num_bytes"]
    for _ in range(20):
        captured(x)
    assert (len(scope.live_tensors), gl.memory()["num_bytes"]) == (before, held)


def test_graph_and_explain_say_what_runs(backend: str) -> None:
    v = gl.variable(gl.ones([6]))

    @gl.function
    def f(x: Tensor) -> Tensor:
        v.assign(v * 2.0)
        return norm(x) * v + gl.random_uniform([6])

    gl.set_seed(1)
    assert str(f.graph(gl.TensorSpec([4, 6]))).splitlines()[0] == "x0: float32[4, 6]"
    told = f.explain(gl.TensorSpec([4, 6]))
    assert "Chain " in told and "test_function.py:" in told
    assert v.numpy().tolist() == [1.0] * 6
    with pytest.raises(ArgumentError, match="has an unknown size"):
        f.graph(gl.TensorSpec([None, 6]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(gl.ones([4, 6]))


def test_a_page_that_is_no_path_is_refused_before_anything_runs() -> None:
    ran: list[int] = []
    captured = gl.function(lambda x: ran.append(1) or x + 1)
    with pytest.raises(gl.errors.CallError, match="'html' must be a path, got 3"):
        captured.explain(gl.ones([2]), html=3)
    assert not ran
