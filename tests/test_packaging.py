"""What the package says of itself: its dependencies and their licences, Python's versions, types."""

import importlib
import pkgutil
import re
import tomllib
from importlib import metadata
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import glbackend

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# by the name on the page: what packages write for it, where they do not write that name
SPOKEN = {
    "BSD-3-Clause": r"BSD 3-Clause|3-Clause BSD|BSD License|Enthought",  # SciPy's whole text begins with its owners
    "BSD-2-Clause": r"BSD 2-Clause",
    "Apache-2.0": r"Apache 2\.0|Apache Software License",
    "MIT": r"MIT License",
    "PSF-2.0": r"Python Software Foundation License",
}


def listed() -> dict[str, dict[str, str]]:
    """Licences by package, by the sections of the page."""
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    sections = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    return {
        title: dict(re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", text, re.MULTILINE))
        for title, text in sections
    }


LISTED = listed()
LICENCES = {name: licence for section in LISTED.values() for name, licence in section.items()}


def names(requirements: list[str]) -> set[str]:
    """Packages of a list of requirements, without extras of our own."""
    return {re.split(r"[\[<>=; ]", one)[0] for one in requirements} - {"glbackend"}


def test_two_dependencies() -> None:
    assert names(PROJECT["dependencies"]) == {"numpy", "moderngl"} == set(LISTED["Needed"])


def test_every_package_has_its_licence() -> None:
    extras = PROJECT["optional-dependencies"]
    ours = {"test", "docs", "dev"}
    used = set().union(*(names(extras[one]) for one in set(extras) - ours))
    assert set(LISTED["Extras"]) == used
    assert (
        set(LISTED["For tests, the site and development"])
        == set().union(*(names(extras[one]) for one in ours)) - used
    )


@pytest.mark.parametrize("name", sorted(LICENCES))
def test_packages_say_the_same(name: str) -> None:
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    texts = [said.get("License-Expression") or "", (said.get("License") or "")[:80]]
    texts += [one for one in said.get_all("Classifier") or [] if one.startswith("License")]
    licence = LICENCES[name]
    pattern = "|".join(filter(None, [re.escape(licence), SPOKEN.get(licence)]))
    assert any(re.search(rf"(?<![\w-])(?:LicenseRef-)?(?:{pattern})(?![\w-])", one) for one in texts), (
        licence,
        texts,
    )


def test_pythons_and_types() -> None:
    minors = [one.rpartition("3.")[2] for one in PROJECT["classifiers"] if re.search(r":: 3\.\d", one)]
    assert minors == ["11", "12", "13", "14"] and PROJECT["requires-python"] == ">=3.11"
    assert (ROOT / "glbackend" / "py.typed").exists() and "Typing :: Typed" in PROJECT["classifiers"]
    assert PROJECT["license"] == "Apache-2.0" and (ROOT / "LICENSE").exists()


def test_classes_with_slots_are_made_by_every_python() -> None:
    """From 3.14 on a dataclass with slots looks into the code of its properties, which others than functions lack."""
    for found in pkgutil.walk_packages(glbackend.__path__, "glbackend."):
        if found.name.rpartition(".")[2] == "__main__":
            continue
        for one in vars(importlib.import_module(found.name)).values():
            if isinstance(one, type) and one.__module__ == found.name and "__slots__" in vars(one):
                for name, member in vars(one).items():
                    plain = not isinstance(member, property) or isinstance(member.fget, FunctionType)
                    assert plain, f"{found.name}.{one.__name__}.{name}"
