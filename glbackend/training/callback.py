"""What fit, evaluate and predict call while they run: the base class, and how others' objects become one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from glbackend.base.calling import Explained
from glbackend.base.errors import ArgumentError
from glbackend.base.naming import check_spelling, snake_case
from glbackend.base.registry import Registry
from glbackend.training.place import Place
from glbackend.training.trainable import Trainable

Logs = dict[str, float]


class Callback(metaclass=Explained):
    """What fit calls while it trains: override the hooks that you need. As `tf.Callback` and Keras's.

    Hooks get the number of the `epoch`, or of the `batch` in its epoch, from 0, and `logs`: a dict of floats
    by name, "loss" and the metrics of the batch or the epoch, at the end of an epoch also "val_..." values.
    `on_batch_end`, `on_train_batch_end` and `on_test_batch_end` cost a read-back at every step, the others
    none. While fit runs `self.model` is the model (`self.model.stop_training = True` ends fit), `self.params`
    a dict of what was asked for: "epochs", "initial_epoch", "steps", "samples", "batch_size" (None where a
    data set does not tell), "verbose", "do_validation", "metrics".

    >>> class Shout(Callback):
    ...     def on_epoch_end(self, epoch, logs):
    ...         print(epoch, sorted(logs))
    >>> Shout().on_epoch_end(0, {"loss": 1.0})
    0 ['loss']
    """

    model: Trainable
    params: dict[str, Any]
    place: Place  # where fit is
    remembered = True  # whether its state is of use to a training that goes on
    only_shows = False  # whether all it does is to show or write: of several processes one does so

    def __setattr__(self, name: str, value: Any) -> None:
        check_spelling(self, name)
        super().__setattr__(name, value)

    @property
    def reads_batches(self) -> bool:
        """Whether the loss must be read back after every batch."""
        return self._overrides("on_batch_end") or self._overrides("on_train_batch_end")

    @property
    def reads_test_batches(self) -> bool:
        """The same of batches of evaluate, and of validation."""
        return self._overrides("on_test_batch_end")

    def _overrides(self, hook: str) -> bool:
        return getattr(type(self), hook) is not getattr(Callback, hook)

    def set_model(self, model: Trainable) -> None:
        """Takes the model, before anything else."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Takes what was asked for, before anything else."""
        self.params = params

    def state(self) -> dict[str, Any]:
        """What it has to remember for a training that is broken off and goes on in another process."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Takes up what `state` gave."""

    def on_train_begin(self, logs: Logs) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs) -> None:
        """After the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """After an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a batch; `logs` has its "batch" and "size"."""

    def on_batch_end(self, batch: int, logs: Logs) -> None:
        """After a batch; `logs` has also its loss and metrics."""

    def on_train_batch_begin(self, batch: int, logs: Logs) -> None:
        """Keras's newer name of `on_batch_begin`."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        """Keras's newer name of `on_batch_end`."""
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs: Logs) -> None:
        """Before evaluate, or a validation."""

    def on_test_end(self, logs: Logs) -> None:
        """After it; `logs` has the loss and the metrics."""

    def on_test_batch_begin(self, batch: int, logs: Logs) -> None:
        """Before a batch of it; `logs` has its "batch" and "size"."""

    def on_test_batch_end(self, batch: int, logs: Logs) -> None:
        """After a batch of it; `logs` has also its loss and metrics."""

    def on_predict_begin(self, logs: dict[str, Any]) -> None:
        """Before predict."""

    def on_predict_end(self, logs: dict[str, Any]) -> None:
        """After it."""

    def on_predict_batch_begin(self, batch: int, logs: dict[str, Any]) -> None:
        """Before a batch of it."""

    def on_predict_batch_end(self, batch: int, logs: dict[str, Any]) -> None:
        """After a batch of it; `logs` has its "outputs", tensors."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))
CALLBACKS: Registry[Callback] = Registry("callback", Callback, functions=False)


class CustomCallback(Callback):
    """A callback made of functions. As the object of functions that TF.js's fit takes.

    `functions` has a function by the name of its hook, "onEpochEnd" or "on_epoch_end", with the arguments
    that the hook of `Callback` gets. ArgumentError for a name that is no hook.

    >>> CustomCallback({"onEpochEnd": lambda epoch, logs: print(epoch)}).on_epoch_end(3, {})
    3
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = {snake_case(name): function for name, function in functions.items()}
        unknown = set(self._functions) - set(HOOKS)
        if unknown:
            raise ArgumentError(f"unknown hook {', '.join(sorted(unknown))}: use {', '.join(HOOKS)}")
        for name, function in self._functions.items():
            setattr(self, name, function)

    def _overrides(self, hook: str) -> bool:
        return hook in self._functions


@CALLBACKS.declare()
class LambdaCallback(CustomCallback):
    """A callback made of functions. As Keras's LambdaCallback.

    `functions`: by the names of hooks, `on_epoch_end=lambda epoch, logs: ...`; None for a hook is left out.

    >>> import glbackend as gl
    >>> gl.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch)).on_epoch_end(3, {})
    3
    """

    def __init__(self, **functions: Callable[..., Any] | None) -> None:
        super().__init__({name: one for name, one in functions.items() if one is not None})


class Foreign(CustomCallback):
    """Somebody's object with the names of hooks, of Keras's own Callback for example."""

    def __init__(self, other: Any) -> None:
        self.other = other
        super().__init__(
            {name: getattr(other, name) for name in HOOKS if callable(getattr(other, name, None))}
        )

    def _overrides(self, hook: str) -> bool:
        own = {vars(base).get(hook) for base in type(self.other).__mro__ if base.__name__ != "Callback"}
        return bool(own - {None})

    def set_model(self, model: Trainable) -> None:
        if hasattr(self.other, "set_model"):
            self.other.set_model(model)
        else:
            self.other.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        if hasattr(self.other, "set_params"):
            self.other.set_params(params)
        else:
            self.other.params = params


def as_callbacks(given: Any) -> list[Callback]:
    """The callbacks of fit's argument: none, one or its name, a dict of functions, or a list of these."""
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [CustomCallback(given)]
    if isinstance(given, Callback | str):
        return [CALLBACKS.get(given)]
    if isinstance(given, CallbackList):
        return given.callbacks
    if isinstance(given, list | tuple):
        return [one for part in given for one in as_callbacks(part)]
    if any(callable(getattr(given, name, None)) for name in HOOKS):
        return [Foreign(given)]
    raise ArgumentError(
        f"callbacks must be Callback objects or dicts of functions, got {type(given).__name__}"
    )


class CallbackList:
    """Callbacks that are called one after the other, for loops of one's own. As Keras's CallbackList.

    `callbacks`: as in `fit`. `model`: what they get as `self.model`. `params`: what they get as
    `self.params`, by name.

    It has every hook of `Callback`, and `call(hook, *arguments)`.

    >>> import glbackend as gl
    >>> calls = gl.callbacks.CallbackList({"onEpochEnd": lambda epoch, logs: print(epoch, logs)})
    >>> calls.on_epoch_end(3)
    3 {}
    """

    def __init__(self, callbacks: Any = None, model: Any = None, **params: Any) -> None:
        self.callbacks = as_callbacks(callbacks)
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def append(self, callback: Any) -> None:
        """Adds callbacks, given as in `fit`."""
        self.callbacks += as_callbacks(callback)

    def set_model(self, model: Any) -> None:
        """Gives all of them the model."""
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Gives all of them what was asked for."""
        for callback in self.callbacks:
            callback.set_params(params)

    def call(self, hook: str, *arguments: Any) -> None:
        """Calls a hook of every callback."""
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def __getattr__(self, name: str) -> Any:
        if name not in HOOKS:
            raise AttributeError(f"CallbackList has no attribute {name!r}")
        numbered = "epoch" in name or "batch" in name

        def hook(*arguments: Any, logs: Any = None) -> None:
            given = [*arguments] if len(arguments) > numbered else [*arguments, {} if logs is None else logs]
            self.call(name, *given)

        return hook
