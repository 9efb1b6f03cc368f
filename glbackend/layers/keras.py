"""Keys of Keras's layer configs that no constructor here takes: refused where they change the result."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glbackend.base.calling import parameters_of
from glbackend.base.errors import ArgumentError

# classes that Keras keeps with its architectures, out of keras.layers, by their modules
ASIDE = {
    "LayerScale": "keras.src.applications.convnext",
    "StochasticDepth": "keras.src.applications.convnext",
    "CustomScaleLayer": "keras.src.applications.inception_resnet_v2",
}


@functools.cache
def _table() -> Any:
    """Keras's keys with their defaults, and those that are harmless, with the reason; see its origin."""
    return json.loads(Path(__file__).with_name("keras_keys.json").read_text(encoding="utf-8"))


def keys_of(class_name: str) -> set[str] | None:
    """The keys that Keras's configs of a class have besides those of all layers; None where it has no such.

    >>> keys_of("Flatten"), keys_of("Flattened")
    ({'data_format'}, None)
    """
    found = _table()["layers"].get(class_name)
    return None if found is None else set(found)


def is_default(class_name: str, key: str, value: Any) -> bool:
    """Whether a key of a class's config, left out, means that value in every Keras that knows the key.

    >>> is_default("Conv2D", "groups", 1), is_default("Conv2D", "groups", 2)
    (True, False)
    """
    known = _table()["layers"].get(class_name, {}).get(key, [])
    return len(known) == 1 and _plain(value) == known[0]


def says_nothing(key: str) -> bool:
    """Whether a key changes nothing that a layer gives, as a seed does."""
    return key in _table()["harmless"]


def arguments_of(cls: Any, config: Mapping[str, Any]) -> dict[str, Any]:
    """What a layer class takes of a config; ArgumentError for what it would drop and what says something."""
    known, given = parameters_of(cls), {}
    for key, value in config.items():
        name = cls.other_names.get(key, key)
        if name in known:
            given[name] = value
        else:
            refuse_unless_default(cls.class_name, config.get("name"), key, value)
    return given


def refuse_unless_default(class_name: str, layer: Any, key: str, value: Any) -> None:
    """ArgumentError for a key that is unknown here, unless its value says nothing or is Keras's default.

    >>> refuse_unless_default("Conv2D", "c", "groups", 1)
    >>> refuse_unless_default("Conv2D", "c", "groups", 2)
    Traceback (most recent call last):
    glbackend.base.errors.ArgumentError: Conv2D 'c': its config has groups = 2, which does not exist here...
    """
    table = _table()
    defaults = table["layers"].get(class_name, {}).get(key, [])
    if value is None or _plain(value) in defaults or key in table["harmless"]:
        return
    known = f": only {' or '.join(map(repr, defaults))}" if defaults else ""
    raise ArgumentError(
        f"{class_name} {layer!r}: its config has {key} = {value!r}, which does not exist here{known}"
    )


def _plain(value: Any) -> Any:
    """The value as the table has it: without the places where Keras finds a class."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items() if key not in ("module", "registered_name")}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


# hard_sigmoid as Keras 3 can say it: an activation may be any object that is called, layers too
HARD_SIGMOID_LAYERS = (
    ("Rescaling", {"scale": 0.2, "offset": 0.5}),
    ("ReLU", {"max_value": 1.0}),
)


def is_hard_sigmoid(entry: Any) -> bool:
    """Whether a file's entry of an activation is the row of those layers.

    >>> is_hard_sigmoid({"class_name": "Sequential", "config": {"layers": []}})
    False
    """
    if not isinstance(entry, Mapping):
        return False
    config = entry.get("config")
    within = config.get("layers") if isinstance(config, Mapping) else None
    if entry.get("class_name") != "Sequential" or not isinstance(within, list):
        return False
    row = [one for one in within if isinstance(one, Mapping) and one.get("class_name") != "InputLayer"]
    return len(row) == len(HARD_SIGMOID_LAYERS) and all(
        one.get("class_name") == name and options.items() <= (one.get("config") or {}).items()
        for one, (name, options) in zip(row, HARD_SIGMOID_LAYERS, strict=True)
    )
