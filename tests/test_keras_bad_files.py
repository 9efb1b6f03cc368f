"""Damaged, contradictory and hostile files of Keras: a typed error that names the part, and nothing else."""

import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from glbackend.formats.keras.hdf5 import opened
from glbackend.formats.keras.heaps import check_texts
from glbackend.formats.keras.reading import load_keras_model
from tools.keras_files import FOLDER

Parts = dict[str, bytes]


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(parts: Parts, compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


SOUND = parts_of(FOLDER / "training.keras")


def told(path: Path, data: bytes) -> str:
    """What loading that file says."""
    path.write_bytes(data)
    with pytest.raises(ModelFormatError) as caught:
        gl.load_model(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def with_member(name: str, mode: int = 0o600, flags: int = 0) -> bytes:
    """A sound archive with one member more."""
    stream = io.BytesIO(archive_of(SOUND))
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice
        with zipfile.ZipFile(stream, "a") as archive:
            archive.writestr(info, b"/etc/passwd")
    data = stream.getvalue()
    if flags:
        at = data.rfind(b"PK\x01\x02")
        data = data[: at + 8] + bytes([flags]) + data[at + 9 :]
    return data


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "parent": (lambda: with_member("../x"), "'../x' leaves the archive"),
    "absolute": (lambda: with_member("/etc/x"), "leaves the archive"),
    "drive": (lambda: with_member("C:x"), "leaves the archive"),
    "link": (lambda: with_member("link", stat.S_IFLNK | 0o777), "'link' is a link"),
    "twice": (lambda: with_member("config.json"), "'config.json' is there twice"),
    "encrypted": (lambda: with_member("x", flags=1), "'x' is encrypted"),
    "bomb": (
        lambda: archive_of({**SOUND, "assets/x": bytes(20_000_000)}, zipfile.ZIP_DEFLATED),
        "would unpack to 20,0.*refused",
    ),
    "many": (lambda: archive_of({**SOUND, **{f"a{i}": b"" for i in range(10_000)}}), "10,003 members"),
    "no weights": (
        lambda: archive_of({k: v for k, v in SOUND.items() if k != "model.weights.h5"}),
        "has no model.weights.h5",
    ),
    "no object": (
        lambda: archive_of({**SOUND, "config.json": b"[]"}),
        "config.json: must be an object, not list",
    ),
    "half of a config": (
        lambda: archive_of({**SOUND, "config.json": SOUND["config.json"][:200]}),
        "config.json: not whole JSON",
    ),
    "deep config": (
        lambda: archive_of({**SOUND, "config.json": b'{"a":' * 100_000 + b"0" + b"}" * 100_000}),
        "config.json: not whole JSON",
    ),
    "half": (lambda: archive_of(SOUND)[:-300], "not a whole .keras archive"),
    "other weights": (
        lambda: archive_of(
            {**SOUND, "model.weights.h5": parts_of(FOLDER / "quantised.keras")["model.weights.h5"]}
        ),
        "do not fit|has shape",
    ),
    "no hdf5": (
        lambda: archive_of({**SOUND, "model.weights.h5": b"weights"}),
        "model.weights.h5: not a whole HDF5",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_archives(name: str, tmp_path: Path) -> None:
    make, pattern = HOSTILE[name]
    message = told(tmp_path / "m.keras", make())
    with pytest.raises(AssertionError, match=pattern):
        raise AssertionError(message)
    assert [one.name for one in tmp_path.iterdir()] == ["m.keras"]


def external(file: Any) -> None:
    file["layers/x"] = h5py.ExternalLink("/etc/passwd", "/")


def endless(file: Any) -> None:
    file["layers/round"] = file["layers"]


def huge(file: Any) -> None:
    file.create_dataset("layers/x/vars/0", shape=(1 << 40,), dtype="f4")


def packed(file: Any) -> None:
    file.create_dataset("layers/x/vars/0", data=np.zeros(1_000_000, "f4"), compression="gzip")


def outside(file: Any) -> None:
    file.create_dataset("layers/x/vars/0", shape=(4,), dtype="f4", external="/etc/passwd")


def words(file: Any) -> None:
    file.create_dataset("layers/x/vars/0", data=["a", "b"])


@pytest.mark.parametrize(
    ("change", "pattern"),
    [
        (external, "layers/x is a link to elsewhere"), (endless, "more than 60 deep"), (huge, "holds 0 bytes where"),
        (packed, "is not stored whole"), (outside, "is not stored whole"), (words, "holds no numbers"),
    ],
)  # fmt: skip
def test_hdf5(change: Callable[[Any], None], pattern: str, tmp_path: Path) -> None:
    path = tmp_path / "w.weights.h5"
    path.write_bytes(SOUND["model.weights.h5"])
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(ModelFormatError, match=pattern), opened(path, "w") as root:
        root.arrays()


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    """A Lambda of code is no layer: whatever it holds is left unread."""
    config = json.loads(SOUND["config.json"])
    code = {"class_name": "__lambda__", "config": {"code": "Y29kZQ==", "defaults": None, "closure": None}}
    config["config"]["layers"].insert(1, {
        "module": "keras.layers", "class_name": "Lambda", "config": {"name": "code", "function": code},
    })  # fmt: skip
    path = tmp_path / "m.keras"
    path.write_bytes(archive_of({**SOUND, "config.json": json.dumps(config).encode()}))
    with pytest.raises(ModelFormatError, match=r"Lambda"):
        gl.load_model(path)


def test_functions_that_do_not_exist_are_named_together(tmp_path: Path) -> None:
    parts = parts_of(FOLDER / "functions.keras")
    text = parts["config.json"].replace(b'"Sinh"', b'"Nextafter"').replace(b'"Tanh"', b'"Eig"')
    message = told(tmp_path / "m.keras", archive_of({**parts, "config.json": text}))
    assert "functions of tensors that do not exist here: Eig, Nextafter" in message


def test_folders_in_place_of_files(tmp_path: Path) -> None:
    model = gl.load_model(FOLDER / "training.keras", compile=False)
    for name in ("m.keras", "m.h5", "m.weights.h5", "m.safetensors"):
        (tmp_path / name).mkdir()
        with pytest.raises(ModelFormatError, match=f"{name} is a folder: name the file"):
            model.load_weights(tmp_path / name)
    with pytest.raises(ModelFormatError, match=r"m\.keras is a folder: name the file"):
        load_keras_model(tmp_path / "m.keras")


@pytest.mark.parametrize(("at", "value"), [(1, 0), (1, 0x31), (2, 2), (4, 8), (8, 4), (12, 2)])
def test_types_of_texts_that_there_are_not(at: int, value: int) -> None:
    """An attribute's type: a text, how it is filled up, its characters, its size, what it consists of."""
    kind = bytearray.fromhex("19010100 10000000 10000000 01000000 00000800".replace(" ", "").ljust(48, "0"))

    def attribute() -> bytes:
        sizes = struct.pack("<BxHHH", 1, 16, 20, 8)
        return sizes + b"training_config\0" + bytes(kind) + bytes([1, 0, 0, 0, 0, 0, 0, 0]) + bytes(16)

    check_texts(attribute(), "m.h5")
    kind[at] = value
    with pytest.raises(ModelFormatError, match=r"m\.h5: attribute training_config is of a damaged type"):
        check_texts(attribute(), "m.h5")
