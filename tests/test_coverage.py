"""docs/coverage.md is true: every name beside TF.js's exists, and the page is the one that would be written
now."""

import importlib
import re
from pathlib import Path

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
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(coverage.read_api(API))
