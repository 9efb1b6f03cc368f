"""`docs/coverage.md`: every public name of TF.js beside ours. `python -m tools.coverage API.json`
writes it, and `glbackend/base/to_come.py`, from which errors tell what is to come.

API.json is the list of TF.js's public functions (groups of names); beside it lies tfjs-graph-ops.json,
the ops of graph models. What is missing stands here with its reason.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import glbackend
from glbackend.base.naming import snake_case
from glbackend.formats.graph_model.declare import TF_OPS
from glbackend.formats.graph_model.frames import FLOW
from glbackend.formats.graph_model.loading import NEVER, SOURCES

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "coverage.md"
TO_COME = ROOT / "glbackend" / "base" / "to_come.py"
# TF.js name -> ours, where snake_case is not the whole answer
SPELLINGS = {
    "tf.matMul": "gl.matmul",
    "tf.argMax": "gl.argmax",
    "tf.argMin": "gl.argmin",
    "tf.logSumExp": "gl.logsumexp",
    "tf.isNaN": "gl.is_nan",
    "tf.fused.matMul": "gl.fused.matmul",
    "tf.backend": "gl.engine().backend",
    "tf.print": "Tensor.print",
    "tf.env": "environment variables GLBACKEND_* (glbackend/base/env.py)",
    "tf.enableDebugMode": "GLBACKEND_DEBUG=1",
    "tf.setWebGLContext": "gl.adopt_context",
    "tf.getKernel": "glbackend.engine.registry.find_kernel",
    "tf.getKernelsForBackend": "glbackend.engine.registry.kernels",
    "tf.getGradient": "glbackend.engine.registry.rules_of",
    "tf.registerKernel": "glbackend.engine.registry.kernel",
    "tf.registerGradient": "glbackend.engine.registry.gradient",
    "tf.upcastType": "glbackend.base.dtypes.upcast",
    "tf.io.browserHTTPRequest": "gl.io.http",  # its older name
    "tf.io.fromMemorySync": "gl.io.from_memory",  # nothing here waits
    "tf.io.getModelArtifactsForJSONSync": "gl.io.get_model_artifacts_for_json",
    "tf.io.withSaveHandlerSync": "gl.io.with_save_handler",
}
BROWSER = "belongs to browsers or Node.js"
REGISTRY = "kernels and backends are Python modules, found by themselves and never taken back"
LATER = "to come"
# TF.js name, or group followed by ".*" -> why there is none
REASONS = {
    "tf.data.*": LATER,
    "tf.layers.*": LATER,
    "tf.models.*": LATER,
    "tf.nextFrame": BROWSER,
    "tf.ready": "backends are ready when they are chosen",
    "tf.setPlatform": BROWSER,
    "tf.forceHalfFloat": "textures are float32 always",
    "tf.enableProdMode": "checks cost nothing that could be turned off",
    "tf.disposeVariables": "variables go when nobody refers to them",
    "tf.deprecationWarn": "Python's warnings module",
    "tf.disableDeprecationWarnings": "Python's warnings module",
    "tf.sumOutType": "a rule inside sum",
    "tf.op": "an op is a function",
    "tf.registerCallbackConstructor": "pass callbacks to fit",
    **dict.fromkeys(
        (
            "tf.copyRegisteredKernels", "tf.findBackend", "tf.findBackendFactory",
            "tf.registerBackend", "tf.removeBackend", "tf.unregisterGradient", "tf.unregisterKernel",
        ),
        REGISTRY,
    ),
}  # fmt: skip


def ours(space: str, name: str) -> str | None:
    """Our spelling of a TF.js function, None where there is none.

    >>> ours("tf", "matMul"), ours("tf.image", "resizeBilinear"), ours("tf", "nextFrame")
    ('gl.matmul', 'gl.image.resize_bilinear', None)
    """
    full = f"{space}.{name}"
    if full in SPELLINGS:
        return SPELLINGS[full] or None
    where: Any = glbackend
    prefix = "gl"
    for part in space.split(".")[1:]:
        where = getattr(where, part, None)
        prefix += f".{part}"
    plain = snake_case(name)
    for spelling in (plain, plain.replace("_", ""), plain.removesuffix("_async")):
        if where is not None and hasattr(where, spelling):
            return f"{prefix}.{spelling}"
    return None


def reason(space: str, name: str) -> str | None:
    """Why there is no such function."""
    return REASONS.get(f"{space}.{name}") or REASONS.get(f"{space}.*")


def page(api: Mapping[str, Iterable[str]], graph_ops: Mapping[str, str]) -> str:
    """The text of docs/coverage.md for groups of TF.js names, and for ops of graph models by category."""
    lines = [
        "# Coverage",
        "",
        "Written by `python -m tools.coverage`; do not edit. `tf` is TensorFlow.js 4.22.",
        "",
    ]
    for space, names in sorted(api.items()):
        rows = [(name, ours(space, name)) for name in sorted(names)]
        have = sum(found is not None for _, found in rows)
        lines += [f"## {space}: {have} of {len(rows)}", "", "| TF.js | here |", "| --- | --- |"]
        for name, found in rows:
            told = f"`{found}`" if found else f"none: {reason(space, name) or 'missing'}"
            lines.append(f"| `{space}.{name}` | {told} |")
        lines.append("")
    return "\n".join([*lines, *graph_section(graph_ops)])


def graph_section(graph_ops: Mapping[str, str]) -> list[str]:
    """The lines about ops in graph models: TF.js's by category, then those that it does not know."""
    have = {op for op, made in TF_OPS.items() if not made.own} | FLOW | set(SOURCES)
    missing = sorted(set(graph_ops) - have)
    lines = [
        f"## Ops of graph models: {len(graph_ops) - len(missing)} of {len(graph_ops)}",
        "",
        "Those that `tf.loadGraphModel` knows, by its categories; `gl.load_graph_model` runs them.",
        "",
        "| category | ops |",
        "| --- | --- |",
    ]
    for category in sorted(set(graph_ops.values())):
        known = sorted(op for op in graph_ops if graph_ops[op] == category and op in have)
        if known:
            lines.append(f"| {category} | {', '.join(f'`{op}`' for op in known)} |")
    lines += ["", "Missing:", ""]
    lines += [f"- `{op}`: {NEVER.get(op, 'missing')}" for op in missing]
    more = ", ".join(f"`{op}`" for op in sorted(have - set(graph_ops)))
    return [*lines, "", f"And, beyond TF.js: {more}.", ""]


def to_come(api: Mapping[str, Iterable[str]]) -> str:
    """The text of glbackend/base/to_come.py: our spellings of the names that are promised."""
    names = sorted(
        f"{space}.{snake_case(name)}".removeprefix("tf.")
        for space, names in api.items()
        for name in names
        if not ours(space, name) and reason(space, name) == LATER
    )
    listed = [*(f'        "{name}",' for name in names)]
    return "\n".join(
        [
            '"""Names of TF.js that are to come here. Written by tools.coverage; do not edit."""',
            "",
            *(
                ["TO_COME = frozenset(", "    [", *listed, "    ]", ")"]
                if names
                else ["TO_COME: frozenset[str] = frozenset()"]
            ),
            "",
        ]
    )


def read_api(path: Path) -> dict[str, list[str]]:
    """Groups of names from TF.js's API list: {"functions": {group: {name: ...} or [{"name": ...}]}}."""
    functions = json.loads(path.read_text(encoding="utf-8"))["functions"]
    return {
        space: [one["name"] if isinstance(one, dict) else one for one in names]
        for space, names in functions.items()
    }


def read_graph_ops(api: Path) -> dict[str, str]:
    """The ops of graph models with their categories, from the list that lies beside TF.js's API list."""
    found = json.loads((api.parent / "tfjs-graph-ops.json").read_text(encoding="utf-8"))
    return {op: entry["category"] for op, entry in found.items()}


if __name__ == "__main__":
    functions, ops = read_api(Path(sys.argv[1])), read_graph_ops(Path(sys.argv[1]))
    for path, text in ((PAGE, page(functions, ops)), (TO_COME, to_come(functions))):
        path.write_text(text, encoding="utf-8")
        print(path)
