"""How a model is trained, as Keras's files say it: optimizer, loss and metrics."""

from collections.abc import Mapping
from typing import Any

from glbackend.base.calling import parameters_of
from glbackend.base.errors import ArgumentError, UnsayableTrainingError
from glbackend.base.naming import snake_case
from glbackend.base.registered import function_entry, own_entry
from glbackend.base.registry import Registry, serialize
from glbackend.optimizers.optimizer import OPTIMIZERS, Optimizer
from glbackend.optimizers.schedules import SCHEDULES
from glbackend.training.loss import LOSS_CLASSES
from glbackend.training.losses import LOSSES
from glbackend.training.metrics import METRIC_CLASSES, METRICS
from glbackend.training.trainer import Trainer

Json = dict[str, Any]
FUNCTIONS = {  # where Keras has other names
    "cosine_proximity": "cosine_similarity",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
}
OPTIMIZERS_OF_KERAS = {"RMSProp": "RMSprop"}  # likewise
OURS_ALONE = {"corrected": None, "decay": 0.0}  # arguments that Keras lacks, and what says nothing


def training_config(trainer: Trainer, optimizer: Optimizer) -> Json:
    """What `compile` was given, as `compile_config` holds it.

    UnsayableTrainingError for what Keras has no words for.
    Adam with TF.js's place of epsilon is written as Keras's.
    """
    goals = trainer.goals
    return {
        "optimizer": _optimizer(optimizer),
        "loss": _goal(goals.loss, LOSSES, LOSS_CLASSES, "keras.losses"),
        "loss_weights": goals.loss_weights,
        "metrics": _goal(goals.metrics, METRICS, METRIC_CLASSES, "keras.metrics"),
        "weighted_metrics": _goal(goals.weighted_metrics, METRICS, METRIC_CLASSES, "keras.metrics"),
        "run_eagerly": bool(trainer.run_eagerly),
        "steps_per_execution": 1,
        "jit_compile": False,
    }


def _entry(module: str, name: str, config: Any) -> Json:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _own_entry(thing: Any, name: str) -> Json:
    return own_entry(type(thing), name, serialize(thing.get_config()))


def _optimizer(optimizer: Optimizer) -> Json:
    cls = type(optimizer)
    known = OPTIMIZERS.known(cls)
    if known is not None and known.own and optimizer.has_own_step:
        return _own_entry(optimizer, known.name)
    if known is None or known.own or cls.__name__ == "Momentum":
        raise UnsayableTrainingError(f"save: Keras has no optimizer {cls.__name__}")
    config: Json = {"name": snake_case(cls.__name__)}
    for key in parameters_of(cls):
        value = getattr(optimizer, key, None)
        if key in OURS_ALONE:
            if value and key != "corrected":
                raise UnsayableTrainingError(f"save: Keras's {cls.__name__} has no {key}, which is {value!r}")
        elif key not in ("name", "learning_rate"):
            config[key] = value
    rate = optimizer.schedule
    config["learning_rate"] = optimizer.learning_rate if rate is None else _schedule(rate)
    return _entry("keras.optimizers", OPTIMIZERS_OF_KERAS.get(optimizer.class_name, cls.__name__), config)


def _schedule(schedule: Any) -> Json:
    known = SCHEDULES.known(type(schedule))
    if known is None:
        raise UnsayableTrainingError(
            f"save: the rate is a function, {schedule!r}, which has no name in a file"
        )
    if known.own:
        return _own_entry(schedule, known.name)
    return _entry("keras.optimizers.schedules", known.name, schedule.get_config())


def _goal(value: Any, functions: Registry[Any], classes: Registry[Any], module: str) -> Any:
    """A loss or a metric, and lists and dicts of them."""
    if value is None:
        return None
    if isinstance(value, Mapping) and "class_name" in value:  # of a file
        value = classes.get(value)
    if isinstance(value, Mapping):
        return {key: _goal(one, functions, classes, module) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_goal(one, functions, classes, module) for one in value]
    if isinstance(value, str):
        return _name(value)
    if hasattr(value, "get_config"):
        known = classes.known(type(value))
        own = known is None or known.own
        if own is False and type(value).__name__ == "MeanMetricWrapper":
            config = {**value.get_config(), "fn": _goal(value.fn, functions, classes, module)}
            return _entry(module, "MeanMetricWrapper", config)
        name = type(value).__name__ if known is None else known.name
        return _own_entry(value, name) if own else _entry(module, name, serialize(value.get_config()))
    try:
        name = functions.serialize(value)
    except ArgumentError as error:
        raise UnsayableTrainingError(f"save: {error}") from None
    found = functions.lookup(name)
    if found is not None and not found.own:
        return _name(name)
    return function_entry(value, name)


def _name(given: str) -> Any:
    plain = snake_case(given)
    if plain == "categorical_generalized_cross_entropy":  # which Keras has as a class alone
        return _entry("keras.losses", "CategoricalGeneralizedCrossEntropy", {})
    return FUNCTIONS.get(plain, plain)
