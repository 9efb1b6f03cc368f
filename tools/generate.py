"""Files that are written from the ops' own records, and kept true by a test: `python -m tools.generate`.

The modules of `api/` (all ops of `gl`, gl.image, gl.fused, ...), and `engine/tensor.pyi`, where
type checkers read the methods that ops give to Tensor.
"""

import ast
import builtins
import importlib
import inspect
import pkgutil
from collections import defaultdict
from pathlib import Path

from glbackend import layers, training
from glbackend.base.registry import serialize
from glbackend.engine.tensor import _COMPARISONS, _OPERATORS, METHODS, Tensor
from glbackend.layers.layer import PUBLIC
from glbackend.ops.op import OPS
from glbackend.training import loss, metrics
from glbackend.training.loss import LOSS_CLASSES, Loss
from glbackend.training.losses import LOSSES
from glbackend.training.metric import Metric
from glbackend.training.metrics import METRIC_CLASSES, METRICS

PACKAGE = Path(__file__).resolve().parents[1] / "glbackend"
NAMESPACES = {
    "fused": "Ops with bias and activation in one kernel, as `tf.fused`.",
    "image": "Images, as `tf.image`.",
    "linalg": "Linear algebra, as `tf.linalg`.",
    "losses": "Losses: numbers as `tf.losses`, and Keras's functions and classes.",
    "math": "As `tf.math`.",
    "metrics": "Metrics, as `tf.metrics`: functions, and Keras's classes with state.",
    "signal": "Signals, as `tf.signal`.",
    "spectral": "Fourier transforms, as `tf.spectral`.",
    "sparse": "Sparse tensors, as `tf.sparse`.",
    "string": "Strings, as `tf.string`.",
    "browser": "Pixels, as `tf.browser`.",
    "audio": "Sound before and after a model.",
}
MEDIA: dict[str, dict[str, tuple[str, ...]]] = {  # what is no op, by namespace and module of glbackend.media
    "image": {
        "boxes": ("anchor_centers", "batched_nms", "decode_boxes"),
        "drawing": (
            "COCO_POSE", "draw_bounding_boxes", "draw_keypoints", "draw_segmentation_masks",
        ),
        "labels": ("Prediction", "coco_labels", "decode_predictions", "read_labels"),
        "pictures": ("load",),
        "preprocessing": ("Window", "preprocess", "window"),
    },
    "audio": {"audio": ("join", "load", "pieces", "resample")},
}  # fmt: skip


def namespace_modules() -> dict[Path, str]:
    """The modules of `api/`, one a namespace that has ops."""
    spaces: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, function in OPS.items():
        space, _, short = name.rpartition(".")
        if space:
            spaces[space][function.__module__].append(f"{function.__name__} as {short}")
    files = {PACKAGE / "api" / "__init__.py": '"""The namespaces of the facade: names only."""\n'}
    for name, origin in training_names("losses").items():
        if f"losses.{name}" not in OPS:
            spaces["losses"][origin[0]].append(f"{origin[1]} as {name}")
    for name, origin in training_names("metrics").items():
        spaces["metrics"][origin[0]].append(f"{origin[1]} as {name}")
    for space, origins in MEDIA.items():
        for module, found in origins.items():
            spaces[space][f"glbackend.media.{module}"] += [f"{name} as {name}" for name in found]
    for space, modules in spaces.items():
        lines = [f'"""{NAMESPACES[space]}"""', ""]
        names = []
        for module, entries in sorted(modules.items()):
            for entry in sorted(entries, key=_import_order):
                original, short = entry.split(" as ")
                names.append(short)
                lines.append(f"from {module} import {original if original == short else entry}")
        lines += ["", "__all__ = [", *(f'    "{name}",' for name in sorted(names)), "]", ""]
        files[PACKAGE / "api" / f"{space}.py"] = "\n".join(lines)
    return files


SHORT = {  # other names of losses, of Keras and TF.js
    "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error", "kl_divergence": "kullback_leibler_divergence",
    "log_cosh": "logcosh", "cosine": "cosine_proximity",
}  # fmt: skip


def training_names(space: str) -> dict[str, tuple[str, str]]:
    """Module and name there of all losses or metrics, by their public names."""
    for found in pkgutil.iter_modules(training.__path__, "glbackend.training."):
        importlib.import_module(found.name)
    functions = dict(LOSSES.declared) | {name: LOSSES.declared[one] for name, one in SHORT.items()}
    if space == "losses":
        functions["cosine_similarity"] = functions.pop("cosine")
        things = (
            functions
            | LOSS_CLASSES.declared
            | {"Loss": Loss, "get": loss.get, "deserialize": loss.get, "serialize": serialize}
        )
    else:
        more = {"Metric": Metric, "get": metrics.get}
        things = functions | METRICS.declared | METRIC_CLASSES.declared | more
    things |= {"deserialize": things["get"], "serialize": serialize}
    return {name: (one.__module__, one.__name__) for name, one in things.items()}


def _import(module: str, names: list[str]) -> str:
    """An import statement, several names one a line."""
    if len(names) == 1:
        return f"from {module} import {names[0]}"
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _import_order(entry: str) -> tuple[bool, str]:
    return (not entry[0].isupper(), entry.lower())


def ops_module() -> str:
    """`api/ops.py`: every public op that stands in no namespace."""
    modules: dict[str, list[str]] = defaultdict(list)
    plain = sorted(name for name in OPS if "." not in name)
    for name in plain:
        original = OPS[name].__name__
        modules[OPS[name].__module__].append(name if original == name else f"{original} as {name}")
    lines = ['"""All ops of `gl` itself."""', ""]
    for module, entries in sorted(modules.items()):
        lines.append(f"from {module} import (")
        lines += [*(f"    {entry}," for entry in entries), ")"]
    return "\n".join([*lines, "", "__all__ = [", *(f'    "{name}",' for name in plain), "]", ""])


LAYERS_HEAD = '''"""Layers, as `gl.layers`: by the names of `tf.layers` in snake_case, and the classes'.

Written by tools.generate; do not edit.

>>> import glbackend as gl
>>> gl.layers.dense(units=3, input_shape=[2]).units, gl.layers.Dense is gl.layers.dense
(3, True)
"""'''


def layers_module() -> str:
    """`layers/__init__.py`: every declared layer, by the names of `gl.layers` and of its class."""
    for found in pkgutil.iter_modules(layers.__path__, "glbackend.layers."):
        importlib.import_module(found.name)
    entries: dict[str, set[str]] = defaultdict(set)
    entries["glbackend.layers.core"] |= {"input", "input as Input"}
    entries["glbackend.layers.layer"] |= {"Layer", "get", "get as deserialize"}
    entries["glbackend.base.registry"].add("serialize")
    entries["glbackend.layers.input_spec"].add("InputSpec")
    entries["glbackend.layers.symbolic"].add("SymbolicTensor")
    for name, cls in PUBLIC.items():
        entries[cls.__module__] |= {cls.__name__, f"{cls.__name__} as {name}"}
    lines = [LAYERS_HEAD, ""]
    for module, names in sorted(entries.items()):
        lines.append(_import(module, sorted(names, key=_import_order)))
    public = sorted({name.rpartition(" ")[2] for names in entries.values() for name in names})
    lines += ["", "__all__ = [", *(f'    "{name}",' for name in public), "]", ""]
    return "\n".join(lines)


def tensor_stub() -> str:
    """`engine/tensor.pyi`: the classes of tensor.py with the methods of ops and the operators."""
    tree = ast.parse((PACKAGE / "engine" / "tensor.py").read_text(encoding="utf-8"))
    imports = _Imports()
    body: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.keep(node)
        elif isinstance(node, ast.ClassDef):
            body += _class_stub(node, imports)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            body.append(f"{_signature(node)}: ...")
        elif isinstance(node, ast.AnnAssign):
            body.append(f"{ast.unparse(node.target)}: {ast.unparse(node.annotation)}")
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("_OPERATORS", "_COMPARISONS"):
            body.append(f"{ast.unparse(node.targets[0])}: dict[str, str]")
    head = ["# Written by tools.generate; do not edit.", *imports.lines("\n".join(body)), ""]
    return "\n".join([*head, *body, ""])


def _class_stub(node: ast.ClassDef, imports: "_Imports") -> list[str]:
    bases = ", ".join(ast.unparse(base) for base in node.bases)
    lines = [f"class {node.name}({bases}):" if bases else f"class {node.name}:"]
    for item in node.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name != "__getattr__":
            lines += [f"    @{ast.unparse(one)}" for one in item.decorator_list]
            lines.append(f"    {_signature(item)}: ...")
            if item.name == "__init__":
                known = [line.strip().partition(":")[0] for line in lines]
                lines += [one for one in _attributes(item) if one.strip().partition(":")[0] not in known]
        elif isinstance(item, ast.AnnAssign):
            lines.append(f"    {ast.unparse(item)}")
    if node.name == "Tensor":
        own = _own()
        given = {
            name: one for name, one in METHODS.items() if hasattr(Tensor, name) and not hasattr(own, name)
        }
        lines += [line for name, function in given.items() for line in _method_stub(name, function, imports)]
        for symbol in (*_OPERATORS, *(f"r{symbol}" for symbol in _OPERATORS)):
            lines.append(f"    def __{symbol}__(self, other: Any) -> Tensor: ...")
        for symbol in _COMPARISONS:
            override = "  # type: ignore[override]" if symbol in ("eq", "ne") else ""
            lines.append(f"    def __{symbol}__(self, other: Any) -> Tensor: ...{override}")
    return lines


def _own() -> type:
    """A class with the names that tensor.py itself gives to Tensor."""
    source = ast.parse((PACKAGE / "engine" / "tensor.py").read_text(encoding="utf-8"))
    tensor = next(node for node in source.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    names = {item.name for item in tensor.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)}
    return type("Own", (), dict.fromkeys(names))


def _attributes(init: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    lines = []
    kinds = {arg.arg: ast.unparse(arg.annotation) for arg in init.args.args if arg.annotation}
    for node in ast.walk(init):
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if not isinstance(target, ast.Attribute):
            continue
        if isinstance(node, ast.AnnAssign):
            kind = ast.unparse(node.annotation)
        else:
            kind = {"id": "int", "kept": "bool", "trainable": "bool", "name": "str"}.get(
                target.attr, kinds.get(target.attr, "Any")
            )
        line = f"    {target.attr}: {kind}"
        if line not in lines and not (target.attr == "kept" and "trainable" in kinds):
            lines.append(line)
    return lines


def _method_stub(name: str, function: object, imports: "_Imports") -> list[str]:
    module = inspect.getmodule(function)
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    short = getattr(function, "__name__", name)
    found = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == short]
    if not found:
        raise RuntimeError(f"the method {name} is {short}, no function of {module.__name__}")
    node = found[0]
    first = node.args.posonlyargs or node.args.args
    first[0] = ast.arg(arg="self")
    if node.args.defaults and len(node.args.defaults) == len(node.args.posonlyargs + node.args.args):
        node.args.defaults = node.args.defaults[1:]
    node.name = name
    imports.resolve(node, tree, module.__name__)
    return [f"    {_signature(node)}: ..."]


def _signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    prefix = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{prefix} {node.name}({ast.unparse(node.args)}){returns}"


class _Imports:
    """The import lines that a stub needs."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def keep(self, node: ast.Import | ast.ImportFrom) -> None:
        """Takes over the imports of a module."""
        for alias in node.names:
            name = alias.asname or alias.name
            if isinstance(node, ast.ImportFrom):
                self.found[name] = f"from {node.module} import {alias.name}" + (
                    f" as {name}" if alias.asname else ""
                )
            else:
                self.found[name] = f"import {alias.name}" + (f" as {name}" if alias.asname else "")

    def resolve(self, function: ast.FunctionDef, tree: ast.Module, module: str) -> None:
        """Finds where the names in a function's annotations come from."""
        annotations = [arg.annotation for arg in (*function.args.args, *function.args.kwonlyargs)]
        used = {
            leaf.id
            for annotation in (*annotations, function.returns)
            if annotation is not None
            for leaf in ast.walk(annotation)
            if isinstance(leaf, ast.Name)
        }
        local = _Imports()
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                local.keep(node)
        for name in used:
            if name not in self.found and name != "Tensor" and not hasattr(builtins, name):
                self.found[name] = local.found.get(name, f"from {module} import {name}")

    def lines(self, body: str) -> list[str]:
        """Import lines for the names that occur in `body`."""
        words = set("".join(c if c.isalnum() or c == "_" else " " for c in body).split())
        return sorted({line for name, line in self.found.items() if name in words})


def files() -> dict[Path, str]:
    """Every generated file with what it should hold, before formatting."""
    return {
        PACKAGE / "api" / "ops.py": ops_module(),
        PACKAGE / "engine" / "tensor.pyi": tensor_stub(),
        PACKAGE / "layers" / "__init__.py": layers_module(),
        **namespace_modules(),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(PACKAGE.parent))
