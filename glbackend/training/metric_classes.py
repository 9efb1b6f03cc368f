"""The classes of Keras's metrics that are means: each takes the options of its function, and a name."""

from collections.abc import Callable, Sequence
from typing import Any

from glbackend.engine.convert import TensorLike
from glbackend.engine.tensor import Tensor
from glbackend.training import losses, metrics
from glbackend.training.losses import alike, takes_arrays
from glbackend.training.metric import Mean, MeanMetricWrapper, Sum, numbers
from glbackend.training.metrics import METRIC_CLASSES
from glbackend.training.options import class_of, in_words, options_of, parameter

WORDS = """{gives}, kept on the device. As Keras's `{name}`.

    {options}: as in that function.
    `name`, `dtype`: as of `Metric`.

    >>> import glbackend as gl
    >>> gl.metrics.{name}().name
    '{own}'
    """


def _declared(
    name: str,
    function: Callable[..., Tensor],
    own: str = "",
    first: Sequence[str] = (),
    gives: str = "",
    **defaults: Any,
) -> type[MeanMetricWrapper]:
    """The class of a function; its options stand behind the name but for `first`, as in Keras."""
    own = own or function.__name__
    options = options_of(function, defaults)
    arguments = [
        *(one for one in options if one.name in first),
        parameter("name", own, str | None),
        parameter("dtype", None, Any),
        *(one for one in options if one.name not in first),
    ]
    gives = gives or f"The mean of `{function.__name__}` over all examples"
    words = WORDS.format(gives=gives, name=name, own=own, options=in_words(options))
    if not options:
        words = words.replace("    : as in that function.\n", "")
    made = class_of(MeanMetricWrapper, name, function, arguments, words)
    made.__module__ = __name__
    return METRIC_CLASSES.declare()(made)


@takes_arrays
def matches(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where a prediction is the target exactly, else 0: float32 of the shape of both."""
    return y_true.equal(y_pred).cast("float32")


@takes_arrays
def sides(y_true: Tensor, y_pred: Tensor, threshold: float = 0.5) -> Tensor:
    """1 where a prediction lies on the target's side of `threshold`, else 0: of the shape of both."""
    return (y_pred > threshold).cast("float32").equal(y_true).cast("float32")


METRIC_CLASSES.declare()(Mean)
METRIC_CLASSES.declare()(Sum)
METRIC_CLASSES.declare()(MeanMetricWrapper)
Accuracy = _declared(
    "Accuracy", matches, "accuracy", gives="The share of predictions that are their targets exactly"
)
BinaryAccuracy = _declared(
    "BinaryAccuracy",
    sides,
    "binary_accuracy",
    gives="The share of predictions on their target's side of `threshold`",
)
CategoricalAccuracy = _declared("CategoricalAccuracy", metrics.categorical_accuracy)
SparseCategoricalAccuracy = _declared("SparseCategoricalAccuracy", metrics.sparse_categorical_accuracy)
TopKCategoricalAccuracy = _declared(
    "TopKCategoricalAccuracy", metrics.top_k_categorical_accuracy, first=["k"]
)
SparseTopKCategoricalAccuracy = _declared(
    "SparseTopKCategoricalAccuracy", metrics.sparse_top_k_categorical_accuracy, first=["k"]
)
MeanSquaredError = _declared("MeanSquaredError", losses.mean_squared_error)
MeanAbsoluteError = _declared("MeanAbsoluteError", losses.mean_absolute_error)
MeanAbsolutePercentageError = _declared("MeanAbsolutePercentageError", losses.mean_absolute_percentage_error)
MeanSquaredLogarithmicError = _declared("MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error)
CosineSimilarity = _declared("CosineSimilarity", metrics.cosine_similarity)
LogCoshError = _declared("LogCoshError", losses.logcosh, "logcosh")
Hinge = _declared("Hinge", losses.hinge, zero_one=True)
SquaredHinge = _declared("SquaredHinge", losses.squared_hinge, zero_one=True)
CategoricalHinge = _declared("CategoricalHinge", losses.categorical_hinge)
KLDivergence = _declared("KLDivergence", losses.kullback_leibler_divergence, "kl_divergence")
Poisson = _declared("Poisson", losses.poisson)
BinaryCrossentropy = _declared("BinaryCrossentropy", losses.binary_crossentropy)
CategoricalCrossentropy = _declared("CategoricalCrossentropy", losses.categorical_crossentropy)
SparseCategoricalCrossentropy = _declared(
    "SparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy
)
PearsonCorrelation = _declared("PearsonCorrelation", metrics.pearson_correlation)
ConcordanceCorrelation = _declared("ConcordanceCorrelation", metrics.concordance_correlation)


@METRIC_CLASSES.declare("rmse")
class RootMeanSquaredError(Mean):
    """The root of the mean squared error of all examples. As Keras's.

    `name`, `dtype`: as of `Metric`.

    >>> RootMeanSquaredError()([0., 0.], [3., 3.]).item()
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        target, predicted = numbers(y_true, "y_true", self.name), numbers(y_pred, "y_pred", self.name)
        first, second = alike(target, predicted)
        self.take(first.squared_difference(second), sample_weight)

    def result(self) -> Tensor:
        return super().result().sqrt()
