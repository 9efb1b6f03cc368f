"""The models that are kept: versions, pins, going back, reading again, and the commands for all that."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.cli.main import main
from glbackend.io import ModelArtifacts, load_artifacts, save_artifacts
from glbackend.io.cache import ModelsCache
from tests.web_server import Site, serving


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "cache" / "models"


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    with serving(site):
        yield site


def artifacts(value: float) -> ModelArtifacts:
    return ModelArtifacts({"class_name": "Sequential"}, {"w": np.full(100, value, np.float32)})


def publish(site: Site, folder: Path, value: float) -> None:
    """A model of that value at /m, in place of the one before."""
    shutil.rmtree(folder, ignore_errors=True)
    save_artifacts(artifacts(value), folder)
    site.files = {path: raw for path, raw in site.files.items() if not path.startswith("/m/")}
    site.put(folder, "/m")


def value_of(source: Any) -> float:
    return float(load_artifacts(source).weights["w"][0])


@pytest.fixture
def model(site: Site, tmp_path: Path) -> str:
    """A model of which three versions were fetched: 1.0, 2.0, 3.0."""
    for value in (1.0, 2.0, 3.0):
        publish(site, tmp_path / "source", value)
        assert value_of(f"{site.url}/m") == value
    return f"{site.url}/m"


def test_what_is_listed(model: str) -> None:
    (kept,) = gl.models_cache.list()
    assert (kept.name, kept.version, kept.pinned) == (model, 3, False)
    assert [version.number for version in kept.versions] == [1, 2, 3]
    assert len({version.content for version in kept.versions}) == 3
    assert kept.size == sum(version.size for version in kept.versions) > 3 * 400
    assert str(kept) == f"{model}  version 3 of 3, {kept.size:,} bytes"


def test_paths_of_versions(model: str) -> None:
    assert value_of(gl.models_cache.path(model)) == 3
    assert value_of(gl.models_cache.path(model, 1)) == 1
    assert value_of(gl.models_cache.path(f"{model}/model.json", 2)) == 2
    with pytest.raises(ArgumentError, match="has no version 7: there is 1, 2, 3"):
        gl.models_cache.path(model, 7)


def test_a_pinned_model_stays(site: Site, model: str, tmp_path: Path) -> None:
    assert str(gl.models_cache.pin(model, 2)).startswith(f"{model}  version 2 (pinned) of 3")
    publish(site, tmp_path / "source", 4.0)
    site.requests.clear()
    assert value_of(model) == 2
    assert not site.requests, "its server is not asked"
    gl.models_cache.unpin(model)
    assert value_of(model) == 4


def test_rollback_goes_back_and_stays(site: Site, model: str, tmp_path: Path) -> None:
    assert gl.models_cache.rollback(model).version == 2
    assert value_of(model) == 2
    publish(site, tmp_path / "source", 4.0)
    assert value_of(model) == 2
    assert gl.models_cache.rollback(model).version == 1
    with pytest.raises(ArgumentError, match="has no version before 1"):
        gl.models_cache.rollback(model)
    assert value_of(model) == 1


def test_a_content_that_comes_again_is_no_new_version(site: Site, model: str, tmp_path: Path) -> None:
    publish(site, tmp_path / "source", 1.0)
    assert value_of(model) == 1
    assert [version.number for version in gl.models_cache.list()[0].versions] == [2, 3, 1]
    assert gl.models_cache.rollback(model).version == 3


def test_verify_names_what_is_damaged(model: str, cache: Path) -> None:
    assert gl.models_cache.verify() == gl.models_cache.verify(model) == {}
    (shard,) = cache.glob("*/v2/*.bin")
    shard.write_bytes(shard.read_bytes()[:-1] + b"!")
    (cache / shard.parents[1] / "v3" / "model.json").unlink()
    assert gl.models_cache.verify() == {model: (f"v2/{shard.name}", "v3/model.json")}
    with pytest.raises(ModelFormatError, match=r"version 2 .* is damaged"):
        gl.models_cache.path(model, 2)


def test_clear(model: str, cache: Path) -> None:
    sizes = {version.number: version.size for version in gl.models_cache.list()[0].versions}
    assert gl.models_cache.clear(model, 2) == sizes[2]
    assert not list(cache.glob("*/v2"))
    gl.models_cache.pin(model, 1)
    with pytest.raises(ArgumentError, match=r"version 1 .* is pinned"):
        gl.models_cache.clear(model, 1)
    with pytest.raises(ArgumentError, match="version 3 of which model"):
        gl.models_cache.clear(version=3)
    save_artifacts(artifacts(9.0), "cache://mine")
    assert gl.models_cache.clear() == 0, "one is pinned, one was saved here"
    gl.models_cache.unpin(model)
    assert gl.models_cache.clear() == sizes[1] + sizes[3]
    assert [kept.name for kept in gl.models_cache.list()] == ["mine"]
    gl.models_cache.clear("mine", 1)
    assert gl.models_cache.list() == []
    with pytest.raises(ArgumentError, match="no models are called 'mine'; there are none"):
        gl.models_cache.pin("mine")


def test_names_may_be_parts(model: str) -> None:
    save_artifacts(artifacts(9.0), "cache://mine")
    assert gl.models_cache.pin("127.0.0.1").name == model
    with pytest.raises(ArgumentError, match="2 models are called 'm'"):
        gl.models_cache.pin("m")


def test_models_of_ones_own_have_versions_too() -> None:
    net = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    saved = [net.save("cache://mine")]
    net.set_weights([np.full((2, 1), 5.0), np.zeros(1)])
    saved.append(net.save("cache://mine"))
    assert gl.load_model("cache://mine").get_weights()[0].numpy().tolist() == [[5.0], [5.0]]
    gl.models_cache.rollback("mine")
    assert gl.load_layers_model("cache://mine").get_weights()[0].numpy().tolist() != [[5.0], [5.0]]
    assert all(Path(file).is_file() for one in saved for file in one.files)
    with pytest.raises(FileNotFoundError, match="no model 'other' in the cache"):
        gl.load_model("cache://other")


def test_a_save_that_fails_leaves_the_versions(cache: Path) -> None:
    save_artifacts(artifacts(1.0), "cache://mine")
    broken = artifacts(2.0)
    broken.user_defined_metadata = {"a": float("nan")}
    with pytest.raises(ModelFormatError):
        save_artifacts(broken, "cache://mine")
    assert value_of("cache://mine") == 1
    assert sorted(path.name for path in next(cache.iterdir()).iterdir() if path.is_dir()) == ["v1"]


def test_names_that_look_alike_are_apart() -> None:
    for number, name in enumerate(("a/b", "a-b", "a b", "../a", "A-B", "ä")):
        save_artifacts(artifacts(number), f"cache://{name}")
    for number, name in enumerate(("a/b", "a-b", "a b", "../a", "A-B", "ä")):
        assert value_of(f"cache://{name}") == number
    assert all(path.parent == gl.models_cache.folder for path in gl.models_cache.folder.iterdir())


def test_a_damaged_record_is_said(model: str, cache: Path) -> None:
    (record,) = cache.glob("*/record.json")
    for text in ("", "[]", '{"name": "m"}', '{"name": "m", "versions": [], "pinned": 3}'):
        record.write_text(text)
        with pytest.raises((ModelFormatError, ArgumentError), match=r"damaged|no version 3"):
            load_artifacts(model)


def test_a_cache_without_rights_to_write_can_be_read(
    model: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container whose image brings the models: offline nothing is locked or written."""
    monkeypatch.setenv("GLBACKEND_OFFLINE", "1")
    monkeypatch.setitem(sys.modules, "filelock", None)
    monkeypatch.setitem(sys.modules, "httpx", None)
    before = sorted(cache.rglob("*"))
    assert value_of(model) == 3
    assert sorted(cache.rglob("*")) == before


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GLBACKEND_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    if sys.platform.startswith("linux"):
        assert gl.models_cache.folder == tmp_path / "home" / "glbackend" / "models"
    assert ModelsCache(tmp_path).folder == tmp_path
    assert ModelsCache(tmp_path / "nowhere").list() == []


def test_two_processes_save_at_once() -> None:
    code = (
        "import numpy as np; from glbackend.io import ModelArtifacts, save_artifacts\n"
        "for value in range({0}, {0} + 10):\n"
        "    weights = {{'w': np.full(100, value, np.float32)}}\n"
        "    save_artifacts(ModelArtifacts({{'class_name': 'Sequential'}}, weights), 'cache://mine')"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code.format(start)]) for start in (0, 100)]
    assert [process.wait(timeout=100) for process in processes] == [0, 0]
    (kept,) = gl.models_cache.list()
    assert [version.number for version in kept.versions] == list(range(1, 21))
    assert sorted(value_of(gl.models_cache.path("mine", number)) for number in range(1, 21)) == [
        *range(10), *range(100, 110),
    ]  # fmt: skip
    assert gl.models_cache.verify() == {}


def command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["cache", *arguments])
    return code, *capsys.readouterr()


def test_the_command(model: str, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = command(capsys, "list")
    assert code == 0 and out.splitlines()[0].startswith(f"{cache}: 1 models")
    assert out.splitlines()[4].startswith("  *   3  ")
    (told,) = json.loads(command(capsys, "list", "--json")[1])
    assert (told["name"], told["version"], told["pinned"]) == (model, 3, False)
    assert [one["version"] for one in told["versions"]] == [1, 2, 3]
    assert command(capsys, "rollback", model)[1].startswith(f"{model}  version 2 (pinned) of 3")
    assert command(capsys, "pin", "127.0.0.1", "--version", "1")[1].startswith(f"{model}  version 1 (pinned)")
    assert value_of(model) == 1
    assert command(capsys, "unpin", model)[1].startswith(f"{model}  version 3 of 3")
    assert command(capsys, "verify")[:2] == (0, "every file is what was fetched\n")
    (shard,) = cache.glob("*/v2/*.bin")
    os.truncate(shard, 7)
    assert command(capsys, "verify", model)[:2] == (1, f"{model}: damaged: v2/{shard.name}\n")
    assert command(capsys, "clear", model, "--version", "2")[1].endswith(" bytes removed\n")
    assert command(capsys, "verify")[0] == 0
    code, _, error = command(capsys, "pin", "nothing")
    assert code == 1 and "no models are called 'nothing'" in error
    assert command(capsys, "clear")[0] == 0
    assert command(capsys, "list")[1] == f"{cache}: 0 models, 0 bytes\n"
