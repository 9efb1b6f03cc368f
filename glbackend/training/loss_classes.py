"""The classes of Keras's losses: each takes the options of its function, a reduction and a name."""

from collections.abc import Callable
from typing import Any

from glbackend.engine.tensor import Tensor
from glbackend.training import losses
from glbackend.training.ctc import ctc
from glbackend.training.focal import (
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
)
from glbackend.training.loss import LOSS_CLASSES, MEAN, LossFunction, Mask
from glbackend.training.options import class_of, in_words, options_of, parameter
from glbackend.training.overlap import circle, dice, tversky

WORDS = """The loss `{function}` as an object, with arguments of its own. As Keras's `{name}`.

    {options}: as in that function.
    `reduction`, `name`, `dtype`: as of `Loss`.

    >>> import glbackend as gl
    >>> gl.losses.{name}().name
    '{own}'
    """


def _declared(
    name: str,
    function: Callable[..., Tensor],
    own: str = "",
    base: type[LossFunction] = LossFunction,
    **defaults: Any,
) -> type[LossFunction]:
    """The class of a function, known by its name in files; `own` is what its objects are called."""
    own = own or function.__name__
    options = options_of(function, defaults)
    arguments = [
        *options,
        parameter("reduction", MEAN, str | None),
        parameter("name", own, str | None),
        parameter("dtype", None, Any),
    ]
    words = WORDS.format(function=function.__name__, name=name, own=own, options=in_words(options))
    if not options:
        words = words.replace("    : as in that function.\n", "")
    made = class_of(base, name, function, arguments, words)
    made.__module__ = __name__
    return LOSS_CLASSES.declare()(made)


class _Sparse(LossFunction):
    """A loss of class numbers, one of which may be left out."""

    def counted(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Mask:
        ignored = self.options["ignore_class"]
        return None if ignored is None else y_true.not_equal(ignored).reshape(values.shape)


class _Circle(LossFunction):
    """The circle loss, whose mean is that of the examples that have pairs to learn from."""

    def counted(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Mask:
        return values > 0.0


MeanSquaredError = _declared("MeanSquaredError", losses.mean_squared_error)
MeanAbsoluteError = _declared("MeanAbsoluteError", losses.mean_absolute_error)
MeanAbsolutePercentageError = _declared("MeanAbsolutePercentageError", losses.mean_absolute_percentage_error)
MeanSquaredLogarithmicError = _declared("MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error)
CosineSimilarity = _declared("CosineSimilarity", losses.cosine_proximity, "cosine_similarity")
Huber = _declared("Huber", losses.huber, "huber_loss")
LogCosh = _declared("LogCosh", losses.logcosh, "log_cosh")
Hinge = _declared("Hinge", losses.hinge, zero_one=True)
SquaredHinge = _declared("SquaredHinge", losses.squared_hinge, zero_one=True)
CategoricalHinge = _declared("CategoricalHinge", losses.categorical_hinge)
KLDivergence = _declared("KLDivergence", losses.kullback_leibler_divergence, "kl_divergence")
Poisson = _declared("Poisson", losses.poisson)
BinaryCrossentropy = _declared("BinaryCrossentropy", losses.binary_crossentropy)
BinaryFocalCrossentropy = _declared("BinaryFocalCrossentropy", binary_focal_crossentropy)
CategoricalCrossentropy = _declared("CategoricalCrossentropy", losses.categorical_crossentropy)
CategoricalFocalCrossentropy = _declared("CategoricalFocalCrossentropy", categorical_focal_crossentropy)
CategoricalGeneralizedCrossEntropy = _declared(
    "CategoricalGeneralizedCrossEntropy", categorical_generalized_cross_entropy
)
SparseCategoricalCrossentropy = _declared(
    "SparseCategoricalCrossentropy", losses.sparse_categorical_crossentropy, base=_Sparse
)
CTC = _declared("CTC", ctc)
Dice = _declared("Dice", dice)
Tversky = _declared("Tversky", tversky)
Circle = _declared("Circle", circle, base=_Circle)
