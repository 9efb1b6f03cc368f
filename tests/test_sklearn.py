"""Networks as scikit-learn's estimators: its own checks, and what its users do with an estimator."""

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is an extra")
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import glbackend as gl

GLClassifier, GLRegressor = gl.sklearn.GLClassifier, gl.sklearn.GLRegressor
SMALL: dict[str, Any] = {"hidden_layer_sizes": (16,), "learning_rate": 0.02, "epochs": 20}
NOT_PASSED = {
    "check_sample_weight_equivalence_on_dense_data": "batches are drawn by position, not by weight; what holds is "
    "test_a_weight_is_a_repetition"
}


@parametrize_with_checks(
    [cls(**SMALL) for cls in (GLClassifier, GLRegressor)], expected_failed_checks=lambda one: NOT_PASSED
)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    """scikit-learn leaves out its check of the array API where SCIPY_ARRAY_API is not set."""
    check(estimator)


@pytest.mark.parametrize("cls", [GLClassifier, GLRegressor])
def test_a_weight_is_a_repetition(cls: Any) -> None:
    """What NOT_PASSED asks for holds, up to the rounding of float32, where a batch is all examples."""
    rng = np.random.RandomState(0)
    x, y, counts = rng.rand(30, 4), rng.randint(0, 3, 30), rng.randint(0, 4, 30)
    options = {**SMALL, "batch_size": None, "random_state": 0}
    weighed = cls(**options).fit(x, y, sample_weight=counts)
    repeated = cls(**options).fit(x.repeat(counts, 0), y.repeat(counts))
    ask = "predict_proba" if cls is GLClassifier else "predict"
    np.testing.assert_allclose(getattr(weighed, ask)(x), getattr(repeated, ask)(x), rtol=1e-4, atol=1e-6)


def test_in_a_pipeline_and_a_search(backend: str) -> None:
    x, y = load_iris(return_X_y=True)
    net = GLClassifier((16,), epochs=15, learning_rate=0.05, random_state=0, backend=backend)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), net),
        {
            "glclassifier__activation": ["relu", "tanh"],
            "glclassifier__optimizer": ["adam", gl.optimizers.SGD(0.1)],
        },
        cv=2,
    )
    search.fit(x, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(search.best_estimator_, x, y, cv=2).min() > 0.9
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(again.predict_proba(x), search.predict_proba(x))


def test_the_optimizer_given_is_a_pattern() -> None:
    given = gl.optimizers.Adam(0.5, beta_1=0.8)
    net = GLRegressor((2,), optimizer=given, learning_rate=0.01, epochs=1).fit([[1.0], [2.0]], [1.0, 2.0])
    assert net.model_.optimizer is not given and given.learning_rate == 0.5
    assert (net.model_.optimizer.learning_rate, net.model_.optimizer.beta_1) == (0.01, 0.8)
    assert clone(net).optimizer.beta_1 == 0.8


def two_heads(features: int, outputs: int) -> gl.Model:
    x = gl.Input(shape=(features,))
    parts = [gl.layers.Dense(4, activation=one)(x) for one in ("relu", "tanh")]
    return gl.Model(
        inputs=x, outputs=gl.layers.Dense(outputs, activation="softmax")(gl.layers.Concatenate()(parts))
    )


def test_a_model_of_ones_own() -> None:
    x, y = np.eye(4), ["a", "b", "c", "a"]
    net = GLClassifier(model=two_heads, epochs=120, learning_rate=0.1, random_state=1).fit(x, y)
    assert net.classes_.tolist() == ["a", "b", "c"] and net.predict(x).tolist() == y
    assert len(net.history_["loss"]) == 120 and len(net.model_.layers) == 5
    assert pickle.loads(pickle.dumps(net)).predict(x).tolist() == y
    with pytest.raises(ValueError, match=r"must give 3 numbers for each row, .*got \(None, 7\)"):
        GLClassifier(model=lambda features, outputs: two_heads(features, 7)).fit(x, y)
    with pytest.raises(TypeError, match=r"must give a gl\.Model, got int"):
        GLClassifier(model=lambda features, outputs: 3).fit(x, y)


def test_several_targets_and_one_column() -> None:
    x = np.linspace(-1, 1, 50)[:, None]
    y = np.concatenate([x, -x], axis=1)
    net = GLRegressor((), epochs=60, learning_rate=0.1, random_state=0).fit(x, y)
    np.testing.assert_allclose(net.predict(x), y, atol=0.02)
    assert net.predict(x).dtype == np.float64 and net.score(x, y) > 0.99


def test_training_goes_on() -> None:
    x, y = load_iris(return_X_y=True)
    x, names = (x - x.mean(0)) / x.std(0), np.array(["setosa", "versicolor", "virginica"])[y]
    net = GLClassifier(
        (16,),
        learning_rate=0.05,
        random_state=3,
        class_weight={"setosa": 1.0, "versicolor": 2.0, "virginica": 1.0},
    )
    net.partial_fit(x[:50], names[:50], classes=np.unique(names))  # of one class alone
    for _ in range(15):
        net.partial_fit(x, names)
    assert net.score(x, names) > 0.9 and len(net.history_["loss"]) == 16
    with pytest.raises(ValueError, match="labels that are not in classes"):
        net.partial_fit(x, y)
    with pytest.raises(ValueError, match="first call"):
        GLClassifier().partial_fit(x, names)
    with pytest.raises(ValueError, match="balanced"):
        GLClassifier(class_weight="balanced").partial_fit(x, names, classes=np.unique(names))
    fitted = GLRegressor((4,)).partial_fit(x, y)
    with pytest.raises(ValueError, match="2 targets a row, in the first call there were 1"):
        fitted.partial_fit(x, x[:, :2])


def test_the_process_is_left_as_it_was() -> None:
    x, y = np.eye(4), [0, 1, 0, 1]
    gl.set_seed(5)
    first = gl.random_uniform([2]).numpy().tolist()
    gl.set_seed(5)
    one, two = (GLClassifier((4,), epochs=3, random_state=7).fit(x, y).predict_proba(x) for _ in range(2))
    assert gl.random_uniform([2]).numpy().tolist() == first
    np.testing.assert_array_equal(one, two)
    before = gl.engine().backend
    with pytest.raises(gl.errors.ArgumentError, match="unknown backend 'tpu'"):
        GLClassifier(backend="tpu").fit(x, y)
    GLClassifier((4,), epochs=1, backend="cpu").fit(x, y)
    assert gl.engine().backend is before


def test_early_stopping_by_a_copy_of_the_callback() -> None:
    x = np.random.RandomState(0).rand(60, 2)
    stop = gl.callbacks.EarlyStopping(monitor="val_loss", patience=2)
    net = GLRegressor(
        (8,), learning_rate=0.1, epochs=200, validation_split=0.2, callbacks=[stop], random_state=0
    )
    net.fit(x, x.sum(1))
    assert 3 <= len(net.history_["val_loss"]) < 200
    assert not hasattr(stop, "model") or stop.model is None


def test_columns_by_name() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is no dependency")
    frame = pandas.DataFrame({"a": [0.0, 1.0, 0.0, 1.0], "b": [0, 0, 1, 1]})
    net = GLClassifier((4,), epochs=2).fit(frame, pandas.Series(["x", "y", "x", "y"]))
    assert net.feature_names_in_.tolist() == ["a", "b"] and net.n_features_in_ == 2
    with pytest.raises(ValueError, match="feature names"):
        net.predict(frame[["b", "a"]])


def test_without_scikit_learn() -> None:
    code = """
import inspect, sys
sys.modules["sklearn"] = None
import glbackend as gl
inspect.getmembers(gl)  # as help(gl) does
try:
    gl.sklearn.GLClassifier
except ImportError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "gl.sklearn: needs scikit-learn" in said and "pip install 'glbackend[sklearn]'" in said


def test_every_argument_has_its_words() -> None:
    for cls in (GLClassifier, GLRegressor):
        assert not [one for one in cls().get_params() if f"`{one}`" not in (cls.__doc__ or "")]
