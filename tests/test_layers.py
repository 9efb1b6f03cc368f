"""Layers and models as objects: activations, initializers, weights, graphs, helpful errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

import glbackend as gl
from glbackend.layers import activations, initializers
from glbackend.layers.layer import LAYERS

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(2)
X = RNG.normal(size=(3, 6)).astype(np.float32) * 3

ACTIVATIONS: dict[str, Any] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    "sigmoid": special.expit,
    "hardSigmoid": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "hard_sigmoid_keras3": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "softplus": lambda x: np.logaddexp(x, 0),
    "softsign": lambda x: x / (1 + abs(x)),
    "tanh": np.tanh,
    "softmax": lambda x: special.softmax(x, axis=-1),
    "logSoftmax": lambda x: special.log_softmax(x, axis=-1),
    "swish": lambda x: x * special.expit(x),
    "mish": lambda x: x * np.tanh(np.logaddexp(x, 0)),
    "gelu": lambda x: x * special.ndtr(x),
    "gelu_new": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "exponential": np.exp,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "glu": lambda x: x[:, :3] * special.expit(x[:, 3:]),
    "hard_swish": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "hard_shrink": lambda x: np.where(abs(x) > 0.5, x, 0),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(abs(x) - 0.5, 0),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "log_sigmoid": special.log_expit,
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x: np.clip(x / 2 + 0.5, 0, 1),
    "sparsemax": lambda x: np.stack([_simplex(row) for row in x]),
}


def _simplex(row: Array) -> Array:
    """The nearest point of the simplex: the shift is found by halving."""
    low, high = row.min() - 1, row.max()
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(row - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(row - low, 0)


def test_every_activation_is_tested() -> None:
    known = activations.ACTIVATIONS
    assert {known.find(name).name for name in ACTIVATIONS} == set(known.declared)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name: str, backend: str) -> None:
    """By itself, and as the end of a dense layer, where some ride along with the product."""
    wanted = ACTIVATIONS[name](X.astype(np.float64))
    np.testing.assert_allclose(gl.layers.activation(name)(gl.tensor(X)).numpy(), wanted, rtol=2e-5, atol=1e-6)
    dense = gl.layers.dense(units=6, activation=name, kernel_initializer="identity")
    np.testing.assert_allclose(dense(gl.tensor(X)).numpy(), wanted, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradient_of_activation(name: str, backend: str) -> None:
    weights = np.linspace(-1, 1, 18).reshape(3, 6)[:, : ACTIVATIONS[name](X).shape[1]].astype("f4")
    found = gl.grad(lambda x: (activations.get(name)(x) * weights).sum())(gl.tensor(X)).numpy()
    step = np.zeros((18, 3, 6))
    step.reshape(18, 18)[np.diag_indices(18)] = 1e-6
    wanted = [
        ((ACTIVATIONS[name](X + one) - ACTIVATIONS[name](X - one)) * weights).sum() / 2e-6 for one in step
    ]
    np.testing.assert_allclose(found.ravel(), wanted, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "average", "maximum", "minimum"])
def test_merged_inputs_must_fit(name: str) -> None:
    layer = getattr(gl.layers, name)()
    assert layer([gl.input([6]), gl.input([1])]).shape == (None, 6)
    with pytest.raises(
        ValueError, match=r"'\w+': .*\[None, 6\] and \[None, 5\] do not broadcast: dims must be equal or 1"
    ):
        layer.compute_output_shape([(None, 6), (None, 5)])
    with pytest.raises(ValueError, match="needs a list of at least two inputs"):
        getattr(gl.layers, name)()([gl.input([6])])


def test_concatenated_inputs_must_fit() -> None:
    with pytest.raises(ValueError, match=r"Concatenate .*must be equal but for axis 2"):
        gl.layers.concatenate()([gl.input([3, 2]), gl.input([4, 2])])


# -- initializers ------------------------------------------------------------------------------------------

SPREADS = {  # name -> variance of a weight with 60 inputs and 100 outputs, and whether its edge is sharp
    "glorotUniform": (1 / 80, True), "glorotNormal": (0.774 / 80, False),
    "heUniform": (2 / 60, True), "heNormal": (0.774 * 2 / 60, False),
    "leCunUniform": (1 / 60, True), "leCunNormal": (0.774 / 60, False),
    "randomUniform": (0.1**2 / 12, True), "randomNormal": (0.05**2, False),
    "truncatedNormal": (0.774 * 0.05**2, False),
}  # fmt: skip


@pytest.mark.parametrize("name", SPREADS)
def test_initializer_spread(name: str, backend: str) -> None:
    """Cut at two deviations a normal distribution keeps 0.774 of its variance; TF.js does not make up for it."""
    variance, uniform = SPREADS[name]
    make = initializers.get(name)
    make.seed = 4
    values = make((60, 100)).numpy()
    assert values.var() == pytest.approx(variance, rel=0.06)
    assert abs(values.mean()) < 4 * np.sqrt(variance / 6000)
    if uniform:
        assert abs(values).max() <= np.sqrt(3 * variance) * 1.0001
    np.testing.assert_array_equal(values, make((60, 100)).numpy())


def test_initializers(backend: str) -> None:
    for shape in ((4, 6), (6, 4), (2, 2, 4)):
        q = gl.initializers.orthogonal(gain=2.0, seed=1)(shape).numpy().reshape(-1, shape[-1])
        small = q.T @ q if q.shape[0] >= q.shape[1] else q @ q.T
        np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)
    assert gl.initializers.identity(gain=3.0)((2, 2)).numpy().tolist() == [[3, 0], [0, 3]]
    assert gl.initializers.constant(2.5)((2,)).numpy().tolist() == [2.5, 2.5]
    scaled = gl.initializers.variance_scaling(scale=2.0, mode="fan_out", distribution="uniform", seed=1)
    assert initializers.get(initializers.INITIALIZERS.serialize(scaled)).get_config() == scaled.get_config()
    with pytest.raises(ValueError, match="must be a square matrix"):
        gl.initializers.identity()((2, 3))
    with pytest.raises(ValueError, match="rank 2 or more"):
        gl.initializers.orthogonal()((3,))
    with pytest.raises(ValueError, match="unknown initializer 'glorot': did you mean 'glorot_normal'"):
        gl.layers.dense(units=1, kernel_initializer="glorot")


# -- models ------------------------------------------------------------------------------------------------


def test_a_sequential_may_begin_with_an_input() -> None:
    model = gl.Sequential([gl.Input(shape=(4,), name="measures"), gl.layers.Dense(2)])
    assert (
        model.input is model.inputs[0] and model.input.name == "measures" and model.output.shape == (None, 2)
    )
    assert gl.Model(model.input, model.layers[-1].output).count_params() == 10
    again = gl.models.model_from_json(model.to_json())
    assert [one.class_name for one in again.layers] == ["Dense"]
    with pytest.raises(gl.errors.ArgumentError, match=r"only the result of gl\.input may stand among its"):
        gl.Sequential([gl.layers.Dense(2)(gl.Input(shape=(4,)))])


def test_sequential_grows_and_shrinks(backend: str) -> None:
    model = gl.sequential(name="row")
    model.add(gl.layers.dense(units=4, input_shape=[6], name="a"))
    model.add(gl.layers.dense(units=3, name="b"))
    assert model.outputs[0].shape == (None, 3) and model.count_params() == 28 + 15
    kept = model.get_layer("a").get_weights()[0].numpy()
    model.pop()
    assert model.outputs[0].shape == (None, 4) and [one.name for one in model.layers] == ["a"]
    model.add(gl.layers.dense(units=2, name="c"))
    assert model.predict(X).shape == (3, 2)
    np.testing.assert_array_equal(model.get_layer(index=0).get_weights()[0].numpy(), kept)
    with pytest.raises(ValueError, match="has no layer 'z': a, c"):
        model.get_layer("z")
    with pytest.raises(ValueError, match="a layer named 'c' is there already"):
        model.add(gl.layers.dense(units=2, name="c"))
    with pytest.raises(ValueError, match=r"channels of its input|rank 4"):
        model.add(gl.layers.conv2d(filters=1, kernel_size=2, name="d"))
    assert [one.name for one in model.layers] == ["a", "c"] and model.predict(X).shape == (3, 2)
    model.pop()
    model.pop()
    with pytest.raises(ValueError, match="there is no layer to remove"):
        model.pop()
    with pytest.raises(ValueError, match="has no shapes yet: give its first layer input_shape"):
        _ = model.outputs


def test_weights_in_and_out(backend: str) -> None:
    model = gl.sequential([gl.layers.dense(units=2, input_shape=[6]), gl.layers.batch_normalization()])
    values = [one.numpy() for one in model.get_weights()]
    assert [one.shape for one in values] == [(6, 2), (2,), (2,), (2,), (2,), (2,)]
    model.set_weights([value + 1 for value in values])
    np.testing.assert_allclose(model.get_weights()[0].numpy(), values[0] + 1)
    with pytest.raises(ValueError, match="has 6 weights, but 1 were given"):
        model.set_weights(values[:1])
    with pytest.raises(ValueError, match=r"has shape \[2\] \(float32\), but \[3\]"):
        model.set_weights([*values[:-1], np.zeros(3)])
    np.testing.assert_allclose(model.get_weights()[0].numpy(), values[0] + 1)
    dense = gl.layers.dense(units=2, input_shape=[6], weights=values[:2])
    np.testing.assert_array_equal(gl.sequential([dense]).get_weights()[0].numpy(), values[0])


def test_functional_graph(backend: str) -> None:
    x = gl.input([6], name="x")
    hidden = gl.layers.dense(units=4, name="hidden")
    twice = gl.layers.add(name="sum")([hidden(x), hidden(x)])
    model = gl.model(inputs=x, outputs=[twice, gl.layers.flatten(name="flat")(twice)])
    assert [one.name for one in model.layers] == ["x", "hidden", "sum", "flat"]
    first, second = model.predict(X)
    np.testing.assert_allclose(first.numpy(), 2 * (X @ hidden.kernel.numpy()), rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(first.numpy(), second.numpy())
    part = gl.model(inputs=x, outputs=model.get_layer("sum").output)
    np.testing.assert_array_equal(part.predict(X).numpy(), first.numpy())
    with pytest.raises(ValueError, match="applied 2 times: say which"):
        _ = hidden.output
    with pytest.raises(ValueError, match="has not been applied to anything"):
        _ = gl.layers.dense(units=1).input
    with pytest.raises(AttributeError, match="layer 'recurrent' has not been applied"):
        _ = gl.layers.lstm(units=1, name="recurrent").output
    assert not hasattr(gl.layers.dense(units=1), "output")
    assert not hasattr(hidden, "input")
    with pytest.raises(ValueError, match="depend on 'x', which is not among its inputs"):
        gl.model(inputs=gl.input([6]), outputs=twice)
    with pytest.raises(
        ValueError,
        match=r"argument .inputs. must be a SymbolicTensor, a list of SymbolicTensors, a dict or None, got a Tensor",
    ):
        gl.model(inputs=gl.tensor(X), outputs=twice)
    with pytest.raises(ValueError, match="layer names must differ, but hidden occur twice"):
        gl.model(inputs=x, outputs=gl.layers.dense(units=1, name="hidden")(hidden(x)))
    with pytest.raises(ValueError, match="takes tensors, arrays or symbolic tensors, got NoneType"):
        hidden(None)
    with pytest.raises(ValueError, match="got SymbolicTensor, ndarray"):
        gl.layers.add()([x, X])


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "int64"])
def test_layers_and_models_take_arrays(backend: str, dtype: str) -> None:
    given = np.arange(12).reshape(2, 6).astype(dtype)
    net = gl.sequential([gl.layers.dense(units=3, input_shape=[6])])
    wanted = net.predict(given).numpy()
    for taker in (net, net.layers[0], net.layers[0].apply):
        np.testing.assert_array_equal(taker(given).numpy(), wanted)
    both = gl.layers.add()([given, gl.tensor(given)])
    np.testing.assert_array_equal(both.numpy(), 2 * given)
    with pytest.raises(ValueError, match="inputs"):
        net.layers[0](np.array(["a"]))


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    model = gl.sequential(
        [gl.layers.conv2d(filters=4, kernel_size=3, input_shape=[8, 8, 1], name="conv"),
         gl.layers.batch_normalization(name="norm")], name="net",
    )  # fmt: skip
    model.summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Model: net" and lines[2].split() == [
        "Layer",
        "(type)",
        "Input",
        "shape",
        "Output",
        "shape",
        "Param",
        "#",
    ]
    assert (
        lines[4].split("  ")[0] == "conv (Conv2D)"
        and "[None, 6, 6, 4]" in lines[4]
        and lines[4].endswith("40")
    )
    assert lines[-4:-1] == ["Total params: 56", "Trainable params: 48", "Non-trainable params: 8"]
    rows: list[str] = []
    x = gl.input([6], name="x")
    joined = gl.layers.add(name="sum")([x, gl.layers.dense(units=6, name="d")(x)])
    gl.model(inputs=x, outputs=joined).summary(120, print_fn=rows.append)
    assert rows[2].endswith("Receives inputs") and any("x[0][0], d[0][0]" in row for row in rows)
    assert max(map(len, rows)) <= 120
    gl.sequential([gl.layers.dense(units=2, name="late")]).summary(print_fn=rows.append)
    assert any(row.split() == ["late", "(Dense)", "?", "?", "0"] for row in rows)


def test_a_layer_of_ones_own(backend: str) -> None:
    """It need not know of `training`; it is trained, frozen and named as any other."""

    class Shift(gl.layers.Layer):
        class_name = "TestShift"

        def build(self, input_shape: Any) -> None:
            self.by = self.add_weight("by", (input_shape[-1],), initializers.get("ones"))

        def call(self, inputs: Any) -> Any:
            return inputs + self.by

    model = gl.sequential([Shift(input_shape=[6], name="shift")])
    model.compile(gl.train.sgd(3.0), "meanSquaredError")
    np.testing.assert_allclose(model.predict(X).numpy(), X + 1, rtol=1e-6)
    for _ in range(20):
        model.train_on_batch(X, X)
    assert model.weights[0].name == "shift/by" and abs(model.weights[0].numpy()).max() < 1e-3


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: gl.layers.dense(units=0), "units must be a positive whole number, got 0"),
        (lambda: gl.layers.dense(units=2.5), "argument 'units' must be an int, got 2.5"),
        (lambda: gl.layers.conv2d(filters=-1, kernel_size=3), "filters must be a positive whole number"),
        (lambda: gl.layers.conv2d(filters=1, kernel_size=[1, 2, 3]), "kernel_size must be one or 2"),
        (lambda: gl.layers.conv2d(filters=1, kernel_size=1, padding="full"), "padding must be 'valid'"),
        (lambda: gl.layers.conv2d(filters=1, kernel_size=1, data_format="NWC"), "data_format must be"),
        (lambda: gl.layers.permute(dims=[0, 1]), r"dims must hold 1..2 once each, got \[0, 1\]"),
        (lambda: gl.layers.reshape(target_shape=[7])(gl.input([6])), r"\[6\] cannot become \[7\]"),
        (lambda: gl.layers.flatten()(gl.input([None, 2])), "all dims but the batch must be known"),
        (lambda: gl.layers.dense(units=1)(gl.input([None])), "decide the shape of its weight 'kernel' must be known"),
        (lambda: gl.layers.conv2d(filters=1, kernel_size=9)(gl.input([8, 8, 1])), "smaller than its window"),
        (lambda: gl.layers.conv1d(filters=1, kernel_size=9)(gl.input([8, 1])), r"than its window, \[9\]"),
        (lambda: gl.layers.max_pooling3d()(gl.zeros([1, 1, 4, 4, 2])), r"MaxPooling3D .* its window, \[2, 2, 2\]"),
        (lambda: gl.layers.conv1d(filters=1, kernel_size=[3, 3]), "kernel_size must be a whole number of at least 1"),
        (lambda: gl.layers.conv2d(filters=4, kernel_size=1, groups=3), "groups must divide filters"),
        (lambda: gl.layers.conv2d(filters=4, kernel_size=1, groups=2)(gl.input([8, 8, 3])), "and 3 channels"),
        (lambda: gl.layers.conv2d(filters=1, kernel_size=2, padding="causal"), "padding must be 'valid' or 'same'"),
        (lambda: gl.layers.conv2d_transpose(filters=1, kernel_size=3, output_padding=1), "below strides"),
        (lambda: gl.layers.conv1d_transpose(1, 2, 2, "same", output_padding=0), "above 0 with padding 'same'"),
        (lambda: gl.layers.zero_padding2d(padding=[1, 2, 3]), "2 numbers, or 2 pairs"),
        (lambda: gl.layers.cropping1d(cropping=-1), "cropping must be whole numbers of at least 0"),
        (lambda: gl.layers.cropping2d(cropping=[2, 0])(gl.input([4, 4, 1])), "leaves nothing of an input"),
        (lambda: gl.layers.activation("reluu"), "unknown activation 'reluu'"),
        (lambda: gl.layers.dense(units=1, kernel_constraint="max"), "unknown constraint 'max'"),
        (lambda: gl.layers.dense(units=1, kernel_regularizer="l3"), "unknown regularizer 'l3'"),
        (lambda: gl.layers.up_sampling2d(interpolation="cubic"), "interpolation must be 'nearest'"),
        (lambda: gl.layers.input_layer(), "pass input_shape"),
        (lambda: gl.input(), "pass either shape"),
        (lambda: gl.sequential([3]), "argument 'layers' must be a list of Layers"),
        (lambda: gl.sequential().predict(X), "has no layers yet"),
    ],
)  # fmt: skip
def test_bad_arguments(make: Any, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        make()


def test_layers_over_space_agree_with_each_other(backend: str) -> None:
    """What no other library gives: one window over everything, groups of every size, a mask of nothing."""
    x = gl.tensor(np.random.default_rng(0).normal(size=(2, 5, 4, 12)).astype(np.float32))
    for kind in ("max", "average"):
        one = getattr(gl.layers, f"adaptive_{kind}_pooling2d")(output_size=1)(x)
        whole = getattr(gl.layers, f"global_{kind}_pooling2d")(keepdims=True)(x)
        np.testing.assert_allclose(one.numpy(), whole.numpy(), rtol=1e-6)
    for groups in (2, 3, 6, 12):
        layer = gl.layers.conv2d(filters=12, kernel_size=3, groups=groups, use_bias=False)
        got, kernel = layer(x).numpy(), layer.weights[0].numpy()
        dense = np.zeros((3, 3, 12, 12), np.float32)
        for i in range(groups):
            own = slice(i * 12 // groups, (i + 1) * 12 // groups)
            dense[:, :, own, own] = kernel[..., own]
        np.testing.assert_allclose(got, gl.conv2d(x, dense, 1, "valid").numpy(), rtol=1e-5, atol=1e-5)
    nothing = gl.layers.global_average_pooling1d()(x[:, :, 0], mask=gl.zeros([2, 5], "bool"))
    assert np.isnan(nothing.numpy()).all()


def test_a_config_that_keras_3_wrote() -> None:
    """Objects with modules, a policy as dtype, arguments that only Keras 3 has and that say nothing."""
    kernel = {"module": "keras.initializers", "class_name": "GlorotUniform", "registered_name": None,
              "config": {"seed": None, "input_axes": None, "output_axes": None}}  # fmt: skip
    policy = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    config = {
        "name": "up", "trainable": True, "dtype": policy, "filters": 3, "kernel_size": [3, 3], "strides": [2, 2],
        "padding": "valid", "output_padding": [1, 1], "data_format": "channels_last", "dilation_rate": [1, 1],
        "activation": "linear", "use_bias": True, "kernel_initializer": kernel, "kernel_regularizer": None,
    }  # fmt: skip
    layer = LAYERS.get({"module": "keras.layers", "class_name": "Conv2DTranspose", "config": config})
    assert layer(gl.zeros([1, 4, 4, 2])).shape == (1, 10, 10, 3)
    assert layer.kernel_initializer.get_config()["distribution"] == "uniform"


def test_no_output_of_a_causal_convolution_sees_a_later_step() -> None:
    layer = gl.layers.conv1d(filters=2, kernel_size=3, padding="causal", dilation_rate=2)
    x = np.random.default_rng(0).normal(size=(1, 9, 2)).astype(np.float32)
    before = layer(gl.tensor(x)).numpy()
    x[:, 5:] = 100.0
    np.testing.assert_array_equal(layer(gl.tensor(x)).numpy()[:, :5], before[:, :5])


def test_names_in_camel_case_are_answered() -> None:
    with pytest.raises(AttributeError, match="no attribute 'maxPooling2d': in Python it is 'max_pooling2d'"):
        gl.layers.maxPooling2d  # noqa: B018
    for name in ("Dense", "Conv2D", "BatchNormalization", "Flatten", "MaxPooling2D"):
        assert getattr(gl.layers, name) is LAYERS.find(name).thing


def test_ends_of_models_and_layers_are_those_of_their_own_graph() -> None:
    """Also within another model, as docs/differences.md says; a layer of several calls says which there are."""
    inner = gl.sequential([gl.layers.dense(units=4, input_shape=[3]), gl.layers.dense(units=5, name="x")])
    entry, result = inner.input, inner.output
    outer = gl.sequential([gl.layers.input_layer(input_shape=[3]), inner, gl.layers.dense(units=1)])
    assert outer.layers[-2] is inner and inner.input is entry and inner.output is result
    features = gl.model(inputs=inner.input, outputs=inner.get_layer("x").output)
    assert features(gl.ones([2, 3])).shape == (2, 5)
    twice = gl.layers.dense(units=2, name="twice")
    twice(gl.input([3]))
    twice(gl.input([3]))
    with pytest.raises(
        gl.errors.ArgumentError, match=r"'twice' is applied 2 times: say which by _inbound_nodes"
    ):
        _ = twice.output
    assert twice._inbound_nodes[1].outputs[0].shape == (None, 2)


def test_a_bidirectional_layer_keeps_its_hard_sigmoid_in_keras_files(tmp_path: Path, backend: str) -> None:
    """Its two layers are made of configs whose names are ours already, not once more Keras's."""
    model = gl.sequential([gl.layers.bidirectional(gl.layers.lstm(units=2), input_shape=[3, 4])])
    model.save(tmp_path / "m.keras")
    again = gl.load_model(tmp_path / "m.keras")
    x = np.random.default_rng(0).normal(size=[2, 3, 4]).astype(np.float32)
    np.testing.assert_allclose(again.predict(x).numpy(), model.predict(x).numpy(), atol=1e-6)


class Saying(gl.Model):
    """Says that it is built, as Keras's programs do, and has a step of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = gl.layers.dense(units=1)
        self.built = True

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


def test_a_model_that_says_that_it_is_built(backend: str) -> None:
    model = Saying()
    assert not model.built
    model.compile("sgd", "mse", jit_compile=True, steps_per_execution=4, auto_scale_loss=False)
    model.fit(np.ones([4, 2]), np.ones([4, 1]), verbose=0)
    assert model.built and model.outputs[0].shape == (None, 1)
    assert model.optimizer.iterations.numpy() == 1
    assert model.optimizer.learning_rate.numpy() == np.float32(0.01)
    model.optimizer.learning_rate.assign(0.5)
    assert model.optimizer.learning_rate == 0.5
