"""Keras 3's functional models in the spelling of Keras 2, which `serialization.graph_of` reads.

A call there is {"args", "kwargs"} with `__keras_tensor__` objects, functions of tensors are nodes too, and
weights may go by their paths: layers/dense_1/vars/0.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.base.registry import SHARED
from glbackend.engine.tensor import Variable
from glbackend.layers.layer import Layer
from glbackend.layers.operation import Operation, is_operation, place_of
from glbackend.models.naming import Arrays, weight_names
from glbackend.models.serialization import layer_configs

_BEFORE_WORD, _BEFORE_CAPITAL = re.compile(r"(.)([A-Z][a-z]+)"), re.compile(r"([a-z])([A-Z])")
_PATH = re.compile(r"(.*/)?vars/\d+$")
PRIVATE = {  # attributes that hold layers, and have an underscore in Keras's paths
    "MultiHeadAttention": ("gate_dense",),
    "GroupQueryAttention": ("query_dense", "key_dense", "value_dense", "gate_dense", "output_dense"),
}
PYTHON_CLASSES = {  # by whose names paths go
    "GroupQueryAttention": "GroupedQueryAttention",
    "Model": "Functional",
}
OVERRULED = "training"  # in a call's kwargs: the caller's value counts
BY_KEYWORD = ("inputs", "query", "value", "key")  # tensors that layers may be called with by name


def in_keras_2(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a model of Keras 3 as Keras 2 has it."""
    list(layer_configs(dict(entry)))  # raises where they lie too deep
    found = _entry(entry)
    within = [one["config"]["function"] for one in layer_configs(found) if _is_made(one)]
    if unknown := sorted(one for one in set(within) if not is_operation(one)):
        raise ModelFormatError(f"functions of tensors that do not exist here: {', '.join(unknown)}")
    _number_twins([one for one in layer_configs(found) if isinstance(one, dict)])
    return found


def _is_made(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.get("class_name") == Operation.class_name


def _number_twins(entries: list[dict[str, Any]]) -> None:
    """Gives a layer in several models one number in all of them: Keras 3.15 may forget it in the first."""
    numbers = [one.get(SHARED) for one in entries]
    for one in [one for one in entries if SHARED in one and numbers.count(one[SHARED]) == 1]:
        alike = [other for other in entries if SHARED not in other and _name_of(other) == _name_of(one)]
        twins = [other for other in alike if _plainly(other) == _plainly(one)]
        if len(twins) == 1:
            twins[0][SHARED] = one[SHARED]


def _plainly(entry: Mapping[str, Any]) -> Any:
    """Class and config, name included, without numbers of parts that are shared."""
    return _without_numbers([entry.get("class_name"), entry.get("config")])


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_numbers(one) for key, one in value.items() if key != SHARED}
    return [_without_numbers(one) for one in value] if isinstance(value, list) else value


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a layer or model."""
    config = entry.get("config")
    if not isinstance(config, dict):
        return dict(entry)
    if isinstance(config.get("layers"), list):
        config = {**config, "layers": [_entry(one) for one in config["layers"]]}
        for end in ("input", "output"):
            ends = config.get(f"{end}_layers")
            if isinstance(ends, dict):
                config |= {f"{end}_layers": _ends(ends), f"{end}_keys": sorted(ends)}
    if isinstance(config.get("layer"), dict):
        config = {**config, "layer": _entry(config["layer"])}
    found = {**entry, "config": config}
    operation, calls = _is_operation(entry), entry.get("inbound_nodes") or []
    if operation:
        name = config.get("name", entry.get("name"))
        options = {key: _plain(one) for key, one in config.items() if key != "name" and one is not None}
        made_of = {"name": name, "function": entry["class_name"], "options": options}
        found |= {"class_name": Operation.class_name, "config": made_of}
    if all(isinstance(one, dict) for one in calls):
        read = _operation_call if operation else _call
        found["inbound_nodes"] = [read(one, entry.get("name")) for one in calls]
    return found


def _is_operation(entry: Mapping[str, Any]) -> bool:
    """Whether it is a function of tensors, by its module; where files drop that, by `trainable`.

    Layers alone have that; Add, Concatenate and others are names of both.
    """
    module, config = entry.get("module"), entry.get("config")
    if isinstance(module, str):
        return ".ops." in f"{module}."
    return is_operation(str(entry.get("class_name"))) and "trainable" not in (config or ())


def _ends(ends: Any) -> Any:
    """Inputs or outputs as a list; a dict's in the order of its sorted keys, as Keras feeds them."""
    return [ends[key] for key in sorted(ends)] if isinstance(ends, dict) else ends


def _call(call: Mapping[str, Any], name: Any) -> list[Any]:
    """One call of a layer as [[layer, node, tensor, arguments], [layer, node, tensor], ...]."""
    given = {key: _plain(one) for key, one in (call.get("kwargs") or {}).items() if key != OVERRULED}
    args = [_ends(_plain(one)) for one in call.get("args") or []]
    args += [given.pop(key) for key in BY_KEYWORD if _is_reference(given.get(key))]
    one_list = len(args) == 1 and isinstance(args[0], list) and not _is_reference(args[0])
    tensors = args[0] if one_list else [one for one in args if one is not None]
    if not tensors or not all(map(_is_reference, tensors)):
        raise ModelFormatError(f"the call of {name!r} has other arguments than its tensors and keywords")
    return [[*tensors[0], given], *tensors[1:]]


def _operation_call(call: Mapping[str, Any], name: Any) -> list[Any]:
    """One call of a function, likewise: its arguments say where in them the tensors stand."""
    tensors: list[Any] = []

    def placed(value: Any) -> Any:
        if _is_reference(value):
            tensors.append(value)
            return place_of(len(tensors) - 1)
        if isinstance(value, list):
            return [placed(one) for one in value]
        return {key: placed(one) for key, one in value.items()} if isinstance(value, dict) else value

    given = [_plain(one) for one in call.get("args") or []]
    named = {key: _plain(one) for key, one in (call.get("kwargs") or {}).items() if one is not None}
    args, kwargs = placed(given), placed(named)
    if not tensors:
        raise ModelFormatError(f"the call of {name!r} has no tensor")
    arguments = {"kwargs": kwargs} if kwargs else {}
    if len(tensors) != len(given) or not all(map(_is_reference, given)):
        arguments["args"] = args
    return [[*tensors[0], arguments], *tensors[1:]]


def _plain(value: Any) -> Any:
    """A tensor as [layer, node, tensor], a tuple as a list, in lists and dicts too."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        name, config = value.get("class_name"), value.get("config")
        if name == "__keras_tensor__":
            return list(value["config"]["keras_history"])
        if name == "__tuple__":
            return _plain(config["value"] if isinstance(config, dict) else value["items"])
        return {key: _plain(one) for key, one in value.items()}
    return value


def _is_reference(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)


def by_name(weights: Arrays, model: Layer, topology: Mapping[str, Any]) -> Arrays:
    """The weights of a file under their names, where Keras 3 gave them paths; no optimizer's state."""
    if not any(_PATH.match(name) for name in weights):
        return weights
    names = {variable.id: name for name, variable in weight_names(model).items()}
    paths = weights_by_path(model, topology.get("model_config", topology), listed=True)
    found = {path: names[variable.id] for path, variable in paths.items()}
    own = {name: value for name, value in weights.items() if not name.startswith("optimizer/")}
    return {found.get(name, name): value for name, value in own.items()}


def weights_by_path(
    layer: Any, entry: Mapping[str, Any], path: str = "", *, listed: bool = False
) -> dict[str, Variable]:
    """The variables of a loaded model or layer by their paths; layers are counted as the entry lists them.

    With `listed` those of a class with a `call` have a second path, by the list of its layers, by which Keras
    writes those whose attribute comes after the word "layers".
    """
    found = {f"{path}vars/{i}": weight.variable for i, weight in enumerate(layer._taken_weights())}
    for place, one, inner in parts_of(layer, entry):
        found |= weights_by_path(one, inner, f"{path}{place}/", listed=listed)
    if listed and getattr(layer, "_is_coded", False):
        for name, one in zip(
            numbered([type(one).class_name for one in layer.layers]), layer.layers, strict=True
        ):
            found |= weights_by_path(one, {}, f"{path}layers/{name}/", listed=True)
    return found


def parts_of(layer: Any, entry: Mapping[str, Any]) -> Iterator[tuple[str, Layer, Mapping[str, Any]]]:
    """The layers within: where they are, by attribute and in a list by class, and their entries."""
    within, config = layer._inner_layers, entry.get("config") or {}  # of a class with a `call` none
    if layer.is_model and not getattr(layer, "_is_coded", False):
        rows = config["layers"] if "layers" in config else layer.get_config()["layers"]  # in an attribute
        names = [_name_of(one) for one in rows]
        unnamed = iter([name for name in within if name not in names])  # whose class takes no name
        found = [within.get(next(unnamed, "") if name is None else name) for name in names]
        places = [("layers", one, row) for one, row in zip(found, rows, strict=True) if one is not None]
    else:
        said = {path: config.get(path) for path in within}  # a class may say its layers in words of its own
        known = {path: one if isinstance(one, Mapping) else {} for path, one in said.items()}
        places = [(path.rpartition("/")[0], one, known[path]) for path, one in within.items()]
        private = PRIVATE.get(type(layer).class_name, ())
        within = {f"_{path}" if path in private else path: one for path, one in within.items()}
    heads = iter(
        numbered([inner.get("class_name", type(one).class_name) for group, one, inner in places if group])
    )
    for path, (group, one, inner) in zip(within, places, strict=False):
        yield f"{group}/{next(heads)}" if group else path, one, inner


def _name_of(entry: Mapping[str, Any]) -> Any:
    return entry.get("name") or (entry.get("config") or {}).get("name")


def numbered(classes: list[str]) -> list[str]:
    """Keras's snake case of each class, from the second of its kind on with a number."""
    counts: dict[str, int] = {}
    found = []
    for one in classes:
        one = PYTHON_CLASSES.get(one, one)
        name = _BEFORE_CAPITAL.sub(r"\1_\2", _BEFORE_WORD.sub(r"\1_\2", one)).lower()
        found.append(f"{name}_{counts[name]}" if counts.get(name) else name)
        counts[name] = counts.get(name, 0) + 1
    return found
