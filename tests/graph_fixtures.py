"""Graph models beside the checkout (../shared/fixtures): files, calls, and what TensorFlow or Keras gives."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

FIXTURES = Path(__file__).resolve().parents[2] / "shared" / "fixtures"


class Call(NamedTuple):
    """One call of a model: what it is fed, and what each output (as the file names it) has to be."""

    inputs: dict[str, Any]
    outputs: dict[str, Any]


class Sample(NamedTuple):
    """A model: its folder, its calls and how near results must come."""

    name: str
    folder: Path
    calls: list[Call]
    rtol: float = 1e-5
    atol: float = 1e-5


def samples() -> dict[str, Sample]:
    """All of them by name; empty where there are no fixtures."""
    found = [*_graph(), *_keras(), *_new()] if FIXTURES.is_dir() else []
    return {one.name: one for one in found}


def _read(path: Path) -> Any:
    return json.loads(path.read_text())["models"]


def _graph() -> list[Sample]:
    with np.load(FIXTURES / "graph" / "graph.npz", allow_pickle=True) as file:
        data = dict(file)
    made = []
    for model in _read(FIXTURES / "graph" / "index.json"):
        calls = [_call(model, call, data, model["graph_outputs"]) for call in model["calls"]]
        tolerance = model["tolerance"]
        made.append(
            Sample(f"graph/{model['name']}", FIXTURES / "graph" / model["name"], calls, tolerance, tolerance)
        )
    return made


def _call(model: Any, call: Any, data: Any, outputs: dict[str, str]) -> Call:
    wanted = call["outputs"]
    keys = wanted.items() if isinstance(wanted, dict) else zip(outputs, wanted, strict=True)
    fed = {name: data[key] for name, key in call["inputs"].items()}
    return Call(fed, {outputs[name]: data[key] for name, key in keys})


def _keras() -> list[Sample]:
    made = []
    for model in _read(FIXTURES / "keras" / "index.json"):
        for variant, entry in model["variants"].items():
            if entry["format"] != "graph-model":
                continue
            with np.load(FIXTURES / "keras" / model["name"] / "golden.npz") as file:
                data = dict(file)
            calls = []
            for number, call in enumerate(model["calls"]):
                own = entry.get("outputs") if number == 0 else None
                if number and "outputs" in entry:
                    continue  # goldens of quantised weights exist for the first call only
                keys, names = own or call["outputs"], entry["graph_outputs"]
                wanted = {names[name]: data[keys[place]] for name, place in entry["output_index"].items()}
                calls.append(Call({name: data[key] for name, key in call["inputs"].items()}, wanted))
            folder = FIXTURES / "keras" / model["name"] / variant
            made.append(Sample(f"keras/{model['name']}/{variant}", folder, calls, 1e-5, entry["tolerance"]))
    return made


def _new() -> list[Sample]:
    made = []
    names = {"score": "Identity:0", "similarity": "Identity_1:0", "dense": "Identity:0", "d": "Identity:0"}
    for model in _read(FIXTURES / "new2026" / "index.json"):
        if "graph" not in model["forms"]:
            continue
        with np.load(FIXTURES / "new2026" / model["name"] / "io.npz") as file:
            data = dict(file)
        fed = {name: data[key] for key, name in model["inputs"].items()}
        wanted = {names.get(name, "Identity:0"): data[key] for key, name in model["outputs"].items()}
        folder = FIXTURES / "new2026" / model["name"] / "graph"
        made.append(Sample(f"new2026/{model['name']}", folder, [Call(fed, wanted)], 1e-4, 1e-5))
    return made
