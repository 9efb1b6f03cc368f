"""Our models as Keras 3 spells them: configs of layers, calls with arguments by place and by name."""

from collections.abc import Mapping, Sequence
from typing import Any

from glbackend.base.calling import parameters_of
from glbackend.base.errors import ArgumentError
from glbackend.base.naming import snake_case
from glbackend.base.registered import function_entry, own_entry
from glbackend.base.registry import SHARED, Registry, shared_written
from glbackend.layers import activations, constraints, initializers, regularizers
from glbackend.layers.core import InputLayer
from glbackend.layers.keras import ASIDE, HARD_SIGMOID_LAYERS, keys_of, says_nothing
from glbackend.layers.layer import LAYERS, Layer
from glbackend.layers.operation import PLACE, Operation, module_of
from glbackend.layers.recurrent import Begun
from glbackend.layers.structure import keyed
from glbackend.layers.symbolic import Node, SymbolicTensor
from glbackend.models.graph import Graph
from glbackend.models.model import Model
from glbackend.models.saving import built_for
from glbackend.models.sequential import Sequential
from glbackend.models.serialization import WRAPPED, shared_layers

ACTIVATIONS = {"hard_sigmoid_keras3": "hard_sigmoid", "swish": "silu"}  # where Keras 3 has other names
UNSAYABLE = {  # activations that Keras 3 has no name for, and what is near
    "gelu_new": "take 'gelu'",
}
REFUSED = {  # layers that are not written, and why
    "ThresholdedReLU": "Keras 3 has it no more",
    "SpectralNormalization": "Keras keeps its kernel twice, in another order",
}
DTYPES = (None, "float32", "int32", "bool", "string")  # of ours, that Keras's layers need not hear of
KERAS_2 = {"implementation", "time_major", "batch_input_shape", "input_length"}  # keys that Keras 3 refuses
OURS = {"made_by", "dtype", "batch_input_shape"}  # keys that only files of ours need
KINDS: dict[str, Registry[Any]] = {
    "keras.initializers": initializers.INITIALIZERS,
    "keras.regularizers": regularizers.REGULARIZERS,
    "keras.constraints": constraints.CONSTRAINTS,
}
Json = dict[str, Any]


def entry_of(model: Layer) -> Json:
    """The entry of a model as `config.json` holds it; ArgumentError for what Keras 3 has no words for."""
    with shared_written(lambda: shared_layers(model)):
        return _entry(model)


def _entry(layer: Layer) -> Json:
    """The entry of a layer or model, without its calls."""
    if isinstance(layer, Sequential):
        config = {**layer._own_config(), "layers": [_entry(one) for one in row_of(layer)]}
        return _classed("keras", "Sequential", config)
    if isinstance(layer, Model) and layer._calls_graph is not None:
        config = {"trainable": True, **layer._own_config(), **_graph(layer, layer._calls_graph)}
        return {
            **_classed("keras.src.models.functional", "Functional", config),
            "registered_name": "Functional",
        }
    if isinstance(layer, Operation):
        found = _classed(
            module_of(layer.function),
            layer.function,
            {"name": layer.name, **layer.options},
        )
        return {**found, "registered_name": layer.function}
    return plain_entry(LAYERS.serialize(layer)) | built_for(layer)


def _classed(module: str | None, name: str, config: Json) -> Json:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def row_of(model: Sequential) -> list[Layer]:
    """The layers of a row, its entry before them."""
    first = model._symbolic_inputs[0].layer
    return model.layers if model.layers[0] is first else [first, *model.layers]


def plain_entry(entry: Json) -> Json:
    """The entry of a layer that is no model, and those of layers within."""
    name, given = entry["class_name"], entry["config"]
    found = LAYERS.lookup(name)
    own = found is None or found.own
    config = {key: _value(key, one, given.get("name")) for key, one in given.items() if key not in OURS}
    if config.get("trainable"):  # some of Keras's layers do not know that key
        del config["trainable"]
    if name == InputLayer.class_name:
        config = {"batch_shape": given["batch_input_shape"], "dtype": given["dtype"], "name": given["name"]}
    elif not own and found is not None:
        config = _known(found.thing, config)
    if given.get("dtype") not in DTYPES:  # a policy that was asked for
        config["dtype"] = given["dtype"]
    shared = {SHARED: entry[SHARED]} if SHARED in entry else {}
    if own:
        return {**own_entry(None if found is None else found.thing, name, config), **shared}
    return {**_classed(ASIDE.get(name, "keras.layers"), name, config), **shared}


def _known(cls: type[Layer], config: Json) -> Json:
    """What of a config Keras's class has; ArgumentError for the rest, unless it says nothing."""
    keys = keys_of(cls.class_name)
    if cls.class_name == "GroupQueryAttention":  # which the table of Keras's keys has not
        keys = set(parameters_of(cls)) - parameters_of(Layer).keys()
    if keys is None or cls.class_name in REFUSED:
        why = REFUSED.get(cls.class_name, "Keras 3 has no such layer")
        raise ArgumentError(f"save: {cls.class_name} {config.get('name')!r} cannot be written: {why}")
    if config.get("idf_weights"):  # which Keras reads with their words from assets alone
        config |= {"vocabulary": None, "idf_weights": None}
    theirs = {ours: key for key, ours in cls.other_names.items() if key in keys}
    config = {theirs.get(key, key): one for key, one in config.items()}
    taken = (keys - KERAS_2) | {"name", "trainable"}
    if cls.class_name == "SeparableConv1D" and config.get("padding") == "causal":
        raise ArgumentError(f"save: Keras 3's SeparableConv1D has no causal padding ({config.get('name')!r})")
    for key, value in config.items():
        parameter = parameters_of(cls).get(key)
        silent = key in taken | KERAS_2 or not value or says_nothing(key)
        if not silent and (parameter is None or value != parameter.default):
            raise ArgumentError(
                f"save: Keras's {cls.class_name} has no {key}, which is {value!r} in {config.get('name')!r}"
            )
    return {key: one for key, one in config.items() if key in taken}


def _value(key: str, value: Any, layer: Any) -> Any:
    """A value of a config: activations by Keras's names, objects with the module that Keras finds them in."""
    if key in WRAPPED and value is not None:
        return [plain_entry(one) for one in value] if isinstance(value, list) else _layer_within(value)
    if key.endswith("activation") and isinstance(value, str):
        if value in UNSAYABLE:
            raise ArgumentError(
                f"save: layer {layer!r}: Keras 3 has no name for the activation {value!r}: {UNSAYABLE[value]}"
            )
        found = activations.ACTIVATIONS.lookup(value)
        if found is not None and found.own:
            return function_entry(found.thing, value)
        return _hard_sigmoid() if value == "hard_sigmoid" else ACTIVATIONS.get(value, value)
    if isinstance(value, Mapping) and "class_name" in value:
        name, config = value["class_name"], dict(value.get("config") or {})
        for module, kind in KINDS.items():
            if (found := kind.lookup(name)) is not None:
                return own_entry(found.thing, name, config) if found.own else _classed(module, name, config)
        return _classed(None, name, config)
    return value


def _hard_sigmoid() -> Json:
    """0.2 x + 0.5 cut to [0, 1], for which Keras 3 has no name: two layers, as the activation."""
    row = [
        _classed("keras.layers", name, {**options, "name": snake_case(name)})
        for name, options in HARD_SIGMOID_LAYERS
    ]
    return _classed("keras", "Sequential", {"name": "hard_sigmoid", "layers": row})


def _layer_within(entry: Any) -> Any:
    """The entry of a layer that another one holds: models too, which must be rows of layers."""
    if not isinstance(entry, Mapping) or "class_name" not in entry:
        return entry
    found = LAYERS.find(entry["class_name"])
    return _entry(found.make(entry["config"])) if found.thing.is_model else plain_entry(dict(entry))


def _graph(model: Model, graph: Graph) -> Json:
    """The layers with their calls, the inputs and the outputs of a functional model."""
    chosen = {id(node) for _, node in graph.calls}
    numbers: dict[tuple[int, int], int] = {}  # (layer, number of the call) -> that among those in the model
    for layer in model.layers:
        kept = [i for i, node in enumerate(layer._inbound_nodes) if id(node) in chosen or not node.inputs]
        numbers |= {(id(layer), old): new for new, old in enumerate(kept)}

    def history(symbol: SymbolicTensor) -> list[Any]:
        return [symbol.layer.name, numbers[id(symbol.layer), symbol.node_index], symbol.tensor_index]

    def reference(symbol: SymbolicTensor) -> Json:
        config = {"shape": list(symbol.shape), "dtype": symbol.dtype, "keras_history": history(symbol)}
        return {"class_name": "__keras_tensor__", "config": config}

    entries = []
    for layer in model.layers:
        calls = [_call(layer, node, reference) for node in layer._inbound_nodes if id(node) in chosen]
        entries.append({**_entry(layer), "name": layer.name, "inbound_nodes": calls})
    ends = [[history(one) for one in group] for group in (graph.inputs, graph.outputs)]
    inputs, outputs = (
        keyed(group, keys) if keys or len(group) > 1 else group[0]
        for group, keys in zip(ends, (model._input_keys, model._output_keys), strict=True)
    )
    return {"layers": entries, "input_layers": inputs, "output_layers": outputs}


def _call(layer: Layer, node: Node, reference: Any) -> Json:
    """One call as {"args", "kwargs"}."""
    tensors = [reference(one) for one in node.inputs]
    given = {key: _referred(one, reference) for key, one in node.arguments.items()}
    if isinstance(layer, Operation):
        kwargs = {key: _placed(one, tensors) for key, one in (given.get("kwargs") or {}).items()}
        args = given.get("args")
        return {"args": tensors if args is None else _placed(args, tensors), "kwargs": kwargs}
    if isinstance(layer, Begun) and len(tensors) > 1:
        given["initial_state"], tensors = tensors[1:], tensors[:1]
    if type(layer).class_name in ("MultiHeadAttention", "GroupQueryAttention"):
        return {"args": tensors, "kwargs": given}
    if layer._input_keys is not None:
        return {"args": [layer._arranged_inputs(tensors)], "kwargs": given}
    several = layer.merges or len(tensors) > 1
    return {"args": [tensors] if several else tensors, "kwargs": given}


def _referred(value: Any, reference: Any) -> Any:
    """An argument with what stands for tensors in Keras's files."""
    if isinstance(value, SymbolicTensor):
        return reference(value)
    if isinstance(value, Mapping):
        return {key: _referred(one, reference) for key, one in value.items()}
    return [_referred(one, reference) for one in value] if isinstance(value, list | tuple) else value


def _placed(value: Any, tensors: Sequence[Json]) -> Any:
    """An argument of a function with its tensors in their places."""
    if isinstance(value, list):
        return [_placed(one, tensors) for one in value]
    if isinstance(value, Mapping):
        if value.get("class_name") == PLACE:
            return tensors[value["config"]]
        return {key: _placed(one, tensors) for key, one in value.items()}
    return value
