"""docs/coverage.md is true: every name beside TF.js's exists, and the page is the one that would be written
now."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import glbackend as gl
from tools import coverage

API = Path(__file__).resolve().parents[2] / "shared" / "tfjs-api.json"
ROWS = re.findall(r"^\| `(tf[^`]*)` \| (.*) \|$", coverage.PAGE.read_text(encoding="utf-8"), re.M)


def test_every_name_exists() -> None:
    assert len(ROWS) > 400
    for _, told in ROWS:
        path = told.strip("`")
        if path.startswith("gl.") and "()" not in path:
            where: object = gl
            for part in path.split(".")[1:]:
                where = getattr(where, part)
        elif path.startswith("glbackend."):
            module, _, name = path.rpartition(".")
            assert hasattr(importlib.import_module(module), name), path


def test_what_is_missing_has_a_reason() -> None:
    assert not [name for name, told in ROWS if told in ("none: missing", "none:")]


@pytest.mark.skipif(not API.is_file(), reason="TF.js's API list (../shared) is not beside this checkout")
def test_the_page_is_up_to_date() -> None:
    functions = coverage.read_api(API)
    page = coverage.page(functions, coverage.read_graph_ops(API))
    assert coverage.PAGE.read_text(encoding="utf-8") == page
    assert coverage.TO_COME.read_text(encoding="utf-8") == coverage.to_come(functions)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("glbackend.matMul", "glbackend has no attribute 'matMul': in Python it is 'matmul'"),
        ("glbackend.data.textLines", "glbackend.data has no attribute 'textLines': in Python it is 'text_lines'"),
        ("glbackend.layers.maxPooling2d", "glbackend.layers has no attribute 'maxPooling2d': in Python it is 'max_pooling2d'"),
        ("glbackend.image.resizeBilinear", "glbackend.image has no attribute 'resizeBilinear': in Python it is 'resize_bilinear'"),
        ("glbackend.train.rmsProp", "glbackend.train has no attribute 'rmsProp': in Python it is 'rmsprop'"),
        ("glbackend.metrics.binaryAccuracy", "glbackend.metrics has no attribute 'binaryAccuracy': in Python it is 'binary_accuracy'"),
        ("glbackend.initializers.nothing", "glbackend.initializers has no attribute 'nothing'"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_answered(path: str, told: str) -> None:
    *parents, name = path.removeprefix("glbackend.").split(".")
    where: object = gl
    for parent in parents:
        where = getattr(where, parent)
    with pytest.raises(AttributeError) as caught:
        getattr(where, name)
    assert str(caught.value) == told


def test_every_namespace_gives_hints() -> None:
    spaces = [name for name in gl.__all__ if isinstance(getattr(gl, name), ModuleType)]
    assert len(spaces) > 15
    for name in spaces:
        with pytest.raises(AttributeError, match=rf"^glbackend\.{name} has no attribute 'zzz'$"):
            _ = getattr(gl, name).zzz
