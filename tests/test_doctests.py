"""Every example in a docstring does what it says, on both backends; `folder` is one to write to."""

import doctest
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import glbackend

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _modules() -> list[str]:
    found = pkgutil.walk_packages(glbackend.__path__, "glbackend.")
    return [module.name for module in found if not module.name.endswith("__main__")]


def _examples(name: str) -> tuple[ModuleType, list[doctest.DocTest]]:
    module = importlib.import_module(name)
    return module, [test for test in doctest.DocTestFinder(exclude_empty=True).find(module) if test.examples]


@pytest.mark.parametrize("name", _modules())
def test_examples(name: str, backend: str, tmp_path: Path) -> None:
    _, tests = _examples(name)
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    report: list[str] = []
    for test in tests:
        test.globs["folder"] = str(tmp_path)
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)
