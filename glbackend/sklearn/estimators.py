"""GLClassifier and GLRegressor, on scikit-learn's base classes."""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from glbackend import optimizers
from glbackend.base.errors import MissingPackageError
from glbackend.engine.backend import make_backend
from glbackend.engine.engine import engine
from glbackend.layers.core import Dense, input
from glbackend.models.model import Model
from glbackend.models.sequential import Sequential
from glbackend.ops.random import process_seeds, set_seed

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state, compute_sample_weight
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d, validate_data
except ImportError as error:
    raise MissingPackageError(
        f"gl.sklearn: needs scikit-learn 1.6 or newer ({error}): pip install 'glbackend[sklearn]'"
    ) from None

Array = np.ndarray[Any, Any]
Build = Callable[[int, int], Model]
PREDICTED_ROWS = 1024  # at once
MOST_SEEDS = 2**31 - 1


class Network(BaseEstimator):
    """What both estimators are: a model made by its arguments in `fit`, and trained on rows of numbers."""

    _output_activation: str  # of the model made of `hidden_layer_sizes`
    _usual_loss: str

    def _outputs(self) -> int:
        raise NotImplementedError

    def _start(self) -> None:
        """A new model, compiled, and a new generator of seeds."""
        self._draws = check_random_state(self.random_state)
        with self._running():
            model = (
                self.model(self.n_features_in_, self._outputs()) if self.model is not None else self._made()
            )
            if not isinstance(model, Model):
                raise TypeError(f"{self._name}: model must give a gl.Model, got {type(model).__name__}")
            model.build((None, self.n_features_in_))
            if model.output_shape != (None, self._outputs()):
                raise ValueError(
                    f"{self._name}: the model must give {self._outputs()} numbers for each row, shape "
                    f"(None, {self._outputs()}), got {model.output_shape}"
                )
            model.compile(self._optimizer(), self._usual_loss if self.loss is None else self.loss)
        self.model_ = model
        self.history_: dict[str, list[float]] = {}

    def _made(self) -> Model:
        sizes = self.hidden_layer_sizes
        hidden = [sizes] if isinstance(sizes, int | np.integer) else list(sizes)
        layers = [Dense(units=int(size), activation=self.activation) for size in hidden]
        last = Dense(units=self._outputs(), activation=self._output_activation)
        return Sequential([input(shape=[self.n_features_in_]), *layers, last])

    def _optimizer(self) -> Any:
        """A new one each time: an object given as argument is a pattern and keeps its state."""
        pattern = optimizers.serialize(optimizers.get(self.optimizer))
        if self.learning_rate is not None:
            pattern["config"]["learning_rate"] = self.learning_rate
        return optimizers.deserialize(pattern)

    def _train(self, x: Array, y: Array, weights: Any, epochs: int) -> None:
        if weights is not None:
            weights = _check_sample_weight(weights, x, dtype=np.float64, ensure_non_negative=True)
            if not weights.any():
                raise ValueError("Sample weights must contain at least one non-zero number.")
            weights = (weights / weights.mean()).astype(np.float32)  # the loss is a mean over examples
        with self._running():
            history = self.model_.fit(
                x, y, epochs=epochs, batch_size=len(x) if self.batch_size is None else self.batch_size,
                sample_weight=weights, validation_split=self.validation_split,
                callbacks=copy.deepcopy(self.callbacks), verbose=self.verbose,
            )  # fmt: skip
        for name, values in history.history.items():
            self.history_.setdefault(name, []).extend(values)

    def _predicted(self, X: Any) -> Array:
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=np.float32)
        with self._running():
            found: Array = self.model_.predict(x, batch_size=PREDICTED_ROWS).numpy()
        return found

    @property
    def _name(self) -> str:
        return type(self).__name__

    @contextmanager
    def _running(self) -> Iterator[None]:
        """On the backend asked for, with random numbers of its own; afterwards both are as before."""
        backend = make_backend(self.backend) if self.backend else None
        before = engine().use(backend) if backend else None
        seeds = process_seeds()
        state = seeds.state
        if self.random_state is not None:
            set_seed(int(self._draws.randint(MOST_SEEDS)))
        try:
            yield
        finally:
            if backend:
                engine().use(before)
            if self.random_state is not None:
                seeds.state = state


class GLClassifier(ClassifierMixin, Network):
    """A network that tells classes apart, as an estimator of scikit-learn.

    It is a softmax over hidden layers, or a model of your own. Inputs are rows of finite numbers, computed in
    float32, targets any labels. After `fit`, `model_` is the `gl.Model`, `history_` its losses by epoch,
    `classes_` the labels in the order of the probabilities; `n_features_in_` and `feature_names_in_` are as
    in all of scikit-learn. As scikit-learn's MLPClassifier and SciKeras's KerasClassifier; TF.js has none.

    `model`: a function of the numbers of features and classes that gives a `gl.Model`, not compiled, which
    makes a probability for each class of rows of features; by default it is made of
    `hidden_layer_sizes`. A function at the top of a module can be pickled, a lambda cannot.
    `hidden_layer_sizes`: the units of each hidden layer, one number or several.
    `activation`: that of hidden layers, by name.
    `optimizer`: its name, or an object that serves as a pattern for a new one at each `fit`.
    `learning_rate`: the optimizer's; its own where it is None.
    `loss`: as in `Model.compile`, of class numbers and probabilities; by default
    "sparseCategoricalCrossentropy".
    `epochs`: passes over the data in `fit`.
    `batch_size`: examples a step; None for all at once.
    `class_weight`: None, "balanced", or a dict from labels to the weights of their examples.
    `validation_split`: that share of the last examples is kept aside, its loss is "val_loss".
    `callbacks`: as in `Model.fit`; copies of them are used.
    `random_state`: a number or a RandomState that makes weights, order and dropout repeatable.
    `backend`: "cpu" or "webgl" while it computes; None for the chosen one.
    `verbose`: as in `Model.fit`, 0 is silent.

    >>> import numpy as np
    >>> import glbackend as gl
    >>> X = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
    >>> y = ["same", "different", "different", "same"]
    >>> net = gl.sklearn.GLClassifier((16,), learning_rate=0.05, random_state=0).fit(X, y)
    >>> net.predict(X).tolist(), net.score(X, y)
    (['same', 'different', 'different', 'same'], 1.0)
    """

    _output_activation = "softmax"
    _usual_loss = "sparseCategoricalCrossentropy"

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        model: Build | None = None,
        optimizer: Any = "adam",
        learning_rate: float | None = None,
        loss: Any = None,
        epochs: int = 100,
        batch_size: int | None = 32,
        class_weight: Any = None,
        validation_split: float = 0.0,
        callbacks: Any = None,
        random_state: Any = None,
        backend: str | None = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes, self.activation, self.model = hidden_layer_sizes, activation, model
        self.optimizer, self.learning_rate, self.loss = optimizer, learning_rate, loss
        self.epochs, self.batch_size, self.validation_split = epochs, batch_size, validation_split
        self.class_weight, self.callbacks = class_weight, callbacks
        self.random_state, self.backend, self.verbose = random_state, backend, verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "GLClassifier":
        """Trains a new model on rows `X` and their labels `y`; `sample_weight` weighs each. Gives itself."""
        x, labels = self._checked(X, y, reset=True)
        self.classes_ = np.unique(labels)
        self._start()
        self._learn(x, labels, sample_weight, self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> "GLClassifier":
        """Trains on for one epoch; the first call names all `classes`. As SGDClassifier's in scikit-learn."""
        first = not hasattr(self, "model_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if self.class_weight == "balanced":
            raise ValueError("class_weight 'balanced' is not supported for partial_fit: give a dict")
        x, labels = self._checked(X, y, reset=first)
        if first:
            self.classes_ = np.unique(classes)
            self._start()
        elif classes is not None and not np.array_equal(np.unique(classes), self.classes_):
            raise ValueError(f"classes {classes} are not those of the first call, {self.classes_}")
        if strangers := set(labels.tolist()) - set(self.classes_.tolist()):
            raise ValueError(f"y has labels that are not in classes: {sorted(strangers)}")
        self._learn(x, labels, sample_weight, 1)
        return self

    def predict(self, X: Any) -> Array:
        """The likeliest label of each row of `X`, in an array [rows]."""
        probabilities = self.predict_proba(X)
        found: Array = self.classes_[probabilities.argmax(axis=1)]
        return found

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, float32 [rows, classes], in the order of `classes_`."""
        return self._predicted(X)

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        x, labels = validate_data(self, X, y, reset=reset, dtype=np.float32)
        check_classification_targets(labels)
        return x, column_or_1d(labels, warn=True)

    def _learn(self, x: Array, labels: Array, sample_weight: Any, epochs: int) -> None:
        weights = sample_weight
        if self.class_weight is not None:
            weights = _check_sample_weight(sample_weight, x, dtype=np.float64)
            weights = weights * compute_sample_weight(self.class_weight, labels)
        self._train(x, np.searchsorted(self.classes_, labels).astype(np.int32), weights, epochs)

    def _outputs(self) -> int:
        return len(self.classes_)


class GLRegressor(RegressorMixin, Network):
    """A network that gives numbers, as an estimator of scikit-learn.

    A target is a number, or several (`y` of shape [rows, targets]). All else is as in `GLClassifier`, with
    these arguments: `hidden_layer_sizes`, `activation`, `optimizer`, `learning_rate`, `epochs`, `batch_size`,
    `validation_split`, `callbacks`, `random_state`, `backend`, `verbose`. As scikit-learn's MLPRegressor and
    SciKeras's KerasRegressor; TF.js has none.

    `model`: a function of the numbers of features and targets that gives a `gl.Model`, not compiled.
    `loss`: as in `Model.compile`; by default "meanSquaredError".

    >>> import numpy as np
    >>> import glbackend as gl
    >>> X = np.linspace(-1, 1, 64)[:, None]
    >>> net = gl.sklearn.GLRegressor((16,), "tanh", learning_rate=0.02, random_state=0)
    >>> bool(abs(net.fit(X, X[:, 0] ** 2).predict([[0.5]])[0] - 0.25) < 0.1)
    True
    """

    _output_activation = "linear"
    _usual_loss = "meanSquaredError"

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        model: Build | None = None,
        optimizer: Any = "adam",
        learning_rate: float | None = None,
        loss: Any = None,
        epochs: int = 100,
        batch_size: int | None = 32,
        validation_split: float = 0.0,
        callbacks: Any = None,
        random_state: Any = None,
        backend: str | None = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes, self.activation, self.model = hidden_layer_sizes, activation, model
        self.optimizer, self.learning_rate, self.loss = optimizer, learning_rate, loss
        self.epochs, self.batch_size, self.validation_split = epochs, batch_size, validation_split
        self.callbacks = callbacks
        self.random_state, self.backend, self.verbose = random_state, backend, verbose

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "GLRegressor":
        """Trains a new model on rows `X` and targets `y`; `sample_weight` weighs each. Gives itself."""
        x, targets = self._checked(X, y, reset=True)
        self._flat, self.n_outputs_ = targets.ndim == 1, 1 if targets.ndim == 1 else targets.shape[1]
        self._start()
        self._train(x, targets, sample_weight, self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "GLRegressor":
        """Trains on for one epoch; the first call makes the model. As SGDRegressor's in scikit-learn."""
        first = not hasattr(self, "model_")
        x, targets = self._checked(X, y, reset=first)
        count = 1 if targets.ndim == 1 else targets.shape[1]
        if first:
            self._flat, self.n_outputs_ = targets.ndim == 1, count
            self._start()
        if count != self.n_outputs_:
            raise ValueError(f"y has {count} targets a row, in the first call there were {self.n_outputs_}")
        self._train(x, targets, sample_weight, 1)
        return self

    def predict(self, X: Any) -> Array:
        """The numbers of each row of `X`: float32 [rows], or [rows, targets] where `y` had that shape."""
        found = self._predicted(X)
        return (found[:, 0] if self._flat else found).astype(np.float64)

    def _checked(self, X: Any, y: Any, reset: bool) -> tuple[Array, Array]:
        x, targets = validate_data(
            self, X, y, reset=reset, dtype=np.float32, multi_output=True, y_numeric=True
        )
        targets = column_or_1d(targets, warn=True) if targets.shape[1:] == (1,) else targets
        return x, targets.astype(np.float32)

    def _outputs(self) -> int:
        return int(self.n_outputs_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
