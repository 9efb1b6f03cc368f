"""What several processes that train on one batch together share; set while they do, for what has to know.

A loss, a layer or a generator of random numbers on a lower floor asks here, and needs to know no more of it.
"""

from contextvars import ContextVar
from typing import Any, Protocol


class Whole(Protocol):
    """The batch of all processes, of which this one has a part."""

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""

    @property
    def share(self) -> float | None:
        """The part of the batch's examples that this process has, by which its loss counts.

        0 where a row merely stands in for them; None in a loop of the user's own, which weighs by itself.
        """

    def total(self, array: Any) -> Any:
        """The sum of the float64 arrays of all processes; each has to ask at the same place."""

    def begin(self, number: int, reading: Any) -> Any:
        """Begins to replace a flat float32 array, which is being read, by the sum over all processes.

        It gives the array that becomes the sum.

        `number` counts what a step begins; where it comes again, as the step does, the first array stays.
        """


whole: ContextVar[Whole | None] = ContextVar("glbackend_whole", default=None)
