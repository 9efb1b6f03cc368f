"""Programs of people who know Keras run with the name of this library in place of Keras's."""

import gc
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = sorted((Path(__file__).parent / "keras_programs").glob("*.py"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda one: one.stem)
def test_a_program_of_keras(
    program: Path,
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The programs assert themselves what they come to; each ends with OK."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        exec(compile(program.read_text(), str(program), "exec"), names)
    finally:
        names.clear()  # its functions, which caches know, hold them
        gc.collect()
    assert capsys.readouterr().out.rstrip().endswith("OK")


def test_nothing_but_the_imports_is_ours() -> None:
    """No line of a program but its imports names the library."""
    assert len(PROGRAMS) >= 10
    for program in PROGRAMS:
        named = [one for one in program.read_text().split('"""', 2)[2].splitlines() if "glbackend" in one]
        assert named and all(one.startswith(("import glbackend as ", "from glbackend")) for one in named)
