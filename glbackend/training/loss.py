"""Losses as objects: one value an example, weights, masks, and how all become one number."""

from collections.abc import Callable, Mapping
from typing import Any

from glbackend.base.calling import Explained
from glbackend.base.config import Configured
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.naming import snake_case
from glbackend.base.registry import Registry
from glbackend.base.whole import whole
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.layers.masks import mask_on
from glbackend.ops.arithmetic import maximum
from glbackend.ops.collective import all_reduce
from glbackend.ops.create import zeros_like
from glbackend.training.losses import LOSSES

Mask = Tensor | None
MEAN = "sum_over_batch_size"
REDUCTIONS = (MEAN, "mean", "sum", "mean_with_sample_weight", "none", None)


class Loss(Configured, metaclass=Explained):
    """Base of losses with arguments of their own: a subclass gives `call`. As Keras's.

    `call(self, y_true, y_pred)` gives one value an example, or more, or one number.

    `name`: made of the class's name where there is none.
    `reduction`: how the values become a number: "sum_over_batch_size" and "mean" (their mean, of those that
    a mask lets count), "sum", "mean_with_sample_weight" (their sum over that of the weights), "none" or None.
    `dtype`: there for Keras's sake; all is float32.

    >>> class Cubed(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ((y_true - y_pred).abs() ** 3).mean(-1)
    >>> Cubed()([[1., 2.]], [[2., 4.]]).item()
    4.5
    """

    def __init__(self, name: str | None = None, reduction: str | None = MEAN, dtype: Any = None) -> None:
        if reduction not in REDUCTIONS:
            raise ArgumentError(
                f"unknown reduction {reduction!r}: use {', '.join(map(repr, REDUCTIONS[:-1]))} or None"
            )
        self.name = name or snake_case(type(self).__name__)
        self.reduction, self.dtype = reduction, dtype

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "Loss":
        """A loss of such arguments; "auto" is Keras 2's word for the mean."""
        given = {key: one for key, one in config.items() if key != "fn"}
        return super().from_config(given | ({"reduction": MEAN} if given.get("reduction") == "auto" else {}))

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """The values; a subclass gives it."""
        raise ArgumentError(f"loss class {type(self).__name__} has no call()")

    def counted(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Mask:
        """Which values count at all, None for all of them."""
        return None

    def __call__(
        self,
        y_true: TensorLike,
        y_pred: TensorLike,
        sample_weight: TensorLike | None = None,
        mask: TensorLike | None = None,
    ) -> Tensor:
        """The loss: a scalar, or without reduction its values.

        `y_true` and `y_pred`: targets and predictions.
        `sample_weight`: a number for each example, or for each value.
        `mask`: bool, which examples or steps count; by default that which the predictions carry.

        >>> Loss.__call__(LossFunction(lambda t, p: t - p), [3., 1.], [1., 1.]).item()
        1.0
        """
        target, predicted = as_tensor(y_true, "y_true", self.name), as_tensor(y_pred, "y_pred", self.name)
        values = self.call(target, predicted)
        weights = None if sample_weight is None else as_tensor(sample_weight, "sample_weight", self.name)
        given = mask_on(predicted) if mask is None else as_tensor(mask, "mask", self.name)
        both = _both(given, self.counted(target, predicted, values))
        return reduced(values, weights, both, self.reduction, self.name)


def _both(first: Mask, second: Mask) -> Mask:
    if first is None or second is None:
        return second if first is None else first
    return first & second


def reduced(
    values: Tensor,
    weights: Tensor | None = None,
    mask: Mask = None,
    reduction: str | None = MEAN,
    what: str = "the loss",
) -> Tensor:
    """Values, weighed, as one number: of those that the mask lets count."""
    if mask is not None and values.rank:
        # differs from TF.js: what is masked is left out, as in Keras; there it counts
        counted = spread(mask.cast("float32"), values, f"{what} has shape", "its mask")
    else:
        counted = None
    scales = None if weights is None else spread(weights, values, f"{what} has shape", "its weights")
    weighted = values if scales is None else values * scales
    if counted is not None:
        weighted = weighted * counted
    if reduction in (None, "none") or not weighted.rank:
        return weighted
    if reduction == "sum":
        return _of_whole(weighted.sum())
    if reduction == "mean_with_sample_weight" and scales is not None:
        given = scales if counted is None else scales * counted
        return _share(_of_whole(weighted.sum()), _total(given.sum() * (values.size / max(given.size, 1))))
    if counted is None:
        return weighted.mean()
    count = _total(counted.sum() * (values.size / max(counted.size, 1)))
    return _of_whole(weighted.sum()) / maximum(count, 1.0)


def _of_whole(part: Tensor) -> Tensor:
    """A sum so scaled that those of all processes, weighed by their examples, make that of the batch."""
    shared = whole.get()
    return part / shared.share if shared is not None and shared.share else part


def _total(count: Tensor) -> Tensor:
    """What counts in the batch of all processes."""
    shared = whole.get()
    if shared is None or shared.share is None:
        return count
    return all_reduce(count if shared.share else zeros_like(count))


def _share(part: Tensor, whole: Tensor) -> Tensor:
    """part / whole, 0 where whole is."""
    return part / (whole + whole.equal(0.0).cast("float32"))


def spread(numbers: Tensor, values: Tensor, what: str, whose: str) -> Tensor:
    """Numbers, one for each example or step, so shaped that they broadcast to values.

    ShapeError where values have other examples or steps.
    """
    if not values.rank or not numbers.rank:
        return numbers
    shape = numbers.shape
    if len(shape) > values.rank or shape != values.shape[: len(shape)]:
        if shape[-1] == 1 and shape[:-1] == values.shape[: len(shape) - 1]:
            shape = shape[:-1]  # [n, 1] is a number an example as well
        else:
            raise ShapeError(f"{what} {list(values.shape)}, but {whose} {list(numbers.shape)}")
    return numbers.reshape((*shape, *(1 for _ in values.shape[len(shape) :])))


class LossFunction(Loss):
    """A loss of a function of targets and predictions. As Keras's `LossFunctionWrapper`.

    `function`: gives one value an example.
    `reduction`, `name`, `dtype`: as of `Loss`.
    `options`: what the function is given by name.

    >>> LossFunction(lambda y_true, y_pred, power: (y_true - y_pred) ** power, power=2)([3.], [1.]).item()
    4.0
    """

    def __init__(
        self,
        function: Callable[..., Tensor],
        reduction: str | None = MEAN,
        name: str | None = None,
        dtype: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(name or getattr(function, "__name__", "loss"), reduction, dtype)
        self.function, self.options = function, options

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self.function(y_true, y_pred, **self.options)

    def get_config(self) -> dict[str, Any]:
        """As of `Loss`, with what the function is given."""
        return {"name": self.name, "reduction": self.reduction, **self.options}


LOSS_CLASSES: Registry[Loss] = Registry("loss class", Loss, parent=LOSSES, functions=False, called="loss")


def get(given: Any) -> Any:
    """The loss of a name in any spelling or of a saved {"class_name", "config"}: a function or a `Loss`.

    >>> get("meanSquaredError").__name__, get({"class_name": "Huber", "config": {"delta": 2.0}}).delta
    ('mean_squared_error', 2.0)
    """
    if isinstance(given, Mapping) and given.get("class_name") == "function":  # as Keras 3 writes one
        given = given["config"]
    if isinstance(given, str):
        found = LOSSES.lookup(given)
        return LOSS_CLASSES.get(given) if found is None else found.thing
    if isinstance(given, Mapping | Loss | type):
        return LOSS_CLASSES.get(given)
    return LOSSES.get(given)


def as_loss(given: Any) -> Loss:
    """The same as an object.

    >>> as_loss("mae")([[1.]], [[3.]]).item()
    2.0
    """
    found = get(given)
    return found if isinstance(found, Loss) else LossFunction(found)
