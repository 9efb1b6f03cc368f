"""gl.debug: the first NaN is named whole, in eager, training and gradients; leaks with their holders."""

import asyncio
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import glbackend as gl
from glbackend.debug import trace_nan

LINE = __file__.rsplit("/", 1)[-1]


def network(rate: float = 0.1) -> gl.Model:
    model = gl.sequential(
        [
            gl.layers.dense(units=3, input_shape=[2], kernel_initializer="ones", name="inner"),
            gl.layers.dense(units=1, name="out", kernel_initializer="ones", use_bias=False),
        ]
    )
    model.compile(optimizer=gl.train.sgd(rate), loss="meanSquaredError")
    return model


def test_the_first_one_is_named(backend: str) -> None:
    x = gl.tensor([[4.0, 1.0], [-1.0, 0.0]])
    with gl.debug.trace_nan() as report:
        y = x.sqrt()
        (y * 2).sum()
    found = report.first
    assert found is not None
    assert (found.kernel, found.place, found.num_bad, found.spec.shape) == ("Sqrt", (1, 0), 1, (2, 2))
    assert np.isnan(found.value)
    assert found.shaders == (("elementwise",) if backend == "webgl" else ())
    assert LINE in found.where.line and found.where.function == "test_the_first_one_is_named"
    assert found.inputs == (("x", -1.0, 4.0, 0),)
    assert "Sqrt gave nan at [1, 0] of float32[2, 2] (1 of 4 are not finite)" in str(report)


def test_what_is_finite_is_not_named(backend: str) -> None:
    with gl.debug.trace_nan() as report:
        network().predict(np.ones((2, 2), np.float32))
    assert report.first is None and str(report) == "everything was finite"


def test_infinities_may_be_left_out(backend: str) -> None:
    with gl.debug.trace_nan(infinities=False) as report:
        gl.tensor([0.0]).log()
    assert report.first is None
    with gl.debug.trace_nan() as report:
        gl.tensor([0.0]).log()
    assert report.first is not None and report.first.value == -np.inf


def test_a_bad_input_came_from_outside(backend: str) -> None:
    with gl.debug.trace_nan() as report:
        gl.tensor([1.0, np.nan, np.inf]) + 1.0
    assert report.first is not None
    assert report.first.inputs[0] == ("a", 1.0, 1.0, 2)
    assert "2 not finite: it came from outside" in str(report)


class Root(gl.layers.Layer):
    def __init__(self) -> None:
        super().__init__(name="root")
        self.inner = gl.layers.dense(units=1, kernel_initializer="ones", name="inner")

    def call(self, inputs: gl.Tensor) -> gl.Tensor:
        return self.inner(inputs.sqrt())


def test_layers_are_named(backend: str) -> None:
    model = gl.sequential([gl.layers.dense(units=2, input_shape=[2], kernel_initializer="ones"), Root()])
    for given, layer in ((-np.ones((1, 2)), "root"), (np.full((1, 2), 1e38), "dense"), (np.ones((1, 2)), "")):
        with gl.debug.trace_nan() as report:
            model.predict(given.astype(np.float32) * 2)
        assert (report.first.where.layer if report.first else "").startswith(layer)
    model.layers[1].inner.set_weights([np.full((2, 1), np.inf), np.zeros(1)])
    with gl.debug.trace_nan() as report:
        model.predict(np.ones((1, 2), np.float32))
    assert report.first is not None and report.first.where.layer == "root/inner"


def test_training(backend: str) -> None:
    model = network(rate=1e30)
    x = np.linspace(0, 1, 16, dtype=np.float32).reshape(8, 2)
    with (
        gl.debug.trace_nan() as report,
        pytest.warns(RuntimeWarning, match="the loss became NaN"),
    ):
        model.fit(x, x[:, :1], epochs=3, verbose=0)
    assert report.first is not None and LINE in report.first.where.line


def test_gradients_name_the_forward_kernel(backend: str) -> None:
    def root(x: gl.Tensor) -> gl.Tensor:
        return x.sqrt().sum()

    with gl.debug.trace_nan() as report:
        gl.grad(root)(gl.tensor([0.0, 1.0]))
    assert report.first is not None and report.first.gradient_of is not None
    kernel, where = report.first.gradient_of
    assert kernel == "Sqrt" and where is not None and where.function == "root"
    assert "in the gradient of Sqrt, which ran at" in str(report)


def test_profiles_within_see_their_kernels(backend: str) -> None:
    with trace_nan() as report:
        profile = gl.profile(lambda: gl.tensor([-1.0]).log())
    assert profile.kernel_names == ["Log"] and report.first is not None


class Keeper(gl.Callback):
    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.kept = gl.ones([3, 3])


def closure(held: list[object]) -> None:
    inner = gl.ones([5]) * 2.0
    held.append(lambda: inner)


def in_a_list(held: list[object]) -> None:
    held.append(gl.ones([4]) * 2.0)


def callback(held: list[object]) -> None:
    keeper = Keeper()
    held.append(keeper)
    network().fit(np.ones((2, 2), np.float32), np.ones((2, 1), np.float32), callbacks=keeper, verbose=0)


def in_a_generator(held: list[object]) -> None:
    def parts() -> Iterator[object]:
        part = gl.ones([6]) * 2.0
        yield 1
        yield part

    held.append(made := parts())
    next(made)


def in_a_coroutine(held: list[object]) -> None:
    async def waiting() -> None:
        part = gl.ones([7]) * 2.0
        await asyncio.sleep(0)
        del part

    held.append(made := waiting())
    made.send(None)


@pytest.mark.parametrize(
    ("hold", "shape", "words"),
    [
        (in_a_generator, (6,), "the generator 'in_a_generator.<locals>.parts', which waits"),
        (in_a_coroutine, (7,), "the coroutine 'in_a_coroutine.<locals>.waiting', which waits"),
        (closure, (5,), "a closure"),
        (in_a_list, (4,), "a list of 1 at 0"),
        (callback, (3, 3), "the attribute 'kept' of a Keeper"),
    ],
)
def test_holders_are_named(
    hold: Callable[[list[object]], None], shape: tuple[int, ...], words: str, backend: str
) -> None:
    held: list[object] = []
    with gl.debug.leaks() as report:
        hold(held)
    (leak,) = [one for one in report.found if one.shapes == (shape,)]
    assert leak.held_by[0] == words
    assert leak.num_tensors == 1 and leak.num_bytes == 4 * int(np.prod(shape))
    assert LINE in leak.where.line and leak.where.function in (
        hold.__name__,
        "on_epoch_end",
        "parts",
        "waiting",
    )
    held.clear()


def test_nothing_is_left(backend: str) -> None:
    def work() -> None:
        x = gl.ones([8, 2])
        model = network()
        model.fit(x, x[:, :1], epochs=2, verbose=0)

    with gl.debug.leaks() as report:
        work()
    assert report.found == [] and str(report) == "nothing is left"


def test_looking_holds_nothing(backend: str) -> None:
    before = gl.memory()["num_tensors"]
    held: list[object] = []
    with gl.debug.leaks() as report:
        in_a_list(held)
    held.clear()
    assert report.found and gl.memory()["num_tensors"] == before
    with gl.debug.trace_nan() as nans:
        gl.tensor([-1.0]).log()
    assert nans.first is not None and gl.memory()["num_tensors"] == before
