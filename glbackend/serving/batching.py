"""Requests on one thread that owns the device, those that fit together as one call.

Sizes are padded to powers of two and cut again, so that few sizes run and an answer does not depend on its
neighbours.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.errors import GlbackendError
from glbackend.serving.response import ServingError
from glbackend.serving.servable import Servable

Array = np.ndarray[Any, Any]
Outputs = dict[str, Array]
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


class Work(NamedTuple):
    """A request that waits: what to run on what, for whom, until when (seconds of `time.monotonic`)."""

    servable: Servable
    signature: str
    inputs: dict[str, Array]
    reply: Reply
    deadline: float

    @property
    def rows(self) -> int:
        """Examples of it."""
        return len(next(iter(self.inputs.values())))

    @property
    def kind(self) -> tuple[Any, ...]:
        """What may run together: the same for the same signature and shapes of an example."""
        shapes = ((name, one.shape[1:], one.dtype.char) for name, one in self.inputs.items())
        return (id(self.servable), self.signature, *shapes)

    @property
    def batches(self) -> bool:
        """Whether others may run beside it."""
        return self.servable.signatures[self.signature].batches and all(
            one.ndim and one.dtype.kind != "O" for one in self.inputs.values()
        )


Item = Work | Callable[[], None] | None  # None ends the thread
Outcome = tuple[Work, Outputs | ServingError]


class Batcher:
    """A thread that takes work from a bounded queue."""

    def __init__(self, max_rows: int, delay: float, capacity: int, note: Callable[[int, int], None]) -> None:
        self.max_rows, self.delay = max_rows, delay
        self._queue: queue.Queue[Item] = queue.Queue(capacity)
        self._put_off: deque[Item] = deque()
        self._note = note
        self._closed = False
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="glbackend-device", daemon=True)
        self._thread.start()

    def put(self, work: Work) -> None:
        """Queues work; ServingError 429 where the queue is full, 503 after `close`."""
        with self._door:
            if self._closed:
                raise ServingError(503, CLOSED)
            try:
                self._queue.put_nowait(work)
            except queue.Full:
                raise ServingError(429, "the queue is full: try again later") from None

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

        if not self._closed:
            self._queue.put(run)
        while self._thread.is_alive() and not answer.done():
            wait([answer], 1.0)
        if not answer.done():
            raise ServingError(503, CLOSED)
        return answer.result()

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return self._queue.qsize() + len(self._put_off)

    def close(self) -> None:
        """Ends the thread when what is queued is done; a second time nothing."""
        with self._door:  # behind the end of the queue nobody would be answered
            closed, self._closed = self._closed, True
        if not closed:
            self._queue.put(None)
        self._thread.join(30)

    def _serve(self) -> None:
        while True:
            item: Item = self._put_off.popleft() if self._put_off else self._queue.get()
            if item is None:
                return
            if isinstance(item, Work):
                self._run(self._together(item))
            else:
                item()

    def _together(self, first: Work) -> list[Work]:
        """The work that runs with the first: what is there, and what comes within the delay."""
        batch, rows, kind = [first], first.rows if first.batches else self.max_rows, first.kind
        until = time.monotonic() + self.delay
        for item in list(self._put_off):
            if isinstance(item, Work) and item.kind == kind and rows + item.rows <= self.max_rows:
                self._put_off.remove(item)
                batch.append(item)
                rows += item.rows
        while rows < self.max_rows:
            left = until - time.monotonic()
            try:
                item = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:  # not back into the queue, which may be full: nobody else takes from it
                self._put_off.append(None)
                break
            if isinstance(item, Work) and item.kind == kind and rows + item.rows <= self.max_rows:
                batch.append(item)
                rows += item.rows
            else:
                self._put_off.append(item)
        return batch

    def _run(self, batch: Iterable[Work]) -> None:
        """Answers a batch; what was cancelled or is too late is dropped."""
        now = time.monotonic()
        wanted = [work for work in batch if work.reply.wanted()]
        late: list[Outcome] = [(work, ServingError(504, LATE)) for work in wanted if work.deadline < now]
        live = [work for work in wanted if work.deadline >= now]
        _deliver(late + self._outcomes(live))

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
        self._note(len(live), sum(work.rows if work.batches else 1 for work in live))
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
        return [one.servable.run(one.signature, one.inputs) for one in batch]
    rows = [work.rows for work in batch]
    total = sum(rows)
    size = max(1 << (total - 1).bit_length(), LEAST_ROWS) if total else 0
    inputs = {}
    for name, array in first.inputs.items():
        joined = np.zeros((size, *array.shape[1:]), array.dtype)
        np.concatenate([work.inputs[name] for work in batch], out=joined[:total])
        inputs[name] = joined
    outputs = first.servable.run(first.signature, inputs)
    ends = np.cumsum(rows)
    return [
        {name: one[end - count : end] for name, one in outputs.items()}
        for count, end in zip(rows, ends, strict=True)
    ]
