"""`python -m glbackend profile script.py ...`: runs a program, writes what it did as a page and a trace."""

import runpy
import sys
import traceback
from pathlib import Path

from glbackend.base.errors import ArgumentError
from glbackend.debug.profiling import Profile
from glbackend.engine.engine import set_backend


def profile_program(program: list[str], out: Path, backend: str | None, kernels: bool) -> int:
    """Runs `program`, a file and its arguments, as Python would; gives the exit code that it ends with.

    What it did until then is written in any case: `profile.html` and `profile.json` in the folder `out`.
    """
    if not program:
        raise ArgumentError("give a program: python -m glbackend profile train.py --epochs 3")
    path = Path(program[0])
    if not path.is_file():
        raise ArgumentError(f"there is no file {path}")
    if backend is not None:
        set_backend(backend)
    before = sys.argv, sys.path[:]
    sys.argv, sys.path[0] = program, str(path.resolve().parent)
    profile, code = Profile(graphs=not kernels), 0
    try:
        with profile:
            code = _run(path)
    finally:
        sys.argv, sys.path[:] = before
        page, trace = profile.page(out / "profile.html"), profile.trace(out / "profile.json")
        print(f"\n{profile}\n\nwritten: {page}, {trace}")
        if profile.no_gpu_time:
            print(f"no GPU time: {profile.no_gpu_time}")
    return code


def _run(path: Path) -> int:
    """The program's exit code; an error of it is shown as Python shows it."""
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 1
    return 0
