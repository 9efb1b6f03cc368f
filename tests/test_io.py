"""glbackend.io on whole models: real ones load byte for byte, a save that fails loses nothing, handlers."""

import errno
import glob
import json
import multiprocessing
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glbackend.base.errors import ArgumentError, DtypeError, ModelFormatError
from glbackend.io import (
    ModelArtifacts,
    SaveResult,
    WeightSpec,
    encode_weights,
    file_system,
    from_memory,
    load_artifacts,
    save_artifacts,
    with_save_handler,
)
from glbackend.io.files import SHARD_BYTES
from tests.test_io_bad_files import plainly_named

Json = dict[str, Any]
SHARED = Path(__file__).resolve().parents[2] / "shared"
CONV2D = SHARED / "fixtures" / "keras" / "conv2d"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="../shared, where the real models lie, is absent"
)
REAL = sorted(path.relative_to(SHARED).as_posix() for path in SHARED.rglob("model.json"))
real_model = pytest.mark.parametrize("model", REAL or [pytest.param("", marks=needs_shared)])
GRAPH_DTYPES = {
    "DT_FLOAT": "float32",
    "DT_INT32": "int32",
    "DT_INT64": "int32",
    "DT_BOOL": "bool",
    "DT_STRING": "string",
}


def on_disk(file: Path) -> tuple[Json, bytes]:
    """A model.json and the bytes of all its shards, read without glbackend."""
    model = json.loads(file.read_bytes())
    paths = [path for group in model["weightsManifest"] for path in group["paths"]]
    return model, b"".join((file.parent / path).read_bytes() for path in paths)


def assert_same(one: ModelArtifacts, other: ModelArtifacts) -> None:
    """Every part but the weights equal; the weights equal by bits, in the same order."""
    for part in ("model_topology", "format", "generated_by", "converted_by", "training_config", "signature"):
        assert getattr(one, part) == getattr(other, part), part
    for part in ("user_defined_metadata", "model_initializer", "initializer_signature"):
        assert getattr(one, part) == getattr(other, part), part
    assert list(one.weights) == list(other.weights)
    for name, values in one.weights.items():
        assert values.dtype == other.weights[name].dtype and values.shape == other.weights[name].shape
        if values.dtype == object:
            assert values.tolist() == other.weights[name].tolist()
        else:
            assert values.tobytes() == other.weights[name].tobytes()


# Real models -----------------------------------------------------------------------------------------------


@real_model
def test_real_model_loads_and_encodes_to_the_same_bytes(model: str) -> None:
    declared, raw = on_disk(SHARED / model)
    artifacts = load_artifacts(SHARED / model)
    assert artifacts.format == declared["format"]
    assert artifacts.model_topology == declared["modelTopology"]
    assert artifacts.generated_by == declared["generatedBy"]
    entries = [entry for group in declared["weightsManifest"] for entry in group["weights"]]
    assert list(artifacts.weights) == [entry["name"] for entry in entries]
    for entry in entries:
        values = artifacts.weights[entry["name"]]
        assert list(values.shape) == entry["shape"]
        assert values.dtype == (object if entry["dtype"] == "string" else entry["dtype"])
        assert values.flags.aligned and values.flags.writeable and values.flags.c_contiguous
    stored_as = {entry["name"]: entry.get("quantization", {}).get("dtype") for entry in entries}
    if not {"uint8", "uint16"} & set(stored_as.values()):
        halves = {glob.escape(name): "float16" for name, dtype in stored_as.items() if dtype == "float16"}
        assert encode_weights(artifacts.weights, quantization=halves)[0] == raw


@real_model
def test_graph_constants_have_the_shapes_of_their_weights(model: str) -> None:
    artifacts = load_artifacts(SHARED / model)
    if artifacts.format != "graph-model":
        assert "model_config" in artifacts.model_topology or "class_name" in artifacts.model_topology
        return
    nodes = [*artifacts.model_topology["node"], *(artifacts.model_initializer or {}).get("node", [])]
    for library in artifacts.model_topology.get("library", {}).get("function", []):
        nodes += library["nodeDef"]
    constants = {node["name"]: node["attr"] for node in nodes if node["op"] == "Const"}
    checked = 0
    for spec in artifacts.weight_specs:
        if spec.name in constants:
            tensor = constants[spec.name]["value"]["tensor"]
            assert list(spec.shape) == [
                int(dim.get("size", 0)) for dim in tensor["tensorShape"].get("dim", [])
            ]
            assert GRAPH_DTYPES[tensor["dtype"]] == spec.dtype
            checked += 1
    assert checked > 0


@needs_shared
def test_zoo_is_complete() -> None:
    zoo = json.loads((SHARED / "zoo" / "zoo.json").read_bytes())["models"]
    assert len(zoo) == 10
    for entry in zoo:
        folder = SHARED / "zoo" / entry["id"]
        specs = load_artifacts(folder).weight_specs
        assert len(on_disk(folder / "model.json")[1]) == entry["weight_bytes"]
        codings: dict[str, int] = {}
        for spec in specs:
            coding = f"{spec.dtype} as {spec.quantization.dtype}" if spec.quantization else spec.dtype
            codings[coding] = codings.get(coding, 0) + 1
        assert sum(codings.values()) == sum(entry["weight_codings"].values())


@needs_shared
@pytest.mark.parametrize("variant", ["quant_uint8", "sharded_333_uint16", "graph_quant_uint8"])
def test_dequantized_weights_are_the_converters(variant: str) -> None:
    weights = load_artifacts(CONV2D / variant).weights
    with np.load(CONV2D / "golden.npz") as golden:
        for name, values in weights.items():
            if f"{variant}/weight/{name}" in golden:
                np.testing.assert_allclose(values, golden[f"{variant}/weight/{name}"], rtol=1e-6, atol=1e-8)
        assert any(f"{variant}/weight/{name}" in golden for name in weights)


@needs_shared
def test_quantization_on_save_is_the_converters(tmp_path: Path) -> None:
    original = load_artifacts(CONV2D / "layers")
    save_artifacts(original, tmp_path / "uint8", quantization="uint8")
    plainly_named(tmp_path / "uint8")
    assert on_disk(tmp_path / "uint8" / "model.json") == on_disk(CONV2D / "quant_uint8" / "model.json")
    save_artifacts(original, tmp_path / "uint16", quantization="uint16", shard_bytes=333)
    plainly_named(tmp_path / "uint16")
    model, raw = on_disk(tmp_path / "uint16" / "model.json")
    expected, codes = on_disk(CONV2D / "sharded_333_uint16" / "model.json")
    assert model == expected
    # The converter computed in float32: of 1039 codes one lies near the middle (.5019): it chose the other.
    difference = np.frombuffer(raw, "<u2").astype(int) - np.frombuffer(codes, "<u2")
    assert np.abs(difference).max() <= 1 and np.count_nonzero(difference) <= 1


@needs_shared
def test_groups_by_layer_hold_the_weights_of_one_group() -> None:
    split, whole = load_artifacts(CONV2D / "split_by_layer"), load_artifacts(CONV2D / "layers")
    assert set(split.weights) == set(whole.weights)
    assert all(np.array_equal(split.weights[name], whole.weights[name]) for name in whole.weights)


@needs_shared
@pytest.mark.parametrize(
    "name", ["language-detection", "own-digits-bilstm", "blazeface", "movenet-lightning"]
)
def test_real_model_survives_save_and_load(name: str, tmp_path: Path) -> None:
    original = load_artifacts(SHARED / "zoo" / name)
    result = save_artifacts(original, tmp_path)
    assert_same(load_artifacts(tmp_path), original)
    assert all(size <= SHARD_BYTES for size in (Path(file).stat().st_size for file in result.files[:-1]))
    assert result.model_artifacts_info.weight_data_bytes == sum(
        os.path.getsize(file) for file in result.files[:-1]
    )


# Saving and handlers ---------------------------------------------------------------------------------------


def small(value: float = 1.0, count: int = 12) -> ModelArtifacts:
    return ModelArtifacts({"class_name": "Sequential"}, {"w": np.full(count, value, np.float32)})


def test_everything_in_model_json_survives(tmp_path: Path) -> None:
    weights = {
        "k": np.ones((2, 2), np.float32),
        "empty": np.ones((0, 3), np.float32),
        "m": np.zeros((), np.float32),
    }
    original = ModelArtifacts(
        {"class_name": "Sequential", "config": {"name": "é", "rate": 1e-7, "seed": None}},
        weights,
        generated_by="me",
        converted_by="you",
        training_config={"loss": "mse", "optimizer_config": {}},
        user_defined_metadata={"a": {"camelCase": 1, "snake_case": [2]}},
        signature={"inputs": {}},
        model_initializer={"node": []},
        initializer_signature={"outputs": {}},
        weight_specs=(WeightSpec("m", (), "float32", group="optimizer"),),
    )
    save_artifacts(original, tmp_path / "a" / "b")
    loaded = load_artifacts(tmp_path / "a" / "b")
    assert_same(loaded, original)
    assert [spec.group for spec in loaded.weight_specs] == [None, None, "optimizer"]
    keys = set(json.loads((tmp_path / "a" / "b" / "model.json").read_bytes()))
    assert {
        "modelTopology",
        "weightsManifest",
        "trainingConfig",
        "userDefinedMetadata",
        "modelInitializer",
    } <= keys


def test_model_without_weights_and_without_format(tmp_path: Path) -> None:
    result = save_artifacts(ModelArtifacts({"node": []}, format="graph-model"), tmp_path)
    assert [Path(file).name for file in result.files] == ["model.json"]
    assert load_artifacts(tmp_path).weights == {}
    model = json.loads((tmp_path / "model.json").read_bytes())
    del model["format"]  # as before TF.js 1.0
    (tmp_path / "model.json").write_text(json.dumps(model))
    assert load_artifacts(tmp_path).format == "graph-model"
    model |= {"modelTopology": {"model_config": {}}, "weightsManifest": []}
    (tmp_path / "model.json").write_text(json.dumps(model))
    assert load_artifacts(tmp_path).format == "layers-model"


def test_smaller_model_replaces_a_bigger_one_and_spares_other_files(tmp_path: Path) -> None:
    save_artifacts(small(), tmp_path, shard_bytes=10)
    (tmp_path / "notes.bin").write_bytes(b"mine")
    assert len(list(tmp_path.iterdir())) == 5 + 1 + 1
    save_artifacts(small(2.0), tmp_path)
    shard, *others = sorted(file.name for file in tmp_path.iterdir())
    assert re.fullmatch("group1-shard1of1-[0-9a-f]{16}.bin", shard) and others == ["model.json", "notes.bin"]
    assert load_artifacts(tmp_path).weights["w"][0] == 2.0


def test_two_models_share_a_folder(tmp_path: Path) -> None:
    for number, name in enumerate(["model.json", "a.json", "b.json"]):
        save_artifacts(small(number), tmp_path / name)
    assert [
        load_artifacts(tmp_path / name).weights["w"][0] for name in ("model.json", "a.json", "b.json")
    ] == [0, 1, 2]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


STEPS = ("fsync", "replace", "mkdir", "unlink", "rmdir")  # what a save does to the disk


@pytest.mark.parametrize("call", range(8))
def test_save_that_fails_leaves_the_old_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    save_artifacts(small(), tmp_path, shard_bytes=16)  # 3 shards
    before, calls = snapshot(tmp_path), 0

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call + 1:
                raise OSError(errno.ENOSPC, "no space left on device")
            return real(*args)

        return run

    monkeypatch.setattr(os, "fsync", failing(os.fsync))
    monkeypatch.setattr(os, "replace", failing(os.replace))
    with pytest.raises(OSError, match="no space"):  # 4 writes, 4 replacements
        save_artifacts(small(9.0), tmp_path, shard_bytes=16)
    monkeypatch.undo()
    assert snapshot(tmp_path) == before
    assert load_artifacts(tmp_path).weights["w"][0] == 1.0


def saved(folder: Path) -> float:
    """The number that all weights of a model made by `small` have; they are of one model, or it fails."""
    values = load_artifacts(folder).weights["w"]
    assert len(set(values.tolist())) == 1
    return float(values[0])


def test_an_old_model_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of a save, its own and those of the clearing up, leaves the old model or the new one."""
    save_artifacts(small(1.0), tmp_path, shard_bytes=16)
    seen = []

    def watched(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            result = real(*args, **options)
            seen.append(saved(tmp_path))
            return result

        return run

    for step in STEPS:
        monkeypatch.setattr(os, step, watched(getattr(os, step)))
    save_artifacts(small(2.0), tmp_path, shard_bytes=16)
    assert seen == sorted(seen) and set(seen) == {1.0, 2.0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a process that it forks")
@pytest.mark.parametrize("old_names", [False, True])
def test_killed_at_any_step(tmp_path: Path, old_names: bool) -> None:
    """A save that is killed leaves one model whole, and the next save leaves nothing of it behind."""
    killed = 0
    for step in range(100):
        save_artifacts(small(1.0), tmp_path, shard_bytes=16)
        if old_names:
            plainly_named(tmp_path)
        child = os.fork()
        if child == 0:
            _save_and_die(tmp_path, step)
        ended = os.waitpid(child, 0)[1]
        killed += os.WIFSIGNALED(ended)
        assert saved(tmp_path) in ((1.0, 2.0) if os.WIFSIGNALED(ended) else (2.0,))
        save_artifacts(small(3.0), tmp_path, shard_bytes=16)
        assert saved(tmp_path) == 3.0
        if not old_names:  # the converter's names are removed by the save that replaces them, or stay
            assert len(list(tmp_path.iterdir())) == 4
        if not os.WIFSIGNALED(ended):
            break
    assert killed > 12


def _save_and_die(folder: Path, step: int) -> None:
    """Saves in a child process and kills it before that step of the save."""
    left = step

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **options: Any) -> Any:
            nonlocal left
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1
            return real(*args, **options)

        return run

    for name in STEPS:
        setattr(os, name, deadly(getattr(os, name)))
    try:
        save_artifacts(small(2.0), folder, shard_bytes=16)
    finally:
        os._exit(0 if sys.exc_info()[0] is None else 1)


def _write_on(folder: Path, values: tuple[float, ...], ends: Any) -> None:
    while not ends.is_set():
        for value in values:
            save_artifacts(small(value), folder, shard_bytes=16)


def _read_on(folder: Path, times: int, found: Any) -> None:
    try:
        found.put([saved(folder) for _ in range(times)])
    except BaseException as error:
        found.put(repr(error))


def test_two_writers_and_ten_readers(tmp_path: Path) -> None:
    """Every load beside saves is whole; writers share some contents, so that their shards have equal names."""
    save_artifacts(small(1.0), tmp_path, shard_bytes=16)
    context = multiprocessing.get_context("spawn")
    ends, found = context.Event(), context.Queue()
    writers = [
        context.Process(target=_write_on, args=(tmp_path, values, ends))
        for values in ((1.0, 2.0), (2.0, 3.0))
    ]
    readers = [context.Process(target=_read_on, args=(tmp_path, 30, found)) for _ in range(10)]
    for one in (*writers, *readers):
        one.start()
    try:
        loads = [found.get(timeout=200) for _ in readers]
    finally:
        ends.set()
        for one in (*writers, *readers):
            one.join()
    assert all(set(one) <= {1.0, 2.0, 3.0} for one in loads), loads
    assert [one.exitcode for one in writers] == [0, 0]
    assert len(list(tmp_path.iterdir())) == 4, "nothing is left behind"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_topology": {"rate": float("nan")}}, "modelTopology as JSON"),
        ({"user_defined_metadata": {"a": np.zeros(2)}}, "userDefinedMetadata as JSON"),
        ({"format": "onnx"}, "format 'onnx'"),
        ({"weights": {"s": np.array(["\ud800"], object)}}, "'s' holds text"),
        ({"weights": {"o": np.array([object()], object)}}, "'o'"),
    ],
)
def test_contents_that_cannot_be_saved(tmp_path: Path, change: Json, message: str) -> None:
    save_artifacts(small(), tmp_path)
    before, artifacts = snapshot(tmp_path), small()
    for name, value in change.items():
        setattr(artifacts, name, value)
    for target in (tmp_path, from_memory()):
        with pytest.raises((ModelFormatError, DtypeError), match=message):
            save_artifacts(artifacts, target)
    assert snapshot(tmp_path) == before


def test_folder_in_the_way_is_not_moved(tmp_path: Path) -> None:
    (tmp_path / "model.json").mkdir()
    with pytest.raises(IsADirectoryError, match=r"model\.json is a folder"):
        save_artifacts(small(), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


def test_memory_and_function_handlers() -> None:
    memory = from_memory()
    with pytest.raises(ArgumentError, match="nothing has been saved"):
        load_artifacts(memory)
    result = save_artifacts(small(3.0), memory)
    assert result.model_artifacts_info.weight_data_bytes == 48 and result.files == ()
    assert_same(load_artifacts(memory), small(3.0))
    given_away: list[ModelArtifacts] = []

    def take(artifacts: ModelArtifacts) -> SaveResult:
        given_away.append(artifacts)
        return result

    handler, model = with_save_handler(take), small()
    assert save_artifacts(model, handler) is result and given_away == [model]
    with pytest.raises(ArgumentError, match="only save"):
        load_artifacts(handler)


def test_paths_and_schemes(tmp_path: Path) -> None:
    save_artifacts(small(4.0), f"file://{tmp_path}/m")
    assert load_artifacts(str(tmp_path / "m" / "model.json")).weights["w"][0] == 4.0
    for place in ("localstorage://m", "indexeddb://m"):
        with pytest.raises(ArgumentError, match=f"cannot reach '{place}.*Protocol not known"):
            load_artifacts(place)
        with pytest.raises(ArgumentError, match="only read there"):
            save_artifacts(small(), place)
    with pytest.raises(ArgumentError, match="load and save"):
        load_artifacts(7)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="to the handler"):
        save_artifacts(small(), from_memory(), quantization="uint8")
    with pytest.raises(ArgumentError, match="at least 1"):
        file_system(tmp_path, shard_bytes=0)
