"""Steps that a model gives itself (`train_step`, `test_step`, `predict_step`), and data for these."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.dtypes import to_numpy
from glbackend.base.errors import ArgumentError
from glbackend.base.nested import leaves, map_leaves
from glbackend.engine.tensor import Tensor
from glbackend.layers.activity import collected
from glbackend.ops.create import tensor
from glbackend.training.batches import same_length
from glbackend.training.dataset import Arrays, Dataset
from glbackend.training.feed import Feed
from glbackend.training.trainable import Trainable


class Element(NamedTuple):
    """A batch: (x,), (x, y) or (x, y, weights), each of any structure; steps take x alone as it is."""

    data: Any
    size: int


def own_step(model: Trainable, kind: str) -> Callable[[Any], Any] | None:
    """The "train", "test" or "predict" step of the model's class, None where it is the usual one.

    That of a class which gives the loss or the metrics of a step is its own.
    """
    step = getattr(model, f"{kind}_step")
    parts = [f"{kind}_step"] if kind == "predict" else [f"{kind}_step", "compute_loss", "compute_metrics"]
    if all(getattr(getattr(model, one), "__func__", None) is model._usual_steps[one] for one in parts):
        return None

    def run(element: Element) -> Any:
        with collected():
            result = step(element.data if len(element.data) > 1 else element.data[0])
        if kind == "predict" or isinstance(result, dict):
            return result
        raise ArgumentError(
            f"{kind}_step of {type(model).__name__} must give a dict of values by name, "
            f"got {type(result).__name__}"
        )

    return run


class Elements(Arrays):
    """Arrays in any structure as a data set of elements of that structure."""

    def __init__(self, data: Any, *, batch_size: int, shuffle: bool, seed: int | None) -> None:
        self.structure = data
        flat = [np.asarray(one) for one in leaves((Tensor, np.ndarray), data)]
        super().__init__(flat, batch_size=batch_size, shuffle=shuffle, seed=seed)

    def _batch(self, parts: list[Any]) -> Any:
        following = iter(parts)
        return map_leaves((Tensor, np.ndarray), lambda _: next(following), self.structure)

    def whole(self) -> tuple[Any, Any, Any]:
        """x, y and weights in their structure."""
        following = iter(self.inputs)
        data = map_leaves((Tensor, np.ndarray), lambda _: next(following), self.structure)
        return (*data, None, None)[:3]


class OwnFeed(Feed):
    """Data for steps of one's own: nothing is known of them but the number of examples."""

    def dataset(self, x: Any, y: Any, op: str, batch_size: int, **options: Any) -> Dataset:
        """x if it is a data set, else the arrays x, y and weights as one."""
        if options.get("class_weight") is not None:
            raise ArgumentError(f"{op}: a model with steps of its own takes sample_weight, not class_weight")
        return super().dataset(x, y, op, batch_size, **options)

    def look(self, data: Dataset, op: str) -> None:
        """There is nothing to check."""

    def arrays(
        self,
        element: Any,
        op: str,
        batch_size: int,
        class_weight: Any = None,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> Arrays:
        data = Elements(_trimmed(element, op), batch_size=batch_size, shuffle=shuffle, seed=seed)
        same_length(data.inputs, op)
        return data

    def batch(self, element: Any, op: str, class_weight: Any = None) -> Any:
        whole = element if isinstance(element, tuple) else (element,)
        data = map_leaves(np.ndarray, tensor, _trimmed(whole, op))
        sizes = [one.shape[0] for one in leaves(Tensor, data) if one.rank]
        if not sizes:
            raise ArgumentError(f"{op}: a batch holds no arrays")
        return Element(data, sizes[0])


def _trimmed(element: Any, op: str) -> tuple[Any, ...]:
    """(x, y, weights) without what is None at its end; lists of numbers as arrays."""
    parts = list(element)
    while len(parts) > 1 and parts[-1] is None:
        parts.pop()
    return tuple(_arrays(one, op) for one in parts)


def _arrays(value: Any, op: str) -> Any:
    if isinstance(value, dict):
        return {key: _arrays(one, op) for key, one in value.items()}
    if isinstance(value, list | tuple) and any(hasattr(one, "shape") for one in value):
        return type(value)(_arrays(one, op) for one in value)
    if value is None or isinstance(value, Tensor | np.ndarray):
        return value
    return to_numpy(value, None, f"{op}: data")
