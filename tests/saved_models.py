"""`tests/golden/saved_models.zip`: folders of TensorFlow's and what it gives for them."""

import json
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

GOLDEN = Path(__file__).resolve().parent / "golden" / "saved_models.zip"


class Call(NamedTuple):
    """A call of a signature: what it is fed, and what it has to give."""

    signature: str
    fed: dict[str, Any]
    given: dict[str, Any]


def names() -> list[str]:
    """All models of the archive."""
    with zipfile.ZipFile(GOLDEN) as archive:
        return list(json.loads(archive.read("calls.json")))


def unpacked(name: str, place: Path) -> Path:
    """The folder of a model, written into `place`."""
    with zipfile.ZipFile(GOLDEN) as archive:
        archive.extractall(place, [one for one in archive.namelist() if one.startswith(f"{name}/")])
    return place / name


def calls(name: str) -> list[Call]:
    """The calls of a model, in their order."""
    with zipfile.ZipFile(GOLDEN) as archive:
        told = json.loads(archive.read("calls.json"))[name]
        with archive.open("calls.npz") as stream, np.load(stream) as arrays:
            return [
                Call(
                    one["signature"],
                    {key: arrays[f"{name}/{number}/in/{key}"] for key in one["fed"]},
                    {key: arrays[f"{name}/{number}/out/{key}"] for key in one["given"]},
                )
                for number, one in enumerate(told)
            ]
