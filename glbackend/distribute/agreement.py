"""What has to be the same on all ranks, and errors that say where it is not."""

import hashlib
import json
import platform
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.distribute.ranks import Ranks
from glbackend.engine.tensor import Variable
from glbackend.optimizers.optimizer import Optimizer
from glbackend.training.callback import Callback, Logs
from glbackend.training.trainable import Trainable

Facts = list[tuple[str, str]]  # what there is, and how it is


def facts_of(model: Trainable, goals: Any) -> Facts:
    """What is compared before the first step: versions, layers, weights, optimizer, goals."""
    trained = {one.id for one in model.trainable_weights}
    weights = []
    for i, one in enumerate(model._own_weights):
        state = "trainable" if one.variable.id in trained else "not trainable"
        described = f"{one.variable.dtype}{list(one.variable.shape)}, {state}"
        weights.append((f"weight {i} ({one.variable.name})", described))
    layers = [one for one in model._with_inner_layers() if not hasattr(one, "_usual_steps")]  # no models
    optimizer = model.optimizer
    return [
        ("the version of glbackend", _version()),
        ("the version of Python", ".".join(platform.python_version_tuple()[:2])),
        ("the version of NumPy", np.__version__),
        ("the number of weights", str(len(weights))),
        ("the optimizer", f"{optimizer.class_name} {json.dumps(optimizer.get_config(), default=_plain)}"),
        ("the loss", _plain(goals.loss)),
        ("the metrics", _plain([goals.metrics, goals.weighted_metrics])),
        *weights,
        ("the number of layers", str(len(layers))),
        *((f"layer {i} ({type(one).__name__})", _config(one)) for i, one in enumerate(layers)),
    ]


@cache
def _version() -> str:
    try:
        return version("glbackend")
    except PackageNotFoundError:  # run from its folder
        return "not installed"


def _config(layer: Any) -> str:
    """What makes a layer, as JSON; nothing of one of the user's own that does not say."""
    try:
        return json.dumps(_unnamed(layer.get_config()), default=_plain)
    except (ArgumentError, NotImplementedError):
        return "{}"


def _unnamed(config: Any) -> Any:
    """A config without names, which count what else a process has made."""
    if isinstance(config, dict):
        return {key: _unnamed(one) for key, one in config.items() if key != "name"}
    return [_unnamed(one) for one in config] if isinstance(config, list | tuple) else config


def _plain(value: Any) -> str:
    """What a value is, without addresses in memory."""
    if isinstance(value, dict):
        return str({key: _plain(one) for key, one in value.items()})
    if isinstance(value, list | tuple):
        return str([_plain(one) for one in value])
    if value is None or isinstance(value, str | int | float | bool):
        return str(value)
    name = str(getattr(value, "__name__", type(value).__name__))
    config = _config(value) if hasattr(value, "get_config") and not isinstance(value, type) else "{}"
    return name if config == "{}" else f"{name} {config}"


def compare(ranks: Ranks, facts: Facts, op: str) -> None:
    """ArgumentError on all ranks for the first fact that one of them has otherwise than rank 0."""
    texts = ranks.gather_text(json.dumps(facts))
    if len(set(texts)) == 1:
        return
    first = json.loads(texts[0])
    for rank, text in enumerate(texts):
        for (what, mine), (other, its) in zip(first, json.loads(text), strict=False):
            where = what if what == other else f"{what}, there {other}"
            if mine != its:
                where, mine, its = _narrowed(where, mine, its)
                raise ArgumentError(
                    f"{op}: all ranks have to train the same model in the same way, but {where} is {its} on "
                    f"rank {rank}, and {mine} on rank 0"
                )


def _narrowed(what: str, mine: str, its: str) -> tuple[str, str, str]:
    """Of two layers the argument that differs."""
    if not (what.startswith("layer ") and mine.startswith("{") and its.startswith("{")):
        return what, mine, its
    one, other = json.loads(mine), json.loads(its)
    key = next(key for key in (*one, *other) if one.get(key) != other.get(key))
    return f"{key} of {what}", repr(one.get(key)), repr(other.get(key))


def broadcast(ranks: Ranks, variables: Sequence[Variable]) -> None:
    """Gives all ranks the values that rank 0's variables have."""
    for one in variables if ranks.size > 1 else ():
        one.assign(ranks.broadcast(one.numpy()))


def broadcast_state(ranks: Ranks, optimizer: Optimizer, variables: Sequence[Variable]) -> None:
    """Gives all ranks what rank 0's optimizer remembers, which it alone may have read from a file."""
    if ranks.any(optimizer.iterations > 0):
        optimizer.ready(variables)
        count = ranks.broadcast(np.array([optimizer.iterations], np.int64))
        state = [
            (one, [ranks.broadcast(slot) for slot in optimizer.slots(one)])
            for one in (*variables, *optimizer.added)
        ]
        optimizer.restore(count, state)


def check_bits(ranks: Ranks, variables: Sequence[tuple[str, Variable]], op: str) -> None:
    """ArgumentError on all ranks that names the first variable whose bits differ."""
    digests = [hashlib.blake2b(one.numpy().tobytes(), digest_size=8).digest() for _, one in variables]
    found = ranks.gather(np.frombuffer(b"".join(digests), np.int64)[None])
    for i, (name, _) in enumerate(variables):
        others = [rank for rank, one in enumerate(found) if one[0, i] != found[0][0, i]]
        if others:
            raise ArgumentError(
                f"{op}: {name} has other bits on rank {', '.join(map(str, others))} than on rank 0: weights "
                f"are changed by training alone, or by all ranks alike"
            )


class Agreement(Callback):
    """What the ranks agree on while fit runs: whether to stop, and that their weights are the same."""

    remembered = False

    def __init__(self, trainer: Any, facts: Facts) -> None:
        self._trainer = trainer
        self._facts = facts  # how the training runs
        self._steps = 0

    @property
    def reads_batches(self) -> bool:
        return False

    def on_train_begin(self, logs: Logs) -> None:
        self._trainer.align("fit", self._facts)

    def on_train_batch_end(self, batch: int, logs: Logs) -> None:
        self._agree()
        self._steps += 1
        if self._steps % self._trainer.check_every == 0:
            self._trainer.check("fit")

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self._agree()

    def _agree(self) -> None:
        """One that wants to stop stops all."""
        self.model.stop_training = self._trainer.ranks.any(self.model.stop_training)
