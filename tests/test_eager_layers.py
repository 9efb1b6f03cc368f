"""The short path of a layer's call: what it leaves out is still checked when something changes; fused rows' bits."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DisposedError, ShapeError
from glbackend.base.mode import in_training
from glbackend.engine.engine import engine
from glbackend.engine.tape import tapes
from glbackend.engine.tensor import Tensor
from glbackend.ops.random import uniform_number
from tests.test_registry import own  # noqa: F401 - a fixture

RNG = np.random.default_rng(11)
X = RNG.normal(size=(3, 4, 5)).astype(np.float32)
VOLUME = RNG.normal(size=(2, 3, 4, 4, 3)).astype(np.float32)


class Listening(gl.layers.Layer):
    """Keeps what it finds the training flag to be."""

    def call(self, inputs: Any) -> Any:
        self.found = in_training.get()
        return inputs


class Holding(gl.layers.Layer):
    def __init__(self, fails: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.inner, self.fails = Listening(), fails

    def call(self, inputs: Any) -> Any:
        result = self.inner(inputs)
        if self.fails:
            raise ShapeError("it does not fit")
        return result


def watched(run: Callable[[Tensor], Tensor], x: Tensor) -> np.ndarray[Any, Any]:
    """What a function gives where a tape sees each kernel."""
    seen: list[np.ndarray[Any, Any]] = []

    def total(x: Tensor) -> Tensor:
        assert tapes.get()
        y = run(x)
        seen.append(y.numpy())
        return y.sum()

    gl.grad(total)(x).dispose()
    return seen[0]


@pytest.mark.parametrize(
    ("make", "training"),
    [
        (lambda: gl.layers.thresholded_re_lu(theta=0.3), False),
        (lambda: gl.layers.alpha_dropout(rate=0.3, seed=5), True),
        (lambda: gl.layers.alpha_dropout(rate=0.3, noise_shape=[None, 1, 5], seed=5), True),
        (lambda: gl.layers.rescaling(scale=0.1, offset=-3.0), False),
        (lambda: gl.layers.rescaling(scale=[0.1, 0.2, 0.3, 0.4, 0.5], offset=0.7), False),
        (lambda: gl.layers.batch_normalization(momentum=0.7), True),
    ],
)
def test_rows_in_one_pass_have_the_bits_of_each_alone(
    backend: str, make: Callable[[], Any], training: bool
) -> None:
    x, alone, fused = gl.tensor(X), make(), make()
    want = watched(lambda x: alone(x, training=training), x)
    np.testing.assert_array_equal(fused(x, training=training).numpy(), want)
    for got, wanted in zip(fused.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(got.numpy(), wanted.numpy())


@pytest.mark.parametrize("count", [2, 3, 14])
def test_an_average_has_the_bits_of_its_sums(backend: str, count: int) -> None:
    layer, xs = gl.layers.average(), [gl.tensor(X * (i + 0.1)) for i in range(count)]
    want = watched(lambda x: layer([x, *xs[1:]]), xs[0])
    np.testing.assert_array_equal(layer(xs).numpy(), want)


@pytest.mark.parametrize("name", ["conv3d", "conv3d_transpose", "conv2d_transpose"])
@pytest.mark.parametrize("activation", [None, "relu", "elu", "sigmoid"])
@pytest.mark.parametrize("data_format", ["channelsLast", "channelsFirst"])
def test_bias_and_activation_have_the_bits_of_each_alone(
    backend: str, name: str, activation: str | None, data_format: str
) -> None:
    layer = getattr(gl.layers, name)(
        2, 2, activation=activation, data_format=data_format, bias_initializer="ones"
    )
    x = gl.tensor(VOLUME if "3d" in name else VOLUME[:, 0])
    want = watched(layer, x)
    np.testing.assert_array_equal(layer(x).numpy(), want)


def test_an_average_is_one_pass(webgl: Any) -> None:
    before = engine().use(webgl)
    try:
        layer, x = gl.layers.average(), gl.tensor(X)
        layer([x, x]).dispose()
        drawn = webgl.draw_count
        layer([x, x]).dispose()
        assert webgl.draw_count == drawn + 1
    finally:
        engine().use(before)


def test_what_a_built_layer_is_called_with_is_checked(backend: str) -> None:
    layer, x = gl.layers.dense(2, name="it"), gl.tensor(X[0])
    assert layer(x).shape == (4, 2)
    gone = gl.tensor(X[0])
    gone.dispose()
    with pytest.raises(DisposedError):
        layer(gone)
    with pytest.raises(
        ShapeError, match=r"dense 'it': its kernel takes inputs of size 5, got shape \[5, 4\]"
    ):
        layer(x.transpose())
    with pytest.raises(ArgumentError, match="its call takes no mask"):
        layer(x, mask=None)
    with pytest.raises(ArgumentError, match="takes tensors, arrays or symbolic tensors, got str"):
        layer("words")
    with pytest.raises(ArgumentError, match="got an empty list"):
        layer([])
    assert layer(gl.tensor(X[0].astype(np.int32))).dtype == "float32", "whole numbers are cast"
    assert layer(X[0]).shape == (4, 2), "arrays are tensors"
    assert layer(gl.input([5])).shape == (None, 2), "a symbolic tensor makes a node"
    layer.set_weights([gl.zeros([5, 2]), gl.ones([2])])
    assert layer(x).numpy().tolist() == [[1.0, 1.0]] * 4, "the weights of now count"


def test_backends_change_between_calls(webgl: Any) -> None:
    layers = [gl.layers.flatten(), gl.layers.thresholded_re_lu(theta=0.2), gl.layers.max_pooling1d()]
    x = gl.tensor(X)
    want = [layer(x).numpy() for layer in layers]
    before = engine().use(webgl)
    try:
        got = [layer(layer_input) for layer, layer_input in zip(layers, [x, x + 0.0, x + 0.0], strict=True)]
    finally:
        engine().use(before)
    for one, wanted in zip(got, want, strict=True):
        np.testing.assert_array_equal(one.reshape([-1]).numpy(), wanted.reshape(-1))


@pytest.mark.parametrize("training", [True, False, None])
def test_layers_within_find_the_flag(own: None, backend: str, training: bool | None) -> None:  # noqa: F811
    layer, x = Holding(), gl.tensor(X)
    for _ in range(2):
        layer(x, training=training)
        assert layer.inner.found is training
        assert in_training.get() is None
    failing = Holding(fails=True, name="outer")
    with pytest.raises(ShapeError, match="outer"):
        failing(x, training=training)
    assert in_training.get() is None, "an error leaves no flag behind"


def test_a_layer_over_a_dict_and_over_one_tensor(own: None, backend: str) -> None:  # noqa: F811
    class Either(gl.layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs["a"] if isinstance(inputs, dict) else inputs

    layer, x = Either(), gl.tensor(X)
    layer(x)
    assert layer({"a": x}) is x
    assert layer(x) is x, "the keys of the dict stand for as many tensors"


def test_numbers_of_one_storage_are_tensors_of_their_own(backend: str) -> None:
    x = gl.tensor([0.0])
    for number in (0.0, -0.0, 0, 3, 3.0, -3.0):
        got = (gl.ones([1]) * number).numpy()
        np.testing.assert_array_equal(np.signbit(got), np.signbit(np.float32([number])))
        assert got == np.float32(number)
    assert np.isinf((x + 1.0).div(gl.tensor([1.0]) * 0.0).numpy()).all()
    assert (x + 2).dtype == "float32"
    assert (gl.tensor([1], dtype="int32") + 2).dtype == "int32"


def test_a_number_drawn_on_the_host_is_that_of_the_device(backend: str) -> None:
    for seed in range(20):
        assert uniform_number(0.5, 1.7, seed) == gl.random_uniform([], 0.5, 1.7, seed=seed).item()


def test_attrs_that_compare_equal_are_told_apart(backend: str) -> None:
    x = gl.ones([2, 3])
    assert x.reshape((3, 2)).shape == (3, 2)
    with pytest.raises(ShapeError):
        x.reshape((3.5, 2))
    assert x.sum(0).shape == (3,)
    assert x.sum((0, 1)).shape == ()
    with pytest.raises(ShapeError):
        x.transpose((0, 0))


def test_views_of_what_another_backend_holds(webgl: Any) -> None:
    before = engine().use(webgl)
    try:
        x = gl.tensor(X) * 2.0
    finally:
        engine().use(before)
    np.testing.assert_array_equal(x.reshape([3, 20]).numpy(), X.reshape(3, 20) * 2)
    np.testing.assert_array_equal((x.expand_dims(0) + 1.0).numpy(), X[None] * 2 + 1)
