"""Saved optimizers, in the spellings of TF.js and of Keras 2 and 3."""

from collections.abc import Mapping
from typing import Any

from glbackend.base.calling import parameters_of

# Keras's arguments that not every class has here, and without which it would train on by other numbers
NEEDED = {"amsgrad", "centered"}


def spelled(cls: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an optimizer's class that a config means: learningRate, learning_rate, beta_1, beta1.

    What it does not know is left out, but for a few arguments that change numbers. Keras 2's `decay` divides
    the rate of step n, from 0, by 1 + decay * n.
    """
    arguments = parameters_of(cls)
    known = {_plain(name): name for name in arguments}
    known |= {_plain(theirs): ours for ours, theirs in cls.file_names.items()}
    given = {_plain(key): value for key, value in config.items()}
    legacy = "decay" not in known or ("rho" in given and known["decay"] == "rho")
    if legacy and (decay := given.pop("decay", None)):
        first = {"initial_learning_rate": given["learningrate"], "decay_steps": 1, "decay_rate": decay}
        given["learningrate"] = {"class_name": "InverseTimeDecay", "config": first}
    found = {
        known.get(key, key): value
        for key, value in given.items()
        if value is not None and (key in known or (key in NEEDED and value))
    }
    off = [name for name, value in found.items() if value is False and arguments[name].default is None]
    return {name: value for name, value in found.items() if name not in off}


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
