"""What layers adapt to before training, and the one that learns where to cut."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, DtypeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.encoding import encoded, mode_of
from glbackend.layers.layer import Layer, layer
from glbackend.layers.policy import NUMBERS
from glbackend.ops.create import tensor
from glbackend.ops.sort import upper_bound

Array = np.ndarray[Any, Any]


TEXTS, FIGURES = ("texts", "SU"), ("numbers", "biuf")  # in words, and NumPy's kinds of dtypes


def batches_of(
    data: Any, steps: int | None = None, kind: tuple[str, str] = FIGURES, whose: str = "a layer"
) -> Iterator[Array]:
    """The arrays that a layer adapts to: one that is given whole, or the first `steps` of an iterable's.

    Of batches that are tuples the first member counts, what a model is given. Data of another `kind`, and
    none at all, raise errors that name the layer, `whose` they are.

    >>> [one.tolist() for one in batches_of([[1, 2], [3, 4]])], len(list(batches_of(iter([[1], [2]]))))
    ([[[1, 2], [3, 4]]], 2)
    """
    batches: Iterable[Any] = [data]
    if not isinstance(data, Tensor | np.ndarray | list | tuple):
        if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
            raise ArgumentError(
                f"{whose}: adapt takes an array, a tensor or batches of them, got {got(data)}"
            )
        batches = (batch[0] if isinstance(batch, tuple) else batch for batch in islice(data, steps))
    found = False
    for batch in batches:
        array = _array(batch, kind, whose)
        if array.size:
            found = True
            yield array
    if not found:
        raise ArgumentError(f"{whose}: adapt has no data to learn from, got {got(data)}")


def _array(given: Any, kind: tuple[str, str], whose: str) -> Array:
    try:
        array = given.numpy() if isinstance(given, Tensor) else np.asarray(given)
    except ValueError:  # rows of different lengths
        raise ArgumentError(f"{whose}: adapt takes regular arrays, got {got(given)}") from None
    found = array.dtype.kind
    if array.dtype == object:
        texts = {isinstance(one, str | bytes) for one in array.ravel()}
        found = "O" if len(texts) > 1 else "U" if texts == {True} else np.asarray(array.tolist()).dtype.kind
    if array.size and found not in kind[1]:
        raise DtypeError(f"{whose}: adapt takes {kind[0]}, got {got(given)}")
    return array


@layer("discretization")
class Discretization(Layer):
    """The number of the range that each value lies in; ranges are given, or learned from data by `adapt`.

    `bin_boundaries`: where a range ends and the next one begins, ascending.
    `num_bins`: in place of these how many ranges, of equal shares of the data, `adapt` looks for.
    `epsilon`: how far these shares may be off.
    `output_mode`: "int" gives numbers, "one_hot", "multi_hot" and "count" vectors as `category_encoding`.

    Raises ArgumentError where neither is given. As Keras's Discretization.

    >>> import glbackend as gl
    >>> gl.layers.discretization(bin_boundaries=[0., 1.])(gl.tensor([[-1., 0., 5.]])).numpy().tolist()
    [[0, 1, 2]]
    """

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if bin_boundaries is None and num_bins is None:
            raise ArgumentError("discretization: pass bin_boundaries, or num_bins and call adapt")
        self.bin_boundaries = None if bin_boundaries is None else [float(one) for one in bin_boundaries]
        if any(not a <= b for a, b in pairwise(self.bin_boundaries or ())):
            raise ArgumentError(f"discretization: bin_boundaries must ascend, got {self.bin_boundaries}")
        self.num_bins = None if num_bins is None else self.positive("num_bins", num_bins)
        self.epsilon = self.share("epsilon", epsilon)
        self.output_mode = mode_of(output_mode, ("int", "one_hot", "multi_hot", "count"), "discretization")

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the boundaries.

        `data`: an array, a tensor, or batches of them.
        `steps`: how many batches count, by default all.
        """
        if self.num_bins is None:
            raise ArgumentError(f"discretization {self.name!r}: its bin_boundaries were given")
        summary = np.empty((2, 0), np.float32)
        for batch in batches_of(data, steps, whose=f"discretization {self.name!r}"):
            more = np.concatenate([summarized(batch, self.epsilon), summary], 1)
            summary = compressed(more[:, np.argsort(more[0])], self.epsilon)
        self.bin_boundaries = compressed(summary, 1 / self.num_bins)[0, :-1].tolist()

    def call(self, inputs: Tensor) -> Tensor:
        if self.bin_boundaries is None:
            raise ArgumentError(f"discretization {self.name!r}: it has no boundaries yet: call adapt")
        self.takes(inputs, *NUMBERS)
        bounds = tensor([self.bin_boundaries], dtype="float32").reshape((1, -1))
        numbers = upper_bound(bounds, inputs.reshape((1, -1))).reshape(inputs.shape)
        if self.output_mode == "int":
            return numbers
        return encoded(numbers, self.output_mode, len(self.bin_boundaries) + 1)


def summarized(values: Array, epsilon: float) -> Array:
    """Values in order, and how many each one stands for: at most 1 / epsilon of them. As Keras does it."""
    ordered = np.sort(values.ravel()).astype(np.float32)
    step = max(ordered.size * epsilon, 1.0)
    chosen = ordered[int(step - 1) :: int(step)]
    return np.stack([chosen, np.full_like(chosen, step)])


def compressed(summary: Array, epsilon: float) -> Array:
    """A summary of no more than 1 / epsilon values. As Keras does it."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    sums = summary[1].cumsum()
    values = np.interp(shares, sums / sums[-1], summary[0])
    sums = np.interp(shares, summary[1].cumsum() / sums[-1], sums)
    return np.stack([values, np.diff(sums, prepend=0.0)]).astype(np.float32)
