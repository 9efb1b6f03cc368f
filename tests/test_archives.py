"""Models in archives, and SavedModels at addresses: fetched with all their files, unpacked within limits."""

import errno
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from tests import saved_models
from tests.onnx_making import cnn
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


def archive_of(folder: Path, target: Path, under: str = "") -> Path:
    """The files of a folder in an archive; its ending says of which kind."""
    files = {f"{under}{one.relative_to(folder)}": one for one in folder.rglob("*") if one.is_file()}
    if target.suffix == ".zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, file in files.items():
                archive.write(file, name)
    else:
        with tarfile.open(target, "w:gz" if target.name.endswith("gz") else "w") as tar:
            for name, file in files.items():
                tar.add(file, name)
    return target


def gives_its_goldens(model: Any, name: str) -> None:
    for call in saved_models.calls(name):
        found = model.signatures[call.signature].predict(call.fed)
        found = found if isinstance(found, dict) else dict(zip(call.given, [found], strict=True))
        for key, wanted in call.given.items():
            got = found[key].numpy() if hasattr(found[key], "numpy") else found[key]
            if wanted.dtype.kind == "U":
                assert np.asarray(got).astype(str).tolist() == wanted.tolist()
            else:
                np.testing.assert_allclose(got, wanted, 1e-4, 1e-5)
    model.dispose()


@pytest.mark.parametrize("ending", [".zip", ".tar.gz", ".tgz", ".tar"])
@pytest.mark.parametrize("load", [gl.load_saved_model, gl.load_model])
def test_saved_models_in_archives(load: Callable[[Any], Any], ending: str, tmp_path: Path) -> None:
    """With assets, and in a folder within the archive."""
    folder = saved_models.unpacked("words", tmp_path)
    path = archive_of(folder, tmp_path / f"m{ending}", "inner/" if ending == ".zip" else "./")
    gives_its_goldens(load(path), "words")


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
@pytest.mark.parametrize("load", [gl.load_saved_model, gl.load_model])
def test_signatures_that_are_opened_later(load: Callable[[Any], Any], ending: str, tmp_path: Path) -> None:
    """The files are gone by then: their variables must have been read."""
    path = archive_of(saved_models.unpacked("module", tmp_path), tmp_path / f"m{ending}")
    gives_its_goldens(load(path), "module")


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_a_full_disk_is_no_fault_of_the_archive(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive_of(saved_models.unpacked("module", tmp_path), tmp_path / f"m{ending}")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        gl.load_saved_model(path)
    assert raised.value.errno == errno.ENOSPC


def test_models_of_tfjs_in_tar_files(tmp_path: Path) -> None:
    """As TensorFlow Hub gives them."""
    made = gl.sequential([gl.layers.dense(units=2, input_shape=[3])])
    made.save(tmp_path / "m")
    path = archive_of(tmp_path / "m", tmp_path / "m.tar.gz")
    for source in (path, f"file://{path}"):
        model = gl.load_model(source)
        np.testing.assert_array_equal(model.get_weights()[0].numpy(), made.get_weights()[0].numpy())


@pytest.mark.parametrize(
    "place",
    ["/m", "/m/", "/m/saved_model.pb", "/packed.tar.gz", "/hub/1?tf-hub-format=compressed", "/packed.zip"],
)
@pytest.mark.parametrize("load", [gl.load_saved_model, gl.load_model])
def test_saved_models_at_addresses(
    load: Callable[[Any], Any], place: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder with checkpoint and assets, or one file; offline it comes from the cache."""
    folder = saved_models.unpacked("words", tmp_path)
    site.put(folder, "/m")
    for name in ("packed.tar.gz", "packed.zip"):
        site.files[f"/{name}"] = archive_of(folder, tmp_path / name).read_bytes()
    site.files["/hub/1"] = site.files["/hub/1?tf-hub-format=compressed"] = site.files["/packed.tar.gz"]
    gives_its_goldens(load(site.url + place), "words")
    assert len(gl.models_cache.list()) == 1
    if load is gl.load_saved_model:
        asked = len(site.requests)
        monkeypatch.setenv("GLBACKEND_OFFLINE", "1")
        gives_its_goldens(load(site.url + place), "words")
        assert len(site.requests) == asked


def test_a_new_version_of_a_saved_model(site: Site, tmp_path: Path) -> None:
    site.put(saved_models.unpacked("words", tmp_path), "/m")
    gl.load_saved_model(f"{site.url}/m").dispose()
    site.files.clear()
    site.put(saved_models.unpacked("module", tmp_path), "/m")
    gives_its_goldens(gl.load_saved_model(f"{site.url}/m"), "module")
    assert [one.version for one in gl.models_cache.list()] == [2]
    gives_its_goldens(gl.load_saved_model(f"cache://{site.url}/m"), "module")
    gives_its_goldens(gl.load_model(f"cache://{site.url}/m"), "module")
    gl.models_cache.rollback(f"{site.url}/m")
    gives_its_goldens(gl.load_saved_model(f"{site.url}/m"), "words")


@pytest.mark.parametrize("load", [gl.load_onnx_model, gl.load_model])
def test_values_of_onnx_models_at_addresses(load: Callable[[Any], Any], site: Site, tmp_path: Path) -> None:
    """The file beside the model is found by itself; one outside of its folder is not fetched."""
    images = np.ones((1, 3, 8, 8), np.float32)
    wanted = gl.load_onnx_model(cnn().SerializeToString()).predict(images).numpy()
    onnx.save(cnn(), tmp_path / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=0)
    site.files["/m/m.onnx"] = (tmp_path / "m.onnx").read_bytes()
    site.files["/m/m.data"] = (tmp_path / "m.data").read_bytes()
    np.testing.assert_array_equal(load(f"{site.url}/m/m.onnx").predict(images).numpy(), wanted)
    site.files["/m/m.onnx"] = site.files["/m/m.onnx"].replace(b"m.data", b"../m.d")
    with pytest.raises(ModelFormatError, match="leaves the model's folder"):
        load(f"{site.url}/m/m.onnx")
    assert not site.asked("/m.d")


def test_what_is_not_there(site: Site, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"/m/model\.json"):
        gl.load_model(f"{site.url}/m")
    with pytest.raises(FileNotFoundError, match=r"/m/saved_model\.pb"):
        gl.load_saved_model(f"{site.url}/m")
    site.put(saved_models.unpacked("words", tmp_path), "/m")
    del site.files["/m/variables/variables.data-00000-of-00001"]
    with pytest.raises(FileNotFoundError, match="data-00000-of-00001"):
        gl.load_saved_model(f"{site.url}/m")
    assert not gl.models_cache.list()


def tar_of(*members: tuple[str, bytes, bytes]) -> bytes:
    """A tar file of members: name, content, type."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "elsewhere"
            info.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


MODEL = ("saved_model.pb", b"x", tarfile.REGTYPE)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([("../x", b"", tarfile.REGTYPE)], "'../x' leaves the archive"), ([("/x", b"", tarfile.REGTYPE)], "leaves the archive"),
        ([("C:x", b"", tarfile.REGTYPE)], "leaves the archive"), ([("x", b"", tarfile.SYMTYPE)], "'x' is no plain file"),
        ([("x", b"", tarfile.LNKTYPE)], "is no plain file"), ([("x", b"", tarfile.FIFOTYPE)], "is no plain file"),
        ([MODEL, MODEL], "'saved_model.pb' is there twice"), ([("a", b"", tarfile.REGTYPE), ("a/b", b"", tarfile.REGTYPE)], "a file and a folder"),
        ([MODEL, ("a/saved_model.pb", b"", tarfile.REGTYPE)], "2 files saved_model.pb"), ([("x", b"", tarfile.REGTYPE)], "no files saved_model.pb"),
        ([(f"d/{i}", b"", tarfile.REGTYPE) for i in range(10_001)], "more than 10,000 members"), ([MODEL], "Error parsing message"),
    ],
)  # fmt: skip
def test_tar_files_that_are_refused(members: list[Any], told: str, tmp_path: Path) -> None:
    path = tmp_path / "m.tar"
    path.write_bytes(tar_of(*members))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ModelFormatError, match=told) as caught:
        gl.load_saved_model(path)
    assert str(path) in str(caught.value) and "glbackend-" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_archives_that_unpack_to_too_much(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "saved_model.pb").write_bytes(bytes(30_000_000))
    for name in ("m.tar.gz", "m.zip"):
        with pytest.raises(ModelFormatError, match="20 times"):
            gl.load_saved_model(archive_of(tmp_path / "m", tmp_path / name))


def test_tar_files_cut_off(tmp_path: Path) -> None:
    raw = archive_of(saved_models.unpacked("words", tmp_path), tmp_path / "m.tar.gz").read_bytes()
    for size in (40, len(raw) // 2, len(raw) - 200):
        (tmp_path / "cut.tar.gz").write_bytes(raw[:size])
        with pytest.raises(ModelFormatError, match=r"cut\.tar\.gz"):
            gl.load_saved_model(tmp_path / "cut.tar.gz")
    claims = bytearray(tar_of(("x" * 300, b"", tarfile.REGTYPE)))  # its name stands in a member of its own
    claims[124:136] = b"77777777777\0"
    (tmp_path / "claims.tar").write_bytes(claims)
    with pytest.raises(ModelFormatError, match=r"claims\.tar"):
        gl.load_saved_model(tmp_path / "claims.tar")
