"""`glbackend/layers/keras_operations.json`: how Keras's functions of tensors are called, and become nodes.

Run once where keras 3.15 is installed, `python tools/keras_operations.py`; the file is committed. By the name
in `keras.ops`: the function's arguments (one that takes any number with a star), the class of the node that
it makes of symbolic tensors, that class's module, and its arguments: those of the constructor, which its
config holds, and those of the call.
"""

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[1] / "glbackend" / "layers" / "keras_operations.json"
SPACES = ("", "nn", "image", "linalg")


def arguments(function: Any) -> list[str]:
    """The names of its arguments, a star before one that takes any number."""
    known = inspect.signature(function).parameters.values()
    return [f"*{one.name}" if one.kind is one.VAR_POSITIONAL else one.name for one in known]


def functions() -> Iterator[tuple[str, Any]]:
    """Those of `keras.ops`, and of its namespaces what is nowhere else."""
    ops = importlib.import_module("keras.ops")
    for space in SPACES:
        module = getattr(ops, space) if space else ops
        for name, function in sorted(vars(module).items()):
            if inspect.isfunction(function) and not (space and getattr(ops, name, None) is function):
                yield f"{space}.{name}".lstrip("."), function


def main() -> None:
    """Writes the file."""
    found = {}
    for name, function in functions():
        module = importlib.import_module(function.__module__)
        made = re.search(r"return\s+([A-Z]\w+)\(", inspect.getsource(function))
        cls = made and getattr(module, made[1], None)
        if not cls:
            continue
        options = [one for one in arguments(cls.__init__)[1:] if one != "name"]
        found[name] = [arguments(function), cls.__name__, cls.__module__, options, arguments(cls.call)[1:]]
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
