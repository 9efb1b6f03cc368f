"""The processes of a job, numbered from 0, and what they tell each other: alone, or over MPI.

Everything here is done by all ranks at the same place of their programs. Arrays are handed over as they lie
in memory, never pickled, and sums are taken in place.
"""

import os
import sys
import traceback
from collections.abc import Callable
from functools import cache
from types import TracebackType
from typing import Any

import numpy as np

from glbackend.base.errors import MissingPackageError

Array = np.ndarray[Any, Any]

# What launchers set for each process: MPICH and Intel, PMIx, Open MPI, MVAPICH, Cray, Slurm
LAUNCHED = (
    "PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK", "PALS_RANKID", "SLURM_STEP_ID",
)  # fmt: skip


class Ranks:
    """One process alone: rank 0 of 1. All that several would tell each other it knows."""

    rank, size, local_rank = 0, 1, 0

    def start_adding(self, array: Array) -> Callable[[], Any]:
        """Begins to replace an array by the sum over all ranks; what is given waits until it is done.

        The sum has the same bits on all ranks. The array is left alone until then. All ranks begin the same
        sums in the same order, with other calls in between as it comes.
        """
        return lambda: None

    def add(self, array: Array) -> Array:
        """The array, which has become the sum over all ranks."""
        return array

    def broadcast(self, array: Array) -> Array:
        """The array, which has become rank 0's."""
        return array

    def gather(self, array: Array) -> list[Array]:
        """The arrays of all ranks, which may differ along their first axis."""
        return [array]

    def gather_text(self, text: str) -> list[str]:
        """The texts of all ranks."""
        given = self.gather(np.frombuffer(text.encode(), np.uint8))
        return [one.tobytes().decode() for one in given]

    def any(self, flag: bool) -> bool:
        """Whether it is so on some rank."""
        return bool(self.add(np.array([flag], np.int32))[0])

    def barrier(self) -> None:
        """Waits for all ranks."""


class World(Ranks):
    """The processes that an MPI launcher started. A rank that ends by an error ends them all."""

    def __init__(self) -> None:
        self._mpi = _mpi()
        self._comm = self._mpi.COMM_WORLD.Dup()  # apart from the user's own messages
        self._sums = self._comm.Dup()  # of sums that have begun: others may come in between at any place
        self._begun: list[Any] = []  # those that may not be done
        self.rank, self.size = self._comm.rank, self._comm.size
        machine = self._comm.Split_type(self._mpi.COMM_TYPE_SHARED)
        self.local_rank = machine.rank
        machine.Free()
        if self.size > 1:
            self._end_all_by_an_error()

    def __reduce__(self) -> Any:
        return ranks, ()  # a copy of a model trains with the same processes

    def start_adding(self, array: Array) -> Callable[[], Any]:
        self._begun = [one for one in self._begun if not one.Test()]  # they move on in MPI's calls alone
        request = self._sums.Iallreduce(self._mpi.IN_PLACE, array)
        self._begun.append(request)
        wait: Callable[[], Any] = request.Wait
        return wait

    def add(self, array: Array) -> Array:
        self._comm.Allreduce(self._mpi.IN_PLACE, array)
        return array

    def broadcast(self, array: Array) -> Array:
        self._comm.Bcast(array)
        return array

    def gather(self, array: Array) -> list[Array]:
        rows = np.zeros(self.size, np.int64)
        rows[self.rank] = len(array)
        self.add(rows)
        width = int(np.prod(array.shape[1:], dtype=np.int64))
        found = np.empty((int(rows.sum()), *array.shape[1:]), array.dtype)
        self._comm.Allgatherv(np.ascontiguousarray(array), [found, [int(one) * width for one in rows]])
        return np.split(found, np.cumsum(rows)[:-1])

    def barrier(self) -> None:
        self._comm.Barrier()

    def _end_all_by_an_error(self) -> None:
        """Others would wait for this rank for ever; its own traceback comes first."""
        before = sys.excepthook

        def ends(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
            said = f"rank {self.rank} of {self.size} failed:\n"
            if before is sys.__excepthook__:  # in one go, as others may fail and write at the same time
                sys.stderr.write(said + "".join(traceback.format_exception(kind, error, where)))
            else:
                sys.stderr.write(said)
                before(kind, error, where)
            sys.stdout.flush()
            sys.stderr.flush()
            self._comm.Abort(130 if issubclass(kind, KeyboardInterrupt) else 1)

        sys.excepthook = ends


def launched() -> bool:
    """Whether an MPI launcher started this process, or its program uses mpi4py already."""
    return "mpi4py.MPI" in sys.modules or any(name in os.environ for name in LAUNCHED)


@cache
def ranks() -> Ranks:
    """The ranks of this job, found at the first call.

    MissingPackageError where a launcher started several processes that cannot speak with each other.
    """
    return World() if launched() else Ranks()


def _mpi() -> Any:
    try:
        from mpi4py import MPI  # noqa: PLC0415 - an optional extra
    except (ImportError, RuntimeError) as error:
        raise MissingPackageError(
            f"distribute: this process was started by an MPI launcher, and cannot speak with the others "
            f"({error}): pip install glbackend[mpi], which brings an MPI library that mpi4py finds"
        ) from None
    return MPI
