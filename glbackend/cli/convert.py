"""`python -m glbackend convert`: a model of any format that loads, in a format that is written."""

import argparse
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.cli.holding import Held, Slot, hold
from glbackend.cli.sizes import files_of, spoken
from glbackend.io import load_artifacts, save_artifacts
from glbackend.io.files import SHARD_BYTES
from glbackend.models.files import kind_of
from glbackend.models.saving import artifacts_of

Array = np.ndarray[Any, Any]
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
ONNX, WEIGHTS = ".onnx", (".weights.h5", ".safetensors")
WRITTEN = "a folder or .json (TF.js), .keras, .h5, .weights.h5, .safetensors, .onnx"
ELSEWHERE = {".hdf5"}  # endings with digits that no folder has
ANY_SIZE = 32  # of a dim that may have any, where the numbers of a check are drawn


def convert(options: argparse.Namespace) -> int:
    """Loads, writes, says how sizes changed; with a check it loads what it wrote, and compares."""
    if options.backend:
        gl.set_backend(options.backend)
    source, target = options.source, options.target
    if target.exists() and target.resolve() in (source.resolve(), source.resolve().parent):
        raise ArgumentError(f"{target} is where the model comes from: write to another place")
    write = writer_of(target, options)
    given = None if options.check in (None, "") else read_arrays(Path(options.check))
    held = hold(source)
    if given is not None:
        given = arranged(held, given)
    write(held)
    before, after = (sum(files_of(one).values()) for one in (source, target))
    print(f"{source} ({spoken(before)}) -> {target} ({spoken(after)}, {after / max(before, 1) - 1:+.0%})")
    if options.quantize:
        print(f"  weights {share_of_float32(target):.0%} smaller than in float32")
        for pattern in idle_patterns(target, options.quantize):
            print(f"  no weight has a name like {pattern}")
    if options.check is not None:
        compare(held, reloaded(held, target), drawn(held) if given is None else given)
    return 0


# -- writing -------------------------------------------------------------------------------------------------


def writer_of(target: Path, options: argparse.Namespace) -> Callable[[Held], object]:
    """What writes a model there; ArgumentError for what cannot be, before anything is loaded."""
    quantization = quantization_of(options.quantize)
    shard_bytes = bytes_of(options.shard_size) if options.shard_size else SHARD_BYTES
    how = {"quantization": quantization, "shard_bytes": shard_bytes}
    name = target.name.lower()
    kind = kind_of(target)
    if name.endswith(ONNX) or (kind is not None and (kind.save or kind.save_weights)):
        if quantization is not None or options.shard_size or options.to:
            raise ArgumentError(f"{target}: --quantize, --shard-size and --to are for folders of TF.js")
        return lambda held: _file(held, target)
    ending = target.suffix.lower()  # digits-1.0 and net.v2 may be folders
    if ending != ".json" and (ending[1:].isalpha() or ending in ELSEWHERE) and not target.is_dir():
        raise ArgumentError(f"{target}: {target.suffix} is not written: name {WRITTEN}")

    def write(held: Held) -> object:
        if options.to == "layers" and not held.is_layers:
            raise ArgumentError(f"{held.path} is no model of layers: it can become a graph (--to graph)")
        if held.is_layers and options.to != "graph":
            artifacts = artifacts_of(held.model)
        elif held.format != "graph-model":
            source, specs = traced(held)
            return gl.save_graph_model(source, target, *specs, **how)
        else:  # as it stands in its file, with loops and all
            artifacts = load_artifacts(held.path)
        return save_artifacts(artifacts, target, **how)

    return write


def traced(held: Held) -> tuple[Any, list[Any]]:
    """What `save_graph_model` takes of a model, and the specs of its inputs."""
    if isinstance(held.model, gl.Model | gl.GraphModel):
        return held.model, []
    specs = [(slot.shape, carried(slot.dtype)) for slot in held.inputs]
    return lambda *xs: held.model.predict(list(xs)), specs


def carried(dtype: str) -> str:
    """The dtype in which we carry one of ONNX's.

    >>> carried("float16"), carried("int64"), carried("bool")
    ('float32', 'int32', 'bool')
    """
    kinds = {"float": "float32", "double": "float32", "bfloat": "float32", "int": "int32", "uint": "int32"}
    return next((ours for start, ours in kinds.items() if dtype.startswith(start)), dtype)


def _file(held: Held, target: Path) -> object:
    if target.name.lower().endswith(ONNX):
        source, specs = traced(held)
        return gl.save_onnx(source, target, *specs)
    if not held.is_layers:
        raise ArgumentError(f"{held.path} is no model of layers: it can become a folder of TF.js or {ONNX}")
    if target.name.lower().endswith(WEIGHTS):
        return held.model.save_weights(target)
    return held.model.save(target)


def quantization_of(given: list[str] | None) -> Any:
    """What `save_artifacts` takes: a dtype for all, or dtypes by patterns of names.

    >>> quantization_of(["uint8"]), quantization_of(["*/bias=float16", "*=uint8"])
    ('uint8', {'*/bias': 'float16', '*': 'uint8'})
    """
    if not given:
        return None
    if len(given) == 1 and "=" not in given[0]:
        return given[0]
    pairs = [one.rpartition("=") for one in given]
    if not all(pattern and dtype for pattern, _, dtype in pairs):
        raise ArgumentError("--quantize takes one dtype, or PATTERN=DTYPE several times")
    return {pattern: dtype for pattern, _, dtype in pairs}


def bytes_of(text: str) -> int:
    """A size with its unit; ArgumentError for what is none.

    >>> bytes_of("4M"), bytes_of("500")
    (4194304, 500)
    """
    found = re.fullmatch(r"(\d+)([kmg]?)i?b?", text.strip().lower())
    if not found or not int(found[1]):
        raise ArgumentError(f"--shard-size must be a number of bytes, as 4M or 500k, got {text!r}")
    return int(found[1]) * UNITS[found[2]]


def share_of_float32(target: Path) -> float:
    """How much smaller the weights of a written model are than in float32."""
    specs = load_artifacts(target).weight_specs
    full = sum(spec.size * 4 for spec in specs)
    return 1 - sum(spec.least_bytes for spec in specs) / max(full, 1)


def idle_patterns(target: Path, given: list[str]) -> list[str]:
    """Those that no weight of a written model matches: mistyped, perhaps."""
    names = [spec.name for spec in load_artifacts(target).weight_specs]
    wanted = quantization_of(given)
    patterns = wanted if isinstance(wanted, dict) else {}
    return [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in names)]


# -- checking ------------------------------------------------------------------------------------------------


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays of an .npz file; no file is unpickled."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise DataFormatError(f"--check {path}: no .npz file of arrays: {error}") from None


def arranged(held: Held, given: Mapping[str, Array]) -> dict[str, Array]:
    """The arrays by the names of the model's inputs, or in their order; ArgumentError where none fit."""
    names = [slot.name for slot in held.inputs]
    plain = {name.split(":")[0]: name for name in names}
    by_name = {plain.get(name.split(":")[0], name): one for name, one in given.items()}
    if set(by_name) == set(names):
        return {name: by_name[name] for name in names}
    if len(given) == len(names):
        return dict(zip(names, given.values(), strict=True))
    has, takes = ", ".join(given) or "nothing", ", ".join(names)
    raise ArgumentError(f"--check: the file has {has}, the model takes {takes}")


def drawn(held: Held) -> dict[str, Array]:
    """Numbers from 0 to 1 for each input, the same in each run."""
    random = np.random.default_rng(0)
    return {slot.name: _drawn(slot, random) for slot in held.inputs}


def _drawn(slot: Slot, random: np.random.Generator) -> Array:
    if slot.shape is None or slot.dtype == "string":
        raise ArgumentError(f"--check needs a file of inputs: none can be drawn for {slot}")
    first, *rest = slot.shape or (1,)
    shape = [first or 1, *(dim or ANY_SIZE for dim in rest)] if slot.shape else []
    if slot.dtype.startswith("float"):
        return random.random(shape, np.float32)
    return np.asarray(random.integers(0, 2, shape), bool if slot.dtype == "bool" else np.int32)


def reloaded(held: Held, target: Path) -> Held:
    """The model that was written; of weights alone, with what the first is made of."""
    if not target.name.lower().endswith(WEIGHTS):
        return hold(target)
    other = hold(held.path)
    other.model.load_weights(target)
    return other


def compare(first: Held, second: Held, given: Mapping[str, Array]) -> None:
    """Runs both on the same numbers and tells the largest difference of each output."""
    inputs = list(given.values())
    wanted, got = first.run(inputs), second.run(inputs)
    if len(wanted) != len(got):
        raise ArgumentError(f"--check: {first.path} gives {len(wanted)} outputs, {second.path} {len(got)}")
    for (name, one), other in zip(wanted.items(), _paired(wanted, got), strict=True):
        if one.shape != other.shape:
            raise ArgumentError(f"--check: {name} has shape {list(one.shape)}, then {list(other.shape)}")
        print(f"  {name} {list(one.shape)}: {_difference(one, other)}")


def _paired(wanted: Mapping[str, Array], got: Mapping[str, Array]) -> list[Array]:
    """The outputs in the order of the first model's: by name where names stayed, else as they come."""
    return [got[name] for name in wanted] if set(wanted) == set(got) else list(got.values())


def _difference(one: Array, other: Array) -> str:
    if one.dtype.kind not in "fiub" or not one.size:
        return "equal" if (one == other).all() else f"{(one != other).sum()} of {one.size} differ"
    far = np.abs(one.astype(np.float64) - other.astype(np.float64))
    spread = float(np.nanmax(one) - np.nanmin(one))
    told = f"largest difference {np.nanmax(far):.3g}, mean {np.nanmean(far):.3g}"
    return f"{told}; values span {spread:.3g}" + (f" ({np.nanmax(far) / spread:.2%})" if spread else "")
