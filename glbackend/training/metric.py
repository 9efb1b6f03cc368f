"""Metrics with state: what they have seen is kept on the device, and read when its user asks."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from glbackend.base.calling import Explained
from glbackend.base.config import Configured
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.naming import ours, snake_case
from glbackend.base.nested import leaves
from glbackend.base.registry import serialize
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers import initializers
from glbackend.ops.concat import stack
from glbackend.ops.create import fill
from glbackend.training.loss import spread


class Metric(Configured, metaclass=Explained):
    """Base of metrics: a subclass gives `update_state` and `result`. As Keras's.

    `update_state(self, y_true, y_pred, sample_weight=None)` takes a batch into account, with variables that
    `add_variable` makes; `result(self)` gives a tensor of them. Nothing is read back before its user reads
    the result.

    `name`: under which training reports it; made of the class's name where there is none.
    `dtype`: there for Keras's sake; states are float32.

    >>> class Largest(Metric):
    ...     def __init__(self, name="largest"):
    ...         super().__init__(name)
    ...         self.seen = self.add_variable([], "zeros", "seen")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.seen.assign(self.seen.maximum(y_pred.max()))
    ...     def result(self):
    ...         return self.seen
    >>> import glbackend as gl
    >>> largest = Largest()
    >>> [largest(None, gl.tensor([x])).item() for x in (2., 1.)]
    [2.0, 2.0]
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = dtype
        self._variables: list[tuple[Variable, Any]] = []  # each with its initializer
        self._awaited: list[Any] = []  # values of a state that was kept, for variables that are not made yet

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.takes_weights = "sample_weight" in inspect.signature(cls.update_state).parameters

    takes_weights = True  # whether `update_state` knows weights

    @property
    def variables(self) -> list[Variable]:
        """The state."""
        return [variable for variable, _ in self._with_starts()]

    def _with_starts(self) -> list[tuple[Variable, Any]]:
        """The variables with what they begin with; those that a user's class holds otherwise begin with 0.

        It may hold them in attributes, lists and dicts, and other metrics in the same way, as in Keras.
        """
        if ours(type(self)):
            return self._variables
        found = {id(variable): (variable, start) for variable, start in self._variables}
        for one in leaves(
            (Variable, Metric), [value for key, value in vars(self).items() if key != "_variables"]
        ):
            more = one._with_starts() if isinstance(one, Metric) else [(one, initializers.get("zeros"))]
            found |= {
                id(variable): (variable, start) for variable, start in more if id(variable) not in found
            }
        return list(found.values())

    def add_variable(
        self,
        shape: Sequence[int] | str = (),
        initializer: Any = "zeros",
        name: str | None = None,
        dtype: DType = "float32",
    ) -> Variable:
        """A variable of the state, which `reset_state` sets back. As Keras's `Metric.add_variable`.

        `shape`: of its value.
        `initializer`: what it begins with.
        `name`: for errors.
        `dtype`: of its value.

        >>> Metric("seen").add_variable([2]).numpy().tolist()
        [0.0, 0.0]
        """
        if isinstance(shape, str):  # Keras 2 has the name first
            return self.add_variable((), initializer, shape, dtype)
        start = initializers.get("zeros" if initializer is None else initializer)
        first = initializers.start_of(start, tuple(shape), dtype).cast(dtype)
        variable = Variable(first.handle, False, f"{self.name}/{name or len(self._variables)}")
        self._variables.append((variable, start))
        if self._awaited:
            variable.assign(self._awaited.pop(0))
        return variable

    add_weight = add_variable

    def update_state(
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> Any:
        """Takes a batch into account; a subclass gives it.

        `y_true` and `y_pred`: targets and predictions.
        `sample_weight`: a number for each example, or for each value.

        As Keras's `Metric.update_state`.

        >>> mean = Mean()
        >>> mean.update_state([1., 5.])
        >>> mean.result().item()
        3.0
        """
        raise ArgumentError(f"metric class {type(self).__name__} has no update_state()")

    def result(self) -> Any:
        """The value of all that was seen; a subclass gives it. As Keras's `Metric.result`.

        >>> Mean().result().item()
        0.0
        """
        raise ArgumentError(f"metric class {type(self).__name__} has no result()")

    def reset_state(self) -> None:
        """Forgets all that was seen. As Keras's `Metric.reset_state`.

        >>> mean = Mean()
        >>> mean.update_state([1., 5.])
        >>> mean.reset_state()
        >>> mean.result().item()
        0.0
        """
        self._awaited = []
        for variable, start in self._with_starts():
            first = initializers.start_of(start, variable.shape, variable.dtype)
            variable.assign(first.cast(variable.dtype))

    def state(self) -> list[Any]:
        """The values of the state, as arrays."""
        return [variable.numpy() for variable in self.variables]

    def set_state(self, state: Sequence[Any]) -> None:
        """Takes up what `state` gave.

        `state`: the arrays.
        """
        count = len(self.variables)
        for variable, values in zip(self.variables, state, strict=False):
            variable.assign(values)
        self._awaited = list(state[count:])

    def reset_states(self) -> None:
        """`reset_state`, by Keras 2's name."""
        self.reset_state()

    def __call__(self, *args: Any, **options: Any) -> Any:
        """`update_state` of these, then `result`."""
        self.update_state(*args, **options)
        return self.result()

    def add_to(self, variable: Variable, value: Tensor) -> None:
        """Adds to a variable of the state; what is trained by a tape does not know of it.

        `variable`: one of `add_variable`.
        `value`: a tensor of its shape.
        """
        with nothing_recorded():
            variable.assign(variable + value)


def numbers(given: Any, what: str, name: str) -> Tensor:
    """A float32 tensor of what a metric was given."""
    found = as_tensor(given, what, name)
    return found if found.dtype == "float32" else found.cast("float32")


class Mean(Metric):
    """The mean of numbers, weighed. As Keras's.

    `name`, `dtype`: as of `Metric`.

    >>> mean = Mean()
    >>> mean.update_state([1., 3.], sample_weight=[3., 1.])
    >>> mean.result().item()
    1.5
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_variable([], "zeros", "total")
        self.count = self.add_variable([], "zeros", "count")

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:  # type: ignore[override]
        """Takes numbers into account.

        `values`: numbers, or one.
        `sample_weight`: a number for each example, or for each value.
        """
        self.take(numbers(values, "values", self.name), sample_weight)

    def take(self, values: Tensor, sample_weight: TensorLike | None = None) -> None:
        """Adds the sums of a batch; an empty one adds nothing, where its mean would be NaN from then on."""
        if not values.size:
            return
        if sample_weight is None:
            total, count = values.mean() * float(examples(values)), fill([], float(examples(values)))
        else:
            total, count = sums(values, numbers(sample_weight, "sample_weight", self.name), self.name)
        self.add_to(self.total, total)
        self.add_to(self.count, count)

    def result(self) -> Tensor:
        return ratio(self.total, self.count)


def examples(values: Tensor) -> int:
    """How many examples values are of: their first axis, one where there is none."""
    return values.shape[0] if values.rank else 1


def sums(values: Tensor, weights: Tensor, name: str) -> tuple[Tensor, Tensor]:
    """The weighted sum, and that of the weights; values of an example count as their mean, as in Keras."""
    scales = spread(weights, values, f"{name}: values have shape", "weights")
    each = values.size / max(examples(values), 1)
    per_weight = scales.size / max(scales.shape[0], 1) if scales.rank else 1.0
    count = scales.sum() * (1.0 / per_weight) if scales.rank else scales * float(examples(values))
    return (values * scales).sum() * (1.0 / max(each, 1.0)), count


def ratio(part: Tensor, whole: Tensor) -> Tensor:
    """part / whole, 0 where whole is 0."""
    return part / (whole + whole.equal(0.0).cast("float32"))


class Sum(Metric):
    """The sum of numbers, weighed. As Keras's.

    `name`, `dtype`: as of `Metric`.

    >>> total = Sum()
    >>> total.update_state([1., 3.])
    >>> total.result().item()
    4.0
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_variable([], "zeros", "total")

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:  # type: ignore[override]
        """Takes numbers into account.

        `values`: numbers, or one.
        `sample_weight`: a number for each example, or for each value.
        """
        given = numbers(values, "values", self.name)
        if sample_weight is not None:
            weights = numbers(sample_weight, "sample_weight", self.name)
            given = given * spread(weights, given, f"{self.name}: values have shape", "weights")
        self.add_to(self.total, given.sum())

    def result(self) -> Tensor:
        return self.total + 0.0


class MeanMetricWrapper(Mean):
    """The mean of what a function of targets and predictions gives for each example. As Keras's.

    `fn`: the function; it may give one number for all examples too.
    `name`, `dtype`: as of `Metric`.
    `options`: what the function is given by name.

    >>> metric = MeanMetricWrapper(lambda y_true, y_pred: (y_true - y_pred).abs(), "off")
    >>> metric([1., 2.], [1., 4.]).item()
    1.0
    """

    def __init__(
        self, fn: Callable[..., Tensor], name: str | None = None, dtype: Any = None, **options: Any
    ) -> None:
        super().__init__(name or getattr(fn, "__name__", "metric"), dtype)
        self.fn, self.options = fn, options

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        self.take(self.values(y_true, y_pred), sample_weight)

    def values(self, y_true: TensorLike, y_pred: TensorLike) -> Tensor:
        """One value an example, or for each of its parts."""
        target, predicted = as_tensor(y_true, "y_true", self.name), as_tensor(y_pred, "y_pred", self.name)
        return self.fn(target, predicted, **self.options)

    def measured(self, y_true: Tensor, y_pred: Tensor, weights: Tensor | None) -> Tensor:
        """What a step of training hands on, the state as it was: the mean, or [sum, sum of weights]."""
        values = self.values(y_true, y_pred)
        if weights is None or not values.rank:
            return values.mean() if values.rank else values
        return stack(list(sums(values, weights, self.name)))

    def get_config(self) -> dict[str, Any]:
        """As of `Metric`, with what the function is given; and it, where the class does not say which."""
        own = {"fn": serialize(self.fn)} if type(self) is MeanMetricWrapper else {}
        return {"name": self.name, **own, **self.options}
