"""Stages that make one element of several, or several of one."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from glbackend.data.element import as_floats, on_host, stacked, unstacked, with_batch, without_batch
from glbackend.data.stage import Size, Stage, quotient

Rows = list[Any]


class Batch(Stage):
    """So many elements as one, by a function of the list of them; the last ones too if `small_last`."""

    def __init__(
        self, source: Stage, count: int, small_last: bool, group: Callable[[Rows], Any], op: str = "batch"
    ) -> None:
        spec = None
        if source.spec is not None and group is stacked:
            spec = with_batch(source.spec, None if small_last else count)
        super().__init__(source, size=quotient(source.size, count, small_last), spec=spec, tensors=True)
        self.refuse_augmented(op)
        self.count, self.small_last, self.group = count, small_last, group
        self.fresh = group is stacked

    @property
    def widened(self) -> bool:
        """Whether bytes become float32 in whole batches, not one by one."""
        return isinstance(self.sources[0], Floats) and self.group is stacked

    def run(self) -> Iterator[Any]:
        return map(as_floats, self.narrow()) if self.widened else self.narrow()

    def narrow(self) -> Iterator[Any]:
        """Its batches, `widened` ones still in bytes."""
        source = self.sources[0]
        elements = (source.sources[0] if self.widened else source).run()
        while rows := list(islice(elements, self.count)):
            if len(rows) < self.count and not self.small_last:
                return
            yield self.group(rows)


class Floats(Stage):
    """Bytes as float32. Batches of such are stacked first: that is one pass over their memory, not three."""

    def __init__(self, source: Stage) -> None:
        super().__init__(source, size=source.size, spec=source.spec)

    def run(self) -> Iterator[Any]:
        return map(as_floats, self.sources[0].run())


class Unbatch(Stage):
    """The elements of batches, one by one."""

    def __init__(self, source: Stage) -> None:
        spec = None if source.spec is None else without_batch(source.spec)
        super().__init__(source, spec=spec)
        self.refuse_augmented("unbatch")

    def run(self) -> Iterator[Any]:
        for batch in self.sources[0].run():
            yield from unstacked(on_host(batch))


class Window(Stage):
    """Groups of `count` elements `stride` apart; each begins `shift` elements after the one before."""

    def __init__(
        self,
        source: Stage,
        count: int,
        shift: int,
        stride: int,
        small_last: bool,
        group: Callable[[Rows], Any],
    ) -> None:
        span = (count - 1) * stride + 1
        size: Size = source.size
        if size is not None and size != float("inf"):
            size = -(-int(size) // shift) if small_last else max(0, (int(size) - span) // shift + 1)
        super().__init__(source, size=size)
        self.refuse_augmented("window")
        self.shift, self.stride, self.span = shift, stride, span
        self.small_last, self.group = small_last, group

    def run(self) -> Iterator[Any]:
        elements = self.sources[0].run()
        held: deque[Any] = deque(islice(elements, self.span))
        while held and (self.small_last or len(held) == self.span):
            yield self.group([held[i] for i in range(0, len(held), self.stride)])
            for _ in range(min(self.shift, len(held))):
                held.popleft()
            missing = self.span - len(held)
            surplus = max(0, self.shift - self.span)  # elements between two windows
            held.extend(islice(elements, surplus, surplus + missing))
