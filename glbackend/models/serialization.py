"""Layers and models to configs and back, in the spelling of Keras 2 that TF.js reads and writes."""

from collections.abc import Iterator
from typing import Any

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.layers import convolutional, core, merge, normalization, pooling, rectifier, recurrent
from glbackend.layers.layer import Layer, SymbolicTensor
from glbackend.models.model import Model
from glbackend.models.sequential import Sequential

_MODULES = (core, convolutional, pooling, normalization, merge, rectifier, recurrent)
CLASSES: dict[str, type[Layer]] = {
    cls.class_name: cls
    for module in _MODULES
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, Layer) and "class_name" in vars(cls) and cls is not Layer
}
CONTAINERS = ("Sequential", "Model", "Functional")
OWN = (
    "training",
    "mask",
    "initial_state",
)  # call arguments of saved graphs that are not the layer's to store
WRAPPED = ("layers", "layer", "backward_layer", "cell", "cells")  # config entries that hold layers


def register_class(cls: type[Layer]) -> type[Layer]:
    """Makes a layer class of yours loadable by its `class_name`. As `tf.serialization.registerClass`.

    >>> class Twice(Layer):
    ...     class_name = "Twice"
    ...     def call(self, inputs, training=False):
    ...         return inputs * 2.0
    >>> register_class(Twice).class_name
    'Twice'
    """
    if "class_name" not in vars(cls):
        raise ArgumentError(f"register_class: {cls.__name__} needs a class_name of its own")
    CLASSES[cls.class_name] = cls
    return cls


def serialize_layer(layer: Layer) -> dict[str, Any]:
    """Class name and config of a layer or model."""
    return {"class_name": layer.class_name, "config": layer.get_config()}


def _layer_configs(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    config = entry.get("config")
    inner = list(config or ()) if not isinstance(config, dict) else [
        one for key in WRAPPED for one in _several(config.get(key))
    ]  # fmt: skip
    for one in inner:
        yield one
        if isinstance(one, dict):
            yield from _layer_configs(one)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def check_classes(entry: dict[str, Any], where: str) -> None:
    """ModelFormatError that names every layer class of a model config which does not exist here."""
    configs = [entry, *_layer_configs(entry)]
    if any(not isinstance(one, dict) or "class_name" not in one for one in configs):
        raise ModelFormatError(f"{where}: a layer of the topology has no class_name")
    unknown = sorted({str(one["class_name"]) for one in configs} - set(CLASSES) - set(CONTAINERS))
    if unknown:
        raise ModelFormatError(
            f"{where}: unknown layer class{'es' if len(unknown) > 1 else ''} {', '.join(unknown)}: "
            f"add yours with gl.serialization.register_class"
        )


def deserialize_layer(entry: dict[str, Any]) -> Layer:
    """The layer or model of a class name and config."""
    name, config = entry["class_name"], entry["config"]
    if name == "Sequential":
        return _sequential(config)
    if name in CONTAINERS:
        return _functional(config)
    try:
        return CLASSES[name].from_config(config)
    except (ValueError, TypeError) as error:
        raise ModelFormatError(f"layer {config.get('name')!r} ({name}) cannot be made: {error}") from error


def _sequential(config: Any) -> Sequential:
    entries = config if isinstance(config, list) else config["layers"]
    name = None if isinstance(config, list) else config.get("name")
    model = Sequential(name=name)
    for entry in entries:
        model.add(deserialize_layer(entry))
    if not model.built and isinstance(config, dict) and config.get("build_input_shape"):
        model.build(tuple(config["build_input_shape"]))
    return model


def _functional(config: dict[str, Any]) -> Model:
    made = {entry["name"]: deserialize_layer(entry) for entry in config["layers"]}
    calls = [(entry["name"], call) for entry in config["layers"] for call in entry.get("inbound_nodes") or ()]
    ends = [_references(config[key]) for key in ("input_layers", "output_layers")]
    first = _first_calls(made, [*(ref for _, call in calls for ref in _references(call)), *ends[0], *ends[1]])

    def symbol(reference: Any) -> SymbolicTensor | None:
        nodes = made[reference[0]].nodes
        index = reference[1] - first[reference[0]]
        return nodes[index].outputs[reference[2]] if index < len(nodes) else None

    while calls:
        later: list[tuple[str, Any]] = []
        for name, call in calls:
            inputs = [symbol(reference) for reference in _references(call)]
            if None in inputs or any(name == other for other, _ in later):
                later.append((name, call))
                continue
            options = [ref[3] for ref in _references(call) if len(ref) > 3 and ref[3]]
            known = {key: value for one in options[:1] for key, value in one.items() if key not in OWN}
            made[name](inputs if len(inputs) > 1 or made[name].merges else inputs[0], **known)
        if len(later) == len(calls):
            raise ModelFormatError(
                f"the graph of model {config.get('name')!r} has a loop or lacks an input of {later[0][0]!r}"
            )
        calls = later
    given, results = ([found for one in group if (found := symbol(one)) is not None] for group in ends)
    if len(given) != len(ends[0]) or len(results) != len(ends[1]):
        raise ModelFormatError(f"model {config.get('name')!r} names an input or output that no layer gives")
    return Model(inputs=given, outputs=results, name=config.get("name"))


def _references(call: Any) -> list[Any]:
    """[[layer, node, tensor, ...], ...] from that, or from one such entry by itself."""
    return [call] if call and isinstance(call[0], str) else list(call)


def _first_calls(made: dict[str, Layer], references: list[Any]) -> dict[str, int]:
    """Node number of each layer's first call: 0, or 1 for models that count their own graph as node 0."""
    lowest: dict[str, int] = {}
    for name, node, *_ in references:
        if name not in made:
            raise ModelFormatError(f"the topology refers to a layer {name!r} that is not in it")
        lowest[name] = min(lowest.get(name, node), node)
    return {name: lowest.get(name, 0) if isinstance(layer, Model) else 0 for name, layer in made.items()}


def graph_config(model: Model) -> dict[str, Any]:
    """The config of a functional model: layers with their inbound nodes."""
    chosen = {id(node): (layer, node) for layer, node in model.graph.calls}
    indices: dict[
        tuple[int, int], int
    ] = {}  # (layer, node index in the layer) -> node index in the saved graph
    for layer in model.layers:
        kept = [i for i, node in enumerate(layer.nodes) if id(node) in chosen or not node.inputs]
        own = isinstance(layer, Model)  # a model's own graph is its node 0
        indices.update({(id(layer), old): new + own for new, old in enumerate(kept)})

    def reference(symbol: SymbolicTensor) -> list[Any]:
        return [symbol.layer.name, indices[id(symbol.layer), symbol.node_index], symbol.tensor_index]

    layers = []
    for layer in model.layers:
        calls = [node for node in layer.nodes if id(node) in chosen]
        inbound = [[[*reference(symbol), dict(node.arguments)] for symbol in node.inputs] for node in calls]
        layers.append({"name": layer.name, **serialize_layer(layer), "inbound_nodes": inbound})
    return {
        "name": model.name,
        "layers": layers,
        "input_layers": [reference(symbol) for symbol in model.inputs],
        "output_layers": [reference(symbol) for symbol in model.outputs],
    }
