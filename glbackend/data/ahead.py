"""Work ahead of the consumer: on threads, bounded, in order; when it is no longer wanted, nothing is left."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from glbackend.base.errors import ArgumentError

MOST_AHEAD = 1024  # tasks that wait for a consumer, and threads
AUTOTUNE = -1  # as tf.data.AUTOTUNE: as many as there are cores
Task = Callable[[], Any]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_of(count: int | None, op: str) -> int:
    """The number of threads that was asked for: 0 for none of its own, AUTOTUNE for one a core."""
    if count is None:
        return 0
    if count == AUTOTUNE:
        return cores()
    if count < 1:
        raise ArgumentError(f"{op}: num_parallel_calls must be at least 1, or AUTOTUNE, got {count}")
    if count > MOST_AHEAD:
        raise ArgumentError(f"{op}: num_parallel_calls must be at most {MOST_AHEAD}, got {count}")
    return int(count)


def ahead(tasks: Iterable[Task], threads: int, waiting: int) -> Iterator[Any]:
    """What the tasks give, in their order; so many threads do up to `waiting` of them beforehand.

    Where getting a task fails, that error comes after the results of the tasks before it, as without threads.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="glbackend-data")
    pending: deque[Future[Any]] = deque()
    try:
        for task in _to_the_end(tasks):
            pending.append(pool.submit(task))
            if len(pending) > waiting:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _to_the_end(tasks: Iterable[Task]) -> Iterator[Task]:
    """The tasks; an error on the way becomes the last of them."""
    try:
        yield from tasks
    except Exception as error:
        yield _Failing(error)


class _Failing:
    """A task that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self) -> None:
        raise self.error


_END = object()


def prefetched(elements: Iterator[Any], count: int) -> Iterator[Any]:
    """The same elements, up to `count` of them, and to MOST_AHEAD, made beforehand by one thread."""

    def tasks() -> Iterator[Task]:
        while True:
            yield lambda: next(elements, _END)

    for element in ahead(tasks(), 1, min(count, MOST_AHEAD)):
        if element is _END:
            return
        yield element
