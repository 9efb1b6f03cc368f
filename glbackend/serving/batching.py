"""Requests on one thread that owns the device, those that fit together as one call.

Sizes are padded to powers of two and cut again, so that few sizes run and an answer does not depend on its
neighbours.
"""

import asyncio
import contextlib
import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np

from glbackend.base.errors import GlbackendError
from glbackend.serving.response import ServingError
from glbackend.serving.servable import Servable
from glbackend.serving.together import Batch, Given, Outputs, as_array, joined

LOOKS = 2  # at who comes, while a batch gathers
LEAST_ROWS = 16  # that a batch is padded to: products of fewer rows may round otherwise


class Reply:
    """Who waits for the outputs of a request: a thread, or a task of an event loop.

    `future`: a concurrent.futures.Future, or where `loop` is given one of asyncio's.
    """

    __slots__ = ("future", "loop")

    def __init__(self, future: Any = None, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.future = Future() if future is None else future
        self.loop = loop

    def wanted(self) -> bool:
        """Whether somebody waits still, asked when its turn has come."""
        if self.loop is None:
            return bool(self.future.set_running_or_notify_cancel())
        return not self.future.cancelled()

    def give(self, outcome: Outputs | ServingError) -> None:
        """Ends the waiting; on the loop's thread where there is a loop."""
        if self.future.cancelled():
            return
        if isinstance(outcome, ServingError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


@dataclass(slots=True)
class Work:
    """A request that waits.

    `servable`, `signature`, `inputs`: what to run on what.
    `reply`: for whom.
    `deadline`: until when, in seconds of `time.monotonic`.
    """

    servable: Servable
    signature: str
    inputs: Mapping[str, Given]
    reply: Reply
    deadline: float
    batches: bool = field(init=False)  # whether others may run beside it
    rows: int = field(init=False)  # examples of it; where nothing may run beside it, 1
    kind: tuple[Any, ...] = field(init=False)  # what may run together has the same

    def __post_init__(self) -> None:
        arrays = self.inputs.values()
        shapes = [(name, one.shape[1:], one.dtype.char) for name, one in self.inputs.items()]
        self.kind = (id(self.servable), self.signature, *shapes)
        self.batches = self.servable.signatures[self.signature].batches and all(
            one.ndim and one.dtype.kind != "O" for one in arrays
        )
        self.rows = len(next(iter(arrays))) if self.batches else 1


Item = Work | Callable[[], None] | None  # None ends the thread
Outcome = tuple[Work, Outputs | ServingError]


class Batcher:
    """A thread that takes work from a bounded queue, as much at a time as may run together.

    Whoever was answered may ask again, so after a batch it waits for as many as were answered or are in the
    queue: `delay` seconds at most, and half of that where nobody comes. Clients that ask one by one so wait
    for nobody, and many of them run together. The last of them wakes it, not each: a turn from thread to
    thread costs as much as a small request. Nor does it ever hold the lock of those who put: it may have to
    wait for the interpreter while it does.
    """

    def __init__(self, max_rows: int, delay: float, capacity: int, note: Callable[[int, int], None]) -> None:
        self.max_rows, self.delay, self.capacity = max_rows, delay, capacity
        self._queue: deque[Item] = deque()
        self._note = note
        self._closed = False
        self._door = threading.Lock()
        self._awake = threading.Event()
        self._put_rows = self._taken_rows = 0  # ever, by others and by the thread
        self._put_items = self._taken_items = 0
        self._hoped_rows = 0  # ever, when all whom the last batch answered have asked again
        self._wake_at = math.inf  # of the rows put, when the thread is to be woken; infinite while it works
        self._thread = threading.Thread(target=self._serve, name="glbackend-device", daemon=True)
        self._thread.start()

    def put(self, work: Work) -> None:
        """Queues work; ServingError 429 where the queue is full, 503 after `close`."""
        with self._door:
            if self._closed:
                raise ServingError(503, CLOSED)
            if self.waiting >= self.capacity:
                raise ServingError(429, "the queue is full: try again later")
            self._append(work, work.rows)

    def call(self, function: Callable[[], Any]) -> Any:
        """Runs a function on the device's thread and gives its result; waits for its turn.

        ServingError 503 after `close`.
        """
        answer: Future[Any] = Future()

        def run() -> None:
            try:
                answer.set_result(function())
            except BaseException as error:
                answer.set_exception(error)

        with self._door:
            if self._closed:
                raise ServingError(503, CLOSED)
            self._append(run, self.max_rows)
        return answer.result()

    def _append(self, item: Item, rows: int) -> None:
        self._queue.append(item)
        self._put_items += 1
        self._put_rows += rows
        if self._put_rows >= self._wake_at:
            self._wake_at = math.inf
            self._awake.set()

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return self._put_items - self._taken_items

    def close(self) -> None:
        """Ends the thread when what is queued is done; a second time nothing."""
        with self._door:  # behind the end of the queue nobody would be answered
            if not self._closed:
                self._closed = True
                self._append(None, self.max_rows)
        self._thread.join(30)

    def _serve(self) -> None:
        while (item := self._next()) is not None:
            if isinstance(item, list):
                self._run(item)
            else:
                item()

    def _sleep(self, until_rows: float, timeout: float | None) -> None:
        """Until so many rows have been put, or the time is over."""
        self._awake.clear()
        self._wake_at = until_rows
        if self._put_rows < until_rows or not self._queue:  # else they came before anybody knew
            self._awake.wait(timeout)
        self._wake_at = math.inf

    def _gather(self) -> None:
        """Waits for those whom the last batch answered, as long as some of them keep coming."""
        for _ in range(LOOKS):
            before = self._put_rows
            if before < self._hoped_rows:
                self._sleep(self._hoped_rows, self.delay / LOOKS)
            if self._put_rows == before:
                return

    def _next(self) -> "list[Work] | Callable[[], None] | None":
        """What is done next, taken from the queue: work that runs together, or a function, or the end."""
        if self.delay:
            self._gather()
        while not self._queue:
            self._sleep(-math.inf, None)
        first = self._queue.popleft()
        if isinstance(first, Work):
            return self._together(first)
        self._taken_rows += self.max_rows
        self._taken_items += 1
        return first

    def _together(self, first: Work) -> list[Work]:
        """The work that runs with the first of the queue; the rest stays in its order."""
        batch, rows = [first], first.rows
        others: list[Item] = []
        while self._queue and rows < self.max_rows and first.batches:
            item = self._queue.popleft()
            if isinstance(item, Work) and item.kind == first.kind and rows + item.rows <= self.max_rows:
                batch.append(item)
                rows += item.rows
            else:
                others.append(item)
        self._queue.extendleft(reversed(others))
        self._taken_rows += rows
        self._taken_items += len(batch)  # not before: what is put back has kept its place in the queue
        return batch

    def _run(self, batch: list[Work]) -> None:
        """Answers a batch; what was cancelled or is too late is dropped."""
        now = time.monotonic()
        wanted = [work for work in batch if work.reply.wanted()]
        late: list[Outcome] = [(work, ServingError(504, LATE)) for work in wanted if work.deadline < now]
        live = [work for work in wanted if work.deadline >= now]
        outcomes = late + self._outcomes(live)
        rows = sum(work.rows for work in wanted) + self._put_rows - self._taken_rows
        self._hoped_rows = self._taken_rows + min(self.max_rows, rows)
        _deliver(outcomes)  # not before: who has come again by then would be counted twice

    def _outcomes(self, live: list[Work]) -> list[Outcome]:
        """What becomes of work that runs together; where that fails each runs alone, as neighbours may."""
        if not live:
            return []
        try:
            found = list(zip(live, _computed(live), strict=True))
        except Exception as error:
            if len(live) > 1:
                return [outcome for work in live for outcome in self._outcomes([work])]
            return [(live[0], _told(error))]
        self._note(len(live), sum(work.rows for work in live))
        return [*found]


CLOSED = "the server is closing"
LATE = "the deadline passed before its turn came"


def _deliver(outcomes: list[Outcome]) -> None:
    """Ends the waiting of each; a loop is woken once for all of its own."""
    loops: defaultdict[asyncio.AbstractEventLoop | None, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        loops[outcome[0].reply.loop].append(outcome)
    for loop, some in loops.items():
        if loop is None:
            _give(some)
        else:
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(_give, some)


def _give(outcomes: list[Outcome]) -> None:
    for work, outcome in outcomes:
        work.reply.give(outcome)


def _told(error: Exception) -> ServingError:
    """What clients may know: errors that glbackend raises on purpose, nothing of others but their class."""
    if isinstance(error, MemoryError):
        return ServingError(429, "there is not enough memory for this request")
    if isinstance(error, GlbackendError):
        return ServingError(400, str(error))
    return ServingError(500, f"the model failed ({type(error).__name__})")


def _computed(batch: list[Work]) -> list[Outputs]:
    """The outputs of each, by one call where they can share it."""
    first = batch[0]
    if not first.batches:
        return [Outputs(Batch(one.servable.run(one.signature, _arrays(one)))) for one in batch]
    rows = [work.rows for work in batch]
    total = sum(rows)
    size = max(1 << (total - 1).bit_length(), LEAST_ROWS) if total else 0
    inputs = {name: joined([work.inputs[name] for work in batch], size) for name in first.inputs}
    outputs = first.servable.run(first.signature, inputs)
    shared = Batch({name: one[:total] for name, one in outputs.items()})
    ends = list(accumulate(rows))
    return [Outputs(shared, slice(end - count, end)) for count, end in zip(rows, ends, strict=True)]


def _arrays(work: Work) -> dict[str, np.ndarray[Any, Any]]:
    return {name: as_array(one) for name, one in work.inputs.items()}
