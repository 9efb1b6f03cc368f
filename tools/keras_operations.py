"""`glbackend/layers/keras_operations.json`: how Keras's functions of tensors are called, and become nodes.

Run once where keras 3.15 is installed, `python tools/keras_operations.py`; the file is committed. By the name
in `keras.ops`: the function's arguments (one that takes any number with a star); those of the constructor of
the node that it makes of symbolic tensors, which its config holds; the module of the node's class, in
`keras.src.ops`; the class, where it is not the function's name in capitals; and the arguments of its call,
where they are not those that are left.
"""

import importlib
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from glbackend.layers.operation import _spelling

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
        row = [arguments(function), options, cls.__module__.rpartition(".")[2]]
        told = (cls.__name__, cls.__module__, arguments(cls.call)[1:])
        for more in ([], [cls.__name__], [cls.__name__, told[2]]):
            found[name] = [*row, *more]
            read = _spelling(name, *found[name])
            if (read.class_name, read.module, read.tensors) == told:
                break
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
