"""Layers and models to configs and back, in the spelling of Keras 2 that TF.js reads and writes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.base.registry import made_once, register, serialize
from glbackend.layers.layer import LAYERS, Layer
from glbackend.layers.recipe import Weighted
from glbackend.layers.symbolic import SymbolicTensor, map_symbols
from glbackend.models.graph import Graph

DEEPEST = 50  # models within models: each takes a dozen of Python's frames to call
WRAPPED = ("layers", "layer", "backward_layer", "cell", "cells")  # config entries that hold layers
register_class = register  # TF.js's name


def layer_configs(entry: dict[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    """The entries of all layers within one, of any depth."""
    config = entry.get("config")
    inner = config if isinstance(config, list) else []
    if isinstance(config, dict):
        inner = [one for key in WRAPPED for one in _several(config.get(key))]
    for one in inner:
        yield one
        if isinstance(one, dict):
            if depth == DEEPEST:
                raise ModelFormatError(f"its layers lie more than {DEEPEST} deep within each other")
            yield from layer_configs(one, depth + 1)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def check_classes(entry: dict[str, Any], where: str) -> None:
    """ModelFormatError that names every layer class of a model config which does not exist here."""
    try:
        configs = [entry, *layer_configs(entry)]
    except ModelFormatError as error:
        raise ModelFormatError(f"{where}: {error}") from None
    if any(not isinstance(one, dict) or "class_name" not in one for one in configs):
        raise ModelFormatError(f"{where}: a layer of the topology has no class_name")
    unknown = sorted({name for one in configs if LAYERS.lookup(name := str(one["class_name"])) is None})
    if unknown:
        raise ModelFormatError(
            f"{where}: unknown layer class{'es' if len(unknown) > 1 else ''} {', '.join(unknown)}: "
            f"add yours with gl.register, or custom_objects for one load"
        )


def deserialize_layer(entry: dict[str, Any]) -> Layer:
    """The layer or model of a class name and config."""
    made, config = LAYERS.find(entry["class_name"]), entry["config"]
    try:
        return made_once(entry, lambda: made.make(config))
    except (ValueError, TypeError) as error:
        if made.thing.is_model:
            raise
        raise ModelFormatError(
            f"layer {config.get('name')!r} ({made.name}) cannot be made: {error}"
        ) from error


def graph_of(
    config: dict[str, Any], given: Mapping[str, Layer] | None = None
) -> tuple[list[SymbolicTensor], list[SymbolicTensor]]:
    """Inputs and outputs of a functional model's config, its layers made, or `given` by name, and called."""
    given = given or {}
    made = {
        (name := entry["name"]): given[name] if name in given else deserialize_layer(entry)
        for entry in config["layers"]
    }
    before = {
        name: sum(1 for node in one._inbound_nodes if node.inputs) for name, one in made.items()
    }  # by other models
    calls = [(entry["name"], call) for entry in config["layers"] for call in entry.get("inbound_nodes") or ()]
    ends = [_references(config[key]) for key in ("input_layers", "output_layers")]
    named = [reference for _, call in calls for reference in _all_references(call, made)]
    first = _first_calls(made, [*named, *ends[0], *ends[1]])

    def symbol(reference: Any) -> SymbolicTensor | None:
        nodes = made[reference[0]]._inbound_nodes
        index = before[reference[0]] + reference[1] - first[reference[0]]
        return nodes[index].outputs[reference[2]] if index < len(nodes) else None

    while calls:
        later: list[tuple[str, Any]] = []
        for name, call in calls:
            missing = any(symbol(one) is None for one in _all_references(call, made))
            if missing or any(name == other for other, _ in later):
                later.append((name, call))
                continue
            inputs = [symbol(reference) for reference in _references(call)]
            arguments = _map_references(symbol, _arguments(call), made)
            made[name](inputs if len(inputs) > 1 or made[name].merges else inputs[0], **arguments)
        if len(later) == len(calls):
            raise ModelFormatError(
                f"the graph of model {config.get('name')!r} has a loop or lacks an input of {later[0][0]!r}"
            )
        calls = later
    entries, results = ([found for one in group if (found := symbol(one)) is not None] for group in ends)
    if len(entries) != len(ends[0]) or len(results) != len(ends[1]):
        raise ModelFormatError(f"model {config.get('name')!r} names an input or output that no layer gives")
    return entries, results


def own_options(config: dict[str, Any]) -> dict[str, Any]:
    """What of a model's config `Model._own_config` gave."""
    return {key: config[key] for key in ("name", "trainable") if key in config}


def _references(call: Any) -> list[Any]:
    """[[layer, node, tensor, ...], ...] from that, or from one such entry by itself."""
    return [call] if call and isinstance(call[0], str) else list(call)


def _arguments(call: Any) -> dict[str, Any]:
    """What a call has besides its inputs: {...} behind the first [layer, node, tensor]; None is nothing."""
    given = _references(call)[0][3:]
    return {key: one for key, one in ((given and given[0]) or {}).items() if one is not None}


def _map_references(function: Callable[[Any], Any], value: Any, made: dict[str, Layer]) -> Any:
    """Call arguments with `function` of every [layer, node, tensor] in its place, in lists and dicts."""
    if isinstance(value, list):
        if len(value) == 3 and isinstance(value[0], str) and value[0] in made:
            return function(value)
        return [_map_references(function, one, made) for one in value]
    if isinstance(value, dict):
        return {key: _map_references(function, one, made) for key, one in value.items()}
    return value


def _all_references(call: Any, made: dict[str, Layer]) -> list[Any]:
    """The inputs of a call, and what its arguments refer to."""
    found = _references(call)
    _map_references(found.append, _arguments(call), made)
    return found


def _first_calls(made: dict[str, Layer], references: list[Any]) -> dict[str, int]:
    """Node number of each layer's first call: 0, or 1 for models that count their own graph as node 0."""
    lowest: dict[str, int] = {}
    for name, node, *_ in references:
        if name not in made:
            raise ModelFormatError(f"the topology refers to a layer {name!r} that is not in it")
        lowest[name] = min(lowest.get(name, node), node)
    return {name: lowest.get(name, 0) if layer.is_model else 0 for name, layer in made.items()}


def shared_layers(model: Layer) -> list[Weighted]:
    """The layers that stand in more than one place of a model, of any depth: in models and layers within."""
    counts: dict[int, int] = {}
    holders = list({id(one): one for one in model._with_inner_layers()}.values())
    for holder in holders:
        for one in {id(one): one for one in holder._inner_layers.values()}:
            counts[one] = counts.get(one, 0) + 1
    return [one for one in holders if counts.get(id(one), 0) > 1]


def graph_config(layers: Sequence[Layer], graph: Graph) -> dict[str, Any]:
    """The config of a functional model: layers with their inbound nodes."""
    chosen = {id(node) for _, node in graph.calls}
    indices: dict[tuple[int, int], int] = {}  # (layer, node index in the layer) -> that in the saved graph
    for layer in layers:
        kept = [i for i, node in enumerate(layer._inbound_nodes) if id(node) in chosen or not node.inputs]
        indices.update({(id(layer), old): new + layer.is_model for new, old in enumerate(kept)})

    def reference(symbol: SymbolicTensor) -> list[Any]:
        return [symbol.layer.name, indices[id(symbol.layer), symbol.node_index], symbol.tensor_index]

    entries = []
    for layer in layers:
        calls = [node for node in layer._inbound_nodes if id(node) in chosen]
        inbound = [
            [
                [*reference(symbol), serialize(map_symbols(reference, node.arguments))]
                for symbol in node.inputs
            ]
            for node in calls
        ]
        entries.append({"name": layer.name, **LAYERS.serialize(layer), "inbound_nodes": inbound})
    return {
        "layers": entries,
        "input_layers": [reference(symbol) for symbol in graph.inputs],
        "output_layers": [reference(symbol) for symbol in graph.outputs],
    }
