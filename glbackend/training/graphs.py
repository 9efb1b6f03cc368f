"""Steps of a trainer as graphs, where all that they run is ours; what users wrote runs as it is.

A step is captured when batches of a shape come for the second time: who calls once pays nothing for it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from glbackend.base.calling import parameters_of
from glbackend.base.config import settings_version
from glbackend.base.errors import GraphWarning, TraceError, warn_user
from glbackend.base.naming import ours
from glbackend.graph.function import Function
from glbackend.graph.outside import Looks, outside
from glbackend.training.trainable import Trainable


class Graphs:
    """The captured steps of a model.

    `run_eagerly`: True for none; False for all; None, where nothing is said, if the trainer (`plain`), the
    model and all its layers are the library's own: those of a user's may do in Python what a graph would not
    do again. Of functions among what the model was compiled with (`given`) and its layers were made of, all
    that they take from outside has to be known.
    """

    def __init__(
        self, model: Trainable, plain: bool, run_eagerly: bool | None = None, given: Iterable[Any] = ()
    ) -> None:
        self.model = model
        self.plain = plain
        self.run_eagerly = run_eagerly
        self.given = list(given)
        self._forget()

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_captured": {}, "_version": (), "_allowed": None, "_outside": ()}

    def _forget(self) -> None:
        self._captured: dict[str, Function] = {}
        self._allowed: bool | None = None
        self._outside: Looks = ()
        self._version: tuple[Any, ...] = ()  # the settings, the optimizer, the outputs: layers may be added

    def of(self, step: Callable[..., Any]) -> Callable[..., Any]:
        """A step as it is to be called; one of the model's own, which is no method of a trainer, as it is."""
        if not (hasattr(step, "__self__") and self.allowed()):
            return step

        def run(*arguments: Any) -> Any:
            captured = self._graph(step)
            if captured is None:
                return step(*arguments)
            try:
                return captured(*arguments)
            except TraceError as error:
                self._allowed = False
                warn_user(
                    f"the steps of this model run kernel by kernel, as they cannot be captured: {error} "
                    f"(compile(..., run_eagerly=True) asks for that)",
                    GraphWarning,
                )
                return step(*arguments)

        return run

    def _graph(self, step: Callable[..., Any]) -> Function | None:
        """The captured step, as the model is now; None where steps may not be captured."""
        version = settings_version(), self.model.optimizer, self.model._symbolic_outputs
        if self._version != version:
            self._forget()
            self._version = version[0], version[1], list(version[2])
        if not self.allowed():
            return None
        if step.__name__ not in self._captured:
            self._captured[step.__name__] = Function(step, None, automatic=True, outside=self._outside)
        return self._captured[step.__name__]

    def allowed(self) -> bool:
        """Whether steps may be captured."""
        if self._allowed is None:
            known = [self.model, *self.model._trainable_flags(), *self.model._own_metrics]
            found = outside(self._functions())
            self._outside = found or ()
            own_step = getattr(self.model.optimizer, "has_own_step", False)
            steady = self.plain and all(map(ours, known)) and found is not None and not own_step
            self._allowed = steady if self.run_eagerly is None else not self.run_eagerly
        return self._allowed

    def _functions(self) -> Iterator[Any]:
        """What a step calls beside layers: some may be a user's."""
        yield from _each(self.given)
        for weight in self.model._own_weights:
            yield from (weight.regularizer, weight.constraint)
        for layer in self.model._trainable_flags():
            for name in parameters_of(type(layer)):
                value = vars(layer).get(name)
                if callable(value):
                    yield value


def _each(value: Any) -> Iterator[Any]:
    """What stands in lists and dicts."""
    if isinstance(value, list | tuple | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _each(one)
    else:
        yield value
