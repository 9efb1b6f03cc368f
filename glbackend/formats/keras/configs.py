"""What Keras says of a model in more words than its layers need: dtype policies, how it was trained."""

from collections.abc import Mapping
from typing import Any

from glbackend.base.errors import ModelFormatError

DEEPEST = 200  # of what stands within each other in a config
SILENT = ("module", "registered_name")  # where Keras finds a class


def plainly_typed(value: Any, depth: int = 0) -> Any:
    """A config without quantised dtypes: their weights are given as the numbers that they stand for."""
    if depth > DEEPEST:
        raise ModelFormatError(f"its config is more than {DEEPEST} levels deep")
    if isinstance(value, list):
        return [plainly_typed(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    name, config = value.get("class_name"), value.get("config")
    if name == "DTypePolicyMap" and isinstance(config, dict):
        return plainly_typed(config.get("default_policy"), depth + 1)
    if isinstance(name, str) and name.startswith("Quantized") and isinstance(config, dict):
        if config.get("mode") != "int8":
            raise ModelFormatError(f"weights quantised as {config.get('mode')!r}: only int8 is read")
        return config.get("source_name", "float32")
    return {key: plainly_typed(one, depth + 1) for key, one in value.items() if key != "quantization_config"}


def training_of(config: Any) -> dict[str, Any] | None:
    """Optimizer, loss and metrics in the keys of TF.js's and Keras 2's files; None where there are none."""
    if not isinstance(config, Mapping):
        return None
    found = {key: named(one) for key, one in config.items()}
    optimizer = found.pop("optimizer", None) or found.get("optimizer_config")
    if optimizer is None and found.get("loss") is None:
        return None
    optimizer = {"class_name": optimizer} if isinstance(optimizer, str) else optimizer
    return {**found, "optimizer_config": optimizer}


def named(value: Any) -> Any:
    """Functions by name, objects by class and config."""
    if isinstance(value, list):
        return [named(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("class_name") == "function" and isinstance(value.get("config"), str):
        return value["config"].rpartition(">")[2]  # without the package of a user's
    return {key: named(one) for key, one in value.items() if key not in SILENT}
