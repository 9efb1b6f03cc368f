"""Handlers beside files and HTTP: zip archives, files handed over, fsspec, routers, and TF.js's other tf.io."""

import contextlib
import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, MissingPackageError, ModelFormatError
from glbackend.io import ModelArtifacts, load_artifacts, routing, save_artifacts
from glbackend.io.specs import WeightSpec
from tests.test_io_bad_files import plainly_named
from tests.web_server import Site, serving

WEIGHTS = {
    "w": np.arange(12, dtype=np.float32).reshape(3, 4),
    "flags": np.array([True, False, True]),
    "words": np.array(["a", "", "déjà vu", "x" * 300], dtype=object),
    "n": np.array([7], np.int32),
}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model in shards of 100 bytes."""
    artifacts = ModelArtifacts({"class_name": "Sequential", "config": {}}, dict(WEIGHTS))
    save_artifacts(artifacts, tmp_path / "model", shard_bytes=100)
    plainly_named(tmp_path / "model")
    return tmp_path / "model"


def same(found: Any, wanted: Any = WEIGHTS) -> None:
    assert list(found) == list(wanted)
    for name in wanted:
        np.testing.assert_array_equal(found[name], wanted[name])


def zipped(folder: Path, under: str = "", method: int = zipfile.ZIP_DEFLATED) -> Path:
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "w", method) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, under + path.name)
    return target


@pytest.mark.parametrize("under", ["", "model/", "a/b/"])
def test_zip_archives(folder: Path, under: str) -> None:
    path = zipped(folder, under)
    for source in (gl.io.zip_file(path), path, str(path), f"file://{path}"):
        same(load_artifacts(source).weights)
    with pytest.raises(ArgumentError, match="only read"):
        save_artifacts(load_artifacts(path), path)


def test_zip_archives_are_models(tmp_path: Path) -> None:
    net = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    net.save(tmp_path / "layers")
    gl.save_graph_model(net, tmp_path / "graph")
    x = gl.tensor([[1.0, 2.0]])
    for name in ("layers", "graph"):
        loaded = gl.load_model(zipped(tmp_path / name))
        np.testing.assert_allclose(loaded.predict(x).numpy(), net.predict(x).numpy(), rtol=1e-6)
    site = Site(files={"/layers.zip": (tmp_path / "layers.zip").read_bytes()})
    with serving(site) as url:
        assert gl.load_layers_model(f"{url}/layers.zip").count_params() == 3
        assert gl.load_model(f"{url}/layers.zip").count_params() == 3


def rewritten(path: Path, change: Callable[[zipfile.ZipFile], object]) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        change(archive)


def link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("link.bin")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


def many(archive: zipfile.ZipFile) -> None:
    for number in range(10_001):
        archive.writestr(f"{number}", "")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("change, words", [
    (lambda archive: archive.writestr("../x", ""), "leaves the archive"),
    (lambda archive: archive.writestr("/x", ""), "leaves the archive"),
    (lambda archive: archive.writestr("C:\\x", ""), "leaves the archive"),
    (link, "is a link"),
    (many, "members, at most 10,000"),
    (lambda archive: archive.writestr("zeros", bytes(30 << 20), zipfile.ZIP_DEFLATED), "that would unpack to"),
    (lambda archive: archive.writestr("model.json", "{}"), "is there twice"),
    (lambda archive: archive.writestr("other/model.json", "{}"), "2 files model.json"),
])  # fmt: skip
def test_hostile_archives(folder: Path, change: Callable[[zipfile.ZipFile], object], words: str) -> None:
    path = zipped(folder)
    rewritten(path, change)
    with pytest.raises(ModelFormatError, match=words):
        load_artifacts(path)


def test_broken_archives(folder: Path, tmp_path: Path) -> None:
    path = zipped(folder)
    raw = path.read_bytes()
    for size in (0, 10, len(raw) // 2, len(raw) - 5):
        path.write_bytes(raw[:size])
        with pytest.raises(ModelFormatError, match=r"not a whole .zip archive"):
            load_artifacts(path)
    with pytest.raises(FileNotFoundError):
        load_artifacts(tmp_path / "none.zip")
    (folder / "group1-shard2of4.bin").unlink()
    with pytest.raises(ModelFormatError, match=r"shard2of4.bin' is missing in the archive"):
        load_artifacts(zipped(folder))
    (folder / "model.json").unlink()
    with pytest.raises(ModelFormatError, match=r"no files model.json"):
        load_artifacts(zipped(folder))


@pytest.mark.parametrize("seed", range(30))
def test_damaged_archives_are_errors_of_ours(folder: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    path = zipped(folder)
    raw = bytearray(path.read_bytes())
    for _ in range(random.integers(1, 30)):
        raw[random.integers(len(raw))] = random.integers(256)
    path.write_bytes(bytes(raw))
    with contextlib.suppress(ModelFormatError):
        load_artifacts(path)


def test_files_that_are_handed_over(folder: Path) -> None:
    model, *shards = [folder / "model.json", *sorted(folder.glob("*.bin"), reverse=True)]
    same(load_artifacts(gl.io.browser_files([model, *shards])).weights)
    pairs = [(path.name, path.read_bytes()) for path in (model, *shards)]
    same(load_artifacts(gl.io.browser_files(pairs)).weights)
    for wrong, words in (
        ([model, *shards[1:]], "was not given"),
        ([model, *shards, folder / "more.bin"], "does not name the file 'more.bin'"),
        ([shards[0]], "group1-shard"),
    ):
        with pytest.raises(ModelFormatError, match=words):
            load_artifacts(gl.io.browser_files(wrong))
    for wrong in ([], [model, shards[0], shards[0]]):
        with pytest.raises(ArgumentError, match="browser_files"):
            gl.io.browser_files(wrong)


@pytest.fixture
def memory() -> Iterator[Any]:
    fsspec = pytest.importorskip("fsspec")
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def test_fsspec(memory: Any, folder: Path) -> None:
    for path in folder.iterdir():
        memory.pipe(f"/models/m/{path.name}", path.read_bytes())
    place = "memory://models/m"
    same(load_artifacts(place).weights)
    same(load_artifacts(f"{place}/model.json").weights)
    (kept,) = gl.models_cache.list()
    assert (kept.name, len(kept.versions)) == (place, 1)
    first = (folder / "group1-shard1of4.bin").read_bytes()
    memory.pipe("/models/m/group1-shard1of4.bin", bytes(48) + first[48:])
    found = load_artifacts(place).weights
    assert not found["w"].any() and len(gl.models_cache.list()[0].versions) == 2
    gl.models_cache.rollback(place)
    same(load_artifacts(place).weights)
    gl.models_cache.unpin(place)
    memory.rm("/models/m/group1-shard1of4.bin")
    with pytest.raises(FileNotFoundError, match=r"shard1of4.bin"):
        load_artifacts(place)
    with pytest.raises(ArgumentError, match="only read there"):
        save_artifacts(ModelArtifacts({}), place)


def test_fsspec_in_an_archive_in_a_store(memory: Any, folder: Path) -> None:
    memory.pipe("/m.zip", zipped(folder, "deep/").read_bytes())
    same(load_artifacts("zip://deep::memory://m.zip").weights)
    same(load_artifacts("memory://m.zip").weights)


def test_fsspec_faults(memory: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in folder.iterdir():
        memory.pipe(f"/m/{path.name}", path.read_bytes())
    same(load_artifacts("memory://m").weights)

    def away(*given: object, **more: object) -> None:
        raise OSError("the store is away")

    monkeypatch.setattr(type(memory), "info", away)
    with pytest.warns(UserWarning, match="the store is away: version 1"):
        same(load_artifacts("memory://m").weights)
    monkeypatch.undo()
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(MissingPackageError, match=r"glbackend\[fsspec\]"):
        load_artifacts("memory://m2")


def test_routers(folder: Path) -> None:
    kept = gl.io.from_memory()

    @gl.io.register_load_router
    @gl.io.register_save_router
    def router(place: str) -> Any:
        return kept if place.startswith("shelf:") else None

    try:
        save_artifacts(load_artifacts(folder), "shelf:one")
        same(load_artifacts("shelf:one").weights)
        assert gl.io.get_load_handlers("shelf:one") == gl.io.get_save_handlers("shelf:one") == [kept]
        assert gl.io.get_load_handlers("other") == []
        net = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
        net.save("shelf:net")
        assert gl.load_model("shelf:net").count_params() == 3
        gl.io.register_load_router(router)
        with pytest.raises(ArgumentError, match="2 routers"):
            load_artifacts("shelf:one")
    finally:
        routing._LOAD_ROUTERS.clear()
        routing._SAVE_ROUTERS.clear()


def test_models_are_copied_moved_and_removed(folder: Path, tmp_path: Path) -> None:
    info = gl.io.copy_model(folder, "cache://one")
    assert info.weight_data_bytes == sum(path.stat().st_size for path in folder.glob("*.bin"))
    same(load_artifacts("cache://one").weights)
    gl.io.move_model("cache://one", f"file://{tmp_path}/two")
    same(load_artifacts(tmp_path / "two").weights)
    assert gl.io.list_models() == {}
    gl.io.move_model(tmp_path / "two", "cache://a/b")
    assert list((tmp_path / "two").iterdir()) == []
    (place,) = gl.io.list_models()
    assert place == "cache://a/b"
    listed = gl.io.list_models()[place]
    assert (listed.weight_data_bytes, listed.model_topology_bytes) == (
        info.weight_data_bytes,
        info.model_topology_bytes,
    )
    assert gl.io.remove_model(place).model_topology_bytes == info.model_topology_bytes
    assert gl.io.list_models() == {}
    gl.io.remove_model(folder)
    assert list(folder.iterdir()) == []
    for gone in (folder, place):
        with pytest.raises(FileNotFoundError):
            gl.io.remove_model(gone)


def test_a_move_that_fails_leaves_the_model(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        gl.io.move_model(folder, tmp_path / "file" / "m")
    same(load_artifacts(folder).weights)
    with pytest.raises(ArgumentError, match="not removed from 'http"):
        gl.io.move_model("http://127.0.0.1:1/m", "cache://m")
    for function in (gl.io.copy_model, gl.io.move_model):
        with pytest.raises(ArgumentError, match="both places"):
            function(folder, str(folder))


def test_removing_touches_nothing_outside(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.bin").write_bytes((folder / "group1-shard1of4.bin").read_bytes())
    (folder / "group1-shard1of4.bin").unlink()
    (folder / "group1-shard1of4.bin").symlink_to(tmp_path / "outside.bin")
    with pytest.raises(ModelFormatError, match="symbolic link"):
        gl.io.remove_model(folder)
    assert (tmp_path / "outside.bin").exists() and (folder / "model.json").exists()


def test_parts_of_a_model_json(folder: Path) -> None:
    told = json.loads((folder / "model.json").read_bytes())
    specs = gl.io.get_weight_specs(told["weightsManifest"])
    assert [(spec.name, spec.shape, spec.dtype) for spec in specs] == [
        ("w", (3, 4), "float32"), ("flags", (3,), "bool"), ("words", (4,), "string"), ("n", (1,), "int32"),
    ]  # fmt: skip
    pieces = [(folder / path).read_bytes() for path in told["weightsManifest"][0]["paths"]]
    for data in (pieces, b"".join(pieces)):
        artifacts = gl.io.get_model_artifacts_for_json(told, lambda manifest, data=data: (specs, data))
        same(artifacts.weights)
    info = gl.io.get_model_artifacts_info_for_json(artifacts)
    assert info.model_topology_bytes == len('{"class_name":"Sequential","config":{}}')
    with pytest.raises(ModelFormatError, match="past the end"):
        gl.io.get_model_artifacts_for_json(told, lambda manifest: (specs, pieces[:-1]))


@pytest.mark.parametrize("size", [1, 3, 7, 100, 10_000])
def test_weights_in_a_stream(size: int) -> None:
    data, specs = gl.io.encode_weights(WEIGHTS)
    stream = io.BytesIO(data)
    same(gl.io.decode_weights_stream(iter(lambda: stream.read(size), b""), specs))
    for wrong, words in ((data[:-1], "too short"), (data + b"x", "too long")):
        with pytest.raises(ModelFormatError, match=words):
            gl.io.decode_weights_stream([wrong], specs)
    hostile = [b"\xff\xff\xff\xff" * 2, b"a"]
    with pytest.raises(ModelFormatError, match="past the end"):
        gl.io.decode_weights_stream(hostile, [WeightSpec("s", (2,), "string")])


def test_weights_by_a_manifest(folder: Path) -> None:
    manifest = [
        {"paths": ["a.bin", "b.bin"], "weights": [{"name": "x", "shape": [4], "dtype": "float32"}]},
        {"paths": ["c.bin"], "weights": [{"name": name, "shape": [2], "dtype": "int32"} for name in "yz"]},
    ]
    files = {"a.bin": np.float32([1, 2]), "b.bin": np.float32([3, 4]), "c.bin": np.int32([5, 6, 7, 8])}
    for name, values in files.items():
        (folder / name).write_bytes(values.tobytes())
    wanted = {"x": [1, 2, 3, 4], "y": [5, 6], "z": [7, 8]}
    site = Site()
    site.put(folder, "/w")
    with serving(site) as url:
        for prefix in (str(folder), f"{url}/w", f"{url}/w/"):
            found = gl.io.load_weights(manifest, prefix)
            assert {name: array.tolist() for name, array in found.items()} == wanted
        site.requests.clear()
        assert gl.io.load_weights(manifest, f"{url}/w", ["z"], headers={"X": "1"})["z"].tolist() == [7, 8]
        assert [path for path, _, _ in site.requests] == ["/w/c.bin"] and site.requests[0][1]["X"] == "1"
        site.files["/w/c.bin"] += b"more"
        with pytest.raises(ModelFormatError, match="too long"):
            gl.io.load_weights(manifest, f"{url}/w", ["z"])
    with pytest.raises(ArgumentError, match="the manifest has no q; it has x, y, z"):
        gl.io.load_weights(manifest, str(folder), ["q"])
    asked: list[str] = []

    def fetch(paths: list[str]) -> list[bytes]:
        asked.extend(paths)
        return [Path(path).read_bytes() for path in paths]

    load = gl.io.weights_loader_factory(fetch)
    assert load(manifest, str(folder), ["x"])["x"].tolist() == wanted["x"]
    assert asked == [str(folder / "a.bin"), str(folder / "b.bin")]


def test_bytes_in_one() -> None:
    pieces = [b"ab", bytearray(b"c"), memoryview(b"de")]
    assert gl.io.concatenate_array_buffers(pieces) == b"abcde"
    assert gl.io.concatenate_array_buffers(memoryview(b"de")) == b"de"
