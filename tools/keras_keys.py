"""`glbackend/layers/keras_keys.json`: the keys of Keras's layer configs and their defaults.

Run once where keras 3.15 and tf_keras 2.21 are installed beside glbackend's own dependencies,
`python -m tools.keras_keys`; the file is committed. Keys that cannot change a result are listed with the
reason.
"""

import importlib
import inspect
import json
from pathlib import Path
from typing import Any

from glbackend.layers.keras import ASIDE

FILE = Path(__file__).resolve().parents[1] / "glbackend" / "layers" / "keras_keys.json"
HARMLESS = {
    "seed": "our draws are others than Keras's, whatever the seed",
    "renorm_clipping": "says nothing without renorm, which is refused",
    "renorm_momentum": "says nothing without renorm, which is refused",
    "use_cudnn": "how it is computed, not what",
    "autocast": "all computes in float32",
    "query_shape": "found from the inputs",
    "key_shape": "found from the inputs",
    "value_shape": "found from the inputs",
    "flash_attention": "how it is computed, not what",
    "rng_type": "our draws are others than Keras's",
    "auto_vectorize": "how it is computed, not what",
    "vocabulary_size": "counted from the vocabulary",
    "has_input_vocabulary": "says whether there is a vocabulary",
}
# for arguments without a default
GIVEN: dict[str, Any] = {
    "units": 3, "filters": 3, "kernel_size": 2, "activation": "relu", "rate": 0.5, "n": 2, "dims": (1,),
    "target_shape": (2,), "pool_size": 2, "input_dim": 4, "output_dim": 3, "height": 4, "width": 4,
    "scale": 2.0, "stddev": 0.1, "axes": 1, "factor": 0.1, "height_factor": 0.1, "width_factor": 0.1,
    "num_tokens": 3, "init_values": 1e-6, "projection_dim": 6, "drop_path_rate": 0.5,
    "bin_boundaries": [0.0], "num_bins": 3, "output_size": 2,
    "num_heads": 2, "key_dim": 2, "head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 2,
    "function": abs, "equation": "ab,bc->ac", "output_shape": 3,
}  # fmt: skip


def arguments_of(cls: Any, library: Any) -> dict[str, Any]:
    """What its constructor must be given."""
    layers = library.layers
    wrapped = {"cell": layers.LSTMCell(2), "cells": [layers.LSTMCell(2)], "layer": layers.LSTM(2)}
    if cls.__name__ == "InputLayer":
        return {"batch_input_shape" if library.__name__ == "tf_keras" else "batch_shape": (None, 4)}
    asked = inspect.signature(cls.__init__).parameters.values()
    needed = [one.name for one in asked if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    whole = {"factor": 4} if cls.__name__ == "RandomPosterization" else {}
    needed += ["num_tokens"] if cls.__name__ == "CategoryEncoding" else []  # None by default, and refused
    return {name: {**GIVEN, **wrapped, **whole}[name] for name in needed if name != "self"}


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items() if key not in ("module", "registered_name")}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


def main() -> None:
    """Writes the file, and names the classes that could not be made."""
    keras, tf_keras = importlib.import_module("keras"), importlib.import_module("tf_keras")
    table: dict[str, dict[str, list[Any]]] = {}
    for library in (tf_keras, keras):
        classes: dict[str, Any] = dict(vars(library.layers))
        if library is keras:
            classes |= {
                name: getattr(importlib.import_module(module), name) for name, module in ASIDE.items()
            }
        for name, cls in sorted(classes.items()):
            if not isinstance(cls, type) or name != cls.__name__:
                continue
            try:
                given = arguments_of(cls, library)
                made: Any = cls(**given)
                config = json.loads(json.dumps(plain(made.get_config())))
            except Exception as error:
                print(f"{library.__name__} {name}: {type(error).__name__} {error}")
                continue
            keys = table.setdefault(name, {})
            for key in config.keys() - {"name", "trainable", "dtype", *HARMLESS}:  # all layers have them
                defaults = keys.setdefault(key, [])
                if key not in given and config[key] not in defaults:
                    defaults.append(config[key])
    lines = [
        f"{json.dumps(name)}: {json.dumps(keys, sort_keys=True)}" for name, keys in sorted(table.items())
    ]
    origin = f"keras {keras.__version__} and tf_keras {tf_keras.__version__}, by tools/keras_keys.py"
    text = f'{{"origin": {json.dumps(origin)},\n"harmless": {json.dumps(HARMLESS)},\n"layers": {{\n'
    FILE.write_text(text + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
