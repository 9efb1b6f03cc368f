"""`python -m glbackend launch`: the same program in several processes, which an MPI launcher starts."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from glbackend.base.errors import ArgumentError, MissingPackageError

# MPI begins before the program does: a rank that fails in its first line ends the others, too
THROUGH_MPI = ("-c", "from mpi4py import MPI, run; run.main()")


def launch(processes: int, program: Sequence[str], options: Sequence[str] = ()) -> int:
    """Becomes the launcher: this process's signals and exit status are its own.

    Programs run through mpi4py, which ends all of them where one fails.
    """
    if not program:
        raise ArgumentError("which program? python -m glbackend launch -n 4 train.py")
    if not Path(program[0]).is_file():
        raise ArgumentError(f"there is no program {program[0]}")
    whole = [*command(processes, options), *program]
    sys.stdout.flush()
    os.execv(whole[0], whole)


def command(processes: int, options: Sequence[str] = ()) -> list[str]:
    """What starts a program in so many processes, before its name; `options` are the launcher's own."""
    return [*launcher(), "-n", str(processes), *options, sys.executable, *THROUGH_MPI]


def launcher() -> list[str]:
    """mpiexec, of this environment before others, with what it needs to start as many as it is told.

    MissingPackageError where it, or mpi4py, isn't installed.
    """
    if importlib.util.find_spec("mpi4py") is None:
        raise MissingPackageError("needs mpi4py: pip install glbackend[mpi]")
    beside = str(Path(sys.executable).parent)
    found = shutil.which("mpiexec", path=beside) or shutil.which("mpiexec")
    if found is None:
        raise MissingPackageError("needs mpiexec, of MPICH or Open MPI: pip install glbackend[mpi]")
    return [found, *_flags(found)]


def _flags(mpiexec: str) -> list[str]:
    """What Open MPI alone wants to hear: that there may be more processes than cores, and that root may."""
    told = subprocess.run([mpiexec, "--version"], capture_output=True, text=True).stdout
    if not any(name in told for name in ("Open MPI", "OpenRTE", "PRRTE", "prte")):
        return []
    root = ["--allow-run-as-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return ["--oversubscribe", *root]
