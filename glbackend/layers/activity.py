"""What layers add to a loss and to the metrics while they are called, collected where a loss is made."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.regularizers import Regularizer


@dataclass
class Collected:
    """Penalties, and the values of metrics by name."""

    penalties: list[Tensor] = field(default_factory=list)
    metrics: dict[str, Tensor] = field(default_factory=dict)


_collected: ContextVar[Collected | None] = ContextVar("glbackend_collected", default=None)


@contextmanager
def collected() -> Iterator[Collected]:
    """Within the block what layers that are called add goes into what it gives."""
    found = Collected()
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def penalties_so_far() -> list[Tensor] | None:
    """The penalties of layers that were called in the present block; None outside of all blocks."""
    found = _collected.get()
    return None if found is None else found.penalties


def charge(regularizer: Regularizer, result: Any) -> None:
    """Adds the penalty of what a layer gave, a tensor or a list of them, divided by the examples."""
    found = _collected.get()
    if found is not None:
        # differs from TF.js: the regularizer counts, as in Keras; there it is refused
        for one in result if isinstance(result, list | tuple) else [result]:
            found.penalties.append(regularizer(one) * (1.0 / max(one.shape[0] if one.rank else 1, 1)))


class Charging:
    """The part of a layer by which it adds to the loss and to the metrics of its model."""

    def add_loss(self, losses: Any) -> None:
        """Adds to the loss of the model that the layer is part of; to be called in `call`. As Keras's.

        `losses`: a scalar tensor, or a list of them; or functions that give one, which may be added at any
        time and are called for each loss.

        >>> import glbackend as gl
        >>> class Pricey(gl.layers.Layer):
        ...     def call(self, inputs):
        ...         self.add_loss(inputs.square().mean())
        ...         return inputs
        >>> model = gl.sequential([Pricey(input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.evaluate(gl.ones([2, 1]), gl.ones([2, 1]))
        1.0
        """
        found = _collected.get()
        for one in losses if isinstance(losses, list | tuple) else [losses]:
            if callable(one) and not isinstance(one, Tensor):
                self._loss_functions.append(one)
            elif not isinstance(one, Tensor) or one.size != 1:
                raise ArgumentError(f"add_loss: takes scalar tensors, or functions of one, got {one!r}")
            elif found is not None:
                found.penalties.append(one.reshape(()))

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = None) -> None:
        """Reports the mean of a value by a name with the metrics; to be called in `call`. As tf_keras's.

        `value`: a tensor; its mean is taken.
        `name`: that of the reports.
        `aggregation`: None or "mean", there for tf_keras's sake.

        >>> import glbackend as gl
        >>> class Watched(gl.layers.Layer):
        ...     def call(self, inputs):
        ...         self.add_metric(inputs.abs(), "size")
        ...         return inputs
        >>> model = gl.sequential([Watched(input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.evaluate(gl.ones([2, 1]), gl.ones([2, 1]), return_dict=True)
        {'loss': 0.0, 'size': 1.0}
        """
        if not name or aggregation not in (None, "mean"):
            raise ArgumentError(
                f"add_metric: needs a name and the aggregation 'mean', got {name!r}, {aggregation!r}"
            )
        if name not in self._metric_names:
            self._metric_names.append(name)
        found = _collected.get()
        if found is not None:
            found.metrics[name] = value.mean() if value.rank else value

    @property
    def _loss_functions(self) -> list[Callable[[], Tensor]]:
        """The functions of `add_loss`."""
        return vars(self).setdefault("_loss_functions", [])

    @property
    def _metric_names(self) -> list[str]:
        """The names of `add_metric`, known once the layer was called or traced."""
        return vars(self).setdefault("_metric_names", [])
