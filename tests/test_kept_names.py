"""What a user's class may call its attributes: any name works as in Keras, or an error says that it is taken."""

import copy
from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError

import glbackend as gl

X, Y = np.ones((8, 6), np.float32), np.ones((8, 2), np.float32)
# names of ours that Keras's classes have too, so that its users know what they mean
OF_KERAS = set(
    """activity_regularizer add_loss add_metric add_weight build built call compile compute_dtype compute_loss
    compute_mask compute_metrics compute_output_shape count_params dtype dtype_policy evaluate fit from_config get_config
    get_layer get_metrics_result get_weights input layers load_weights loss losses metrics metrics_names name
    non_trainable_variables non_trainable_weights optimizer output predict predict_on_batch predict_step reset_metrics
    save save_weights set_weights stop_training summary supports_masking test_on_batch test_step to_json train_on_batch
    train_step trainable trainable_variables trainable_weights variable_dtype variables weights""".split()  # noqa: SIM905
)
OWN = sorted(
    {name for cls in (gl.Model, gl.layers.Layer) for name in dir(cls) if not name.startswith("_")}
    | {name for name in vars(gl.layers.Layer()) if not name.startswith("_")}
    - OF_KERAS
    - {"batch_input_shape"}
)


def of_a_user(base: type, name: str, make: Any) -> Any:
    """A model of a user's class, or around one, that has a value under the name and uses it in its call."""

    class Users(base):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__()
            self.dense = gl.layers.Dense(2)
            setattr(self, name, make())

        def call(self, x: Any) -> Any:
            y, value = self.dense(x), getattr(self, name)
            assert value in (3, "text") or isinstance(value, gl.layers.Dense)
            return value(y) if isinstance(value, gl.layers.Dense) else y

    return Users() if base is gl.Model else gl.Sequential([gl.Input((6,)), Users()])


@pytest.mark.parametrize("name", [name for name in OWN if name not in OF_KERAS])
@pytest.mark.parametrize("base", [gl.layers.Layer, gl.Model], ids=["layer", "model"])
def test_any_name_works_or_is_refused(base: type, name: str) -> None:
    gl.set_backend("cpu")
    for make, count in ((lambda: 3, 2), (lambda: "text", 2), (lambda: gl.layers.Dense(2), 4)):
        try:
            model = of_a_user(base, name, make)
        except ArgumentError as error:
            assert f"keep the name {name!r} for themselves" in str(error)
            continue
        model.compile("sgd", "mse")
        model.fit(X, Y, epochs=2, batch_size=4, verbose=0)
        assert len(model.weights) == count
        assert np.isfinite(model.predict(X, verbose=0).numpy()).all()


FREE = [
    *(
        "calls",
        "cast",
        "coded",
        "expects",
        "graph",
        "grouped",
        "making",
        "nodes",
        "origin",
        "packed",
        "parted",
        "ranks",
    ),
    *(
        "run",
        "sublayers",
        "penalties",
        "arranged",
        "own_weights",
        "input_keys",
        "metric_names",
        "loss_functions",
        "input_names",
        "input_shape",
        "inputs",
        "output_names",
        "output_shape",
        "outputs",
    ),
]


@pytest.mark.parametrize("name", FREE)
@pytest.mark.parametrize("base", [gl.layers.Layer, gl.Model], ids=["layer", "model"])
def test_names_that_keras_leaves_free_are_free(base: type, name: str, tmp_path: Any) -> None:
    """As attribute, method and property: trained, called on symbols, and saved."""
    for how in ("attribute", "method", "property"):
        body: dict[str, Any] = {}
        if how != "attribute":
            body[name] = (lambda self, x=None: 5) if how == "method" else property(lambda self: 5)

        def begin(self: Any, how: str = how) -> None:
            base.__init__(self)
            self.dense = gl.layers.Dense(2)
            if how == "attribute":
                setattr(self, name, 5)

        body |= {"__init__": begin, "call": lambda self, x: self.dense(x)}
        users = type("Users", (base,), body)()
        model = users if base is gl.Model else gl.Sequential([gl.Input((6,)), users])
        model.compile("sgd", "mse")
        model.fit(X, Y, epochs=3, batch_size=4, verbose=0)
        found = getattr(users, name)
        assert (found() if how == "method" else found) == 5
        assert model(gl.Input((6,))).shape == (None, 2) and len(users.weights) == 2
        model.save_weights(tmp_path / "kept.weights.h5")
        model.load_weights(tmp_path / "kept.weights.h5")  # of a class that takes no name, too


def test_a_method_of_a_kept_name() -> None:
    with pytest.raises(
        ArgumentError, match="Mine: layers and models keep the name 'named_weights' for themselves here"
    ):
        type("Mine", (gl.Model,), {"named_weights": lambda self, x: x})
    for name in ("ensure_built", "trainer"):
        with pytest.raises(ArgumentError, match=f"keep the name {name!r} for themselves"):
            type("Mine", (gl.layers.Layer,), {name: 3})
    with pytest.raises(ArgumentError, match="class_name in the body of a class is its name in files, a text"):
        type("Mine", (gl.Model,), {"class_name": 3})
    with pytest.raises(ArgumentError, match="such as 'my_run_with_masks'"):  # what is private and a method
        type("Mine", (gl.Model,), {"_run_with_masks": property(lambda self: 3)})


@pytest.mark.parametrize(
    ("make", "name", "plain"),
    [
        (lambda: gl.train.sgd(0.1), "learningRate", "learning_rate"),
        (lambda: gl.optimizers.Adam(), "learningRate", "learning_rate"),
        (lambda: gl.sequential(), "stopTraining", "stop_training"),
        (lambda: gl.layers.dense(units=2), "useBias", "use_bias"),
    ],
)
def test_an_attribute_in_the_spelling_of_tfjs(make: Any, name: str, plain: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}': in Python it is '{plain}'"):
        setattr(make(), name, 1)


@pytest.mark.parametrize(
    ("make", "name", "meant"),
    [
        (lambda: gl.optimizers.Adam(), "beta1", "beta_1"),
        (lambda: gl.optimizers.Adam(), "clip_norm", "clipnorm"),
        (lambda: gl.optimizers.Adam(), "lr", "learning_rate"),
        (lambda: gl.optimizers.SGD(), "momentun", "momentum"),
        (lambda: gl.optimizers.SGD(), "momnetum", "momentum"),
        (lambda: gl.layers.Dropout(0.5), "trainabel", "trainable"),
        (lambda: gl.layers.LSTM(2), "return_sequence_s", "return_sequences"),
        (lambda: gl.sequential(), "stop_trainin", "stop_training"),
        (lambda: gl.losses.Huber(), "delta_", "delta"),
        (lambda: gl.metrics.AUC(), "num_threshold", None),
        (lambda: gl.metrics.AUC(), "num_treshholds", None),
        (lambda: gl.metrics.AUC(), "num_tresholds", "num_thresholds"),
        (lambda: gl.callbacks.EarlyStopping(), "patiense", "patience"),
        (lambda: gl.layers.Dense(2), "kernel2", None),
        (lambda: gl.layers.Dense(2), "comment", None),
        (lambda: gl.optimizers.Adam(), "beta_3", None),
    ],
)
def test_an_attribute_near_one_that_there_is(make: Any, name: str, meant: str | None) -> None:
    """Would be read by nobody; names of one's own are free, as in Keras."""
    thing = make()
    if meant is None:
        setattr(thing, name, 1)
        assert getattr(thing, name) == 1
        return
    with pytest.raises(AttributeError, match=f"no attribute '{name}': did you mean '{meant}'"):
        setattr(thing, name, 1)


def test_a_users_class_may_spell_as_it_likes() -> None:
    class Mine(gl.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.inputShape, self.learningRate = (3,), 0.1

    assert Mine().inputShape == (3,)


class Ends(gl.Model):
    """Has layers and lists of its own in the places of the ends, as models of Keras do."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs = gl.layers.Dense(3)
        self.outputs = [gl.layers.Dense(2), gl.layers.Dense(1)]
        self.input_names, self.output_names, self.output_shape = ["a"], {"b": 1}, (7,)
        self.class_name = 5

    def call(self, x: Any) -> Any:
        found = self.inputs(x)
        return [one(found) for one in self.outputs]


def test_a_model_with_ends_of_its_own(backend: str, tmp_path: Any) -> None:
    model = Ends()
    model.compile("sgd", ["mse", "mae"], metrics=[["mae"], None])
    history = model.fit(X, [Y, Y[:, :1]], epochs=2, batch_size=4, verbose=0).history
    assert len(model.weights) == 6 and len(history["loss"]) == 2
    assert (model.class_name, Ends.class_name) == (5, "Ends")
    assert model.input_names == ["a"] and model.output_names == {"b": 1} and model.output_shape == (7,)
    assert [one.shape for one in model.predict(X, verbose=0)] == [(8, 2), (8, 1)]
    assert model.evaluate(X, [Y, Y[:, :1]], verbose=0, return_dict=True)["loss"] > 0
    model.save_weights(tmp_path / "ends.weights.h5")
    again = Ends()
    again.build((None, 6))
    again.load_weights(tmp_path / "ends.weights.h5")
    for one, other in zip(model.weights, again.weights, strict=True):
        assert np.array_equal(one.numpy(), other.numpy())
    copied = copy.deepcopy(again)
    assert isinstance(copied.inputs, gl.layers.Dense) and copied.inputs is not again.inputs
    del again.output_shape
    assert again.output_shape == [(None, 2), (None, 1)]


def test_the_ends_of_models_of_ours_are_not_set() -> None:
    model = gl.Sequential([gl.Input((6,)), gl.layers.Dense(2)])
    for name in ("inputs", "output_names", "input_shape"):
        with pytest.raises(AttributeError):
            setattr(model, name, 3)
    assert model.input_names == [model.inputs[0].name] and model.output_shape == (None, 2)


def test_layers_with_a_class_name_of_their_own(tmp_path: Any) -> None:
    @gl.register
    class Animal(gl.layers.Dense):
        def __init__(self, units: int = 2, **options: Any) -> None:
            super().__init__(units, **options)
            self.class_name = ["cat", "dog"]

    model = gl.Sequential([gl.Input((6,)), Animal(name="animal")])
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    assert model.layers[0].class_name == ["cat", "dog"] and "animal (Animal)" in model_summary(model)
    with pytest.raises(gl.errors.ShapeError, match="'animal': its kernel takes inputs of size 6"):
        model.layers[0](gl.ones([2, 3]))
    model.save(tmp_path / "animal.keras")
    model.save(tmp_path / "folder")
    for one in (gl.load_model(tmp_path / "animal.keras"), gl.load_model(tmp_path / "folder")):
        assert isinstance(one.layers[0], Animal)
        assert np.array_equal(one.predict(X, verbose=0).numpy(), model.predict(X, verbose=0).numpy())


def model_summary(model: Any) -> str:
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    return "\n".join(map(str, lines))
