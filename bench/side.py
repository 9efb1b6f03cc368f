"""One Python side of `python -m bench cpu`: a process that prepares cases and spends CPU time on them.

    python bench/side.py NAME [CHECKOUT]

NAME is "ours" (of CHECKOUT where given: the library as another working tree has it), "numpy", "torch",
"onnxruntime", "openvino" or "keras". Jobs come as lines of JSON on stdin and are answered in kind: `prepare`
makes a case ready and writes its numbers to the file `values`; `calls` runs groups of so many calls and tells
the least CPU time of one; `memory` tells the most bytes held beyond what was there before; `threads` how much
more that many threads get done.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
Run = Callable[[], Any]
Prepared = tuple[Run, Callable[[], Any]]  # what is timed, and the numbers it is judged by


def ours(checkout: Path) -> tuple[str, Callable[[dict[str, Any]], Prepared]]:
    """The library of a checkout on cpu."""
    sys.path.insert(0, str(checkout))
    gl = importlib.import_module("glbackend")
    sys.path.remove(str(checkout))
    assert Path(gl.__file__).is_relative_to(checkout), gl.__file__
    gl.set_backend("cpu")
    cases = importlib.import_module("bench.cases")

    def prepare(case: dict[str, Any]) -> Prepared:
        if case["op"] == "zoo":
            work, values = importlib.import_module("bench.zoo").prepare(gl, case)
            return lambda: work.release(work.call()), values
        subject = cases.prepare(gl, case)
        return lambda: subject.work.release(subject.work.call()), subject.values

    return gl.__version__, prepare


def peer(name: str) -> tuple[str, Callable[[dict[str, Any]], Prepared]]:
    """Another system; ImportError where it is not installed, LookupError (of a case) where it has no such."""
    module = importlib.import_module(f"bench.peers.{name}_side")
    return module.version(), module.prepare


def _cpu_ms(run: Run, groups: int, calls: int) -> float:
    """CPU ms of a call: the least of some groups of calls."""
    least = math.inf
    for _ in range(groups):
        before = time.process_time()
        for _ in range(calls):
            run()
        least = min(least, time.process_time() - before)
    return least * 1e3 / calls


def _peak(run: Run) -> int:
    run()
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _scaling(run: Run, count: int, calls: int) -> float:
    """Calls a second of `count` threads over those of one: the best of five pairs."""

    def work() -> None:
        for _ in range(calls):
            run()

    def seconds(threads: int) -> float:
        crew = [threading.Thread(target=work) for _ in range(threads)]
        start = time.perf_counter()
        for one in crew:
            one.start()
        for one in crew:
            one.join()
        return time.perf_counter() - start

    run()
    alone = min(seconds(1) for _ in range(5))
    return count * alone / min(seconds(count) for _ in range(5))


def main(argv: list[str]) -> int:
    """Answers jobs until stdin ends."""
    sys.path.insert(0, str(ROOT))
    name = argv[0]
    try:
        version, make = ours(Path(argv[1] if argv[1:] else ROOT).resolve()) if name == "ours" else peer(name)
    except ImportError as error:
        print(json.dumps({"absent": str(error)}), flush=True)
        return 0
    print(json.dumps({"version": version}), flush=True)
    numpy = importlib.import_module("numpy")
    run: Run = lambda: None  # noqa: E731 - replaced by the first job
    for line in sys.stdin:
        job = json.loads(line)
        try:
            if "prepare" in job:
                run = lambda: None  # noqa: E731 - frees the case before
                run, values = make(job["prepare"])
                numpy.asarray(values(), numpy.float32).tofile(job["values"])
                answer: dict[str, Any] = {}
            elif "memory" in job:
                answer = {"bytes": _peak(run)}
            elif "threads" in job:
                answer = {"times": _scaling(run, job["threads"], job["calls"])}
            else:
                answer = {"ms": _cpu_ms(run, job["groups"], job["calls"])}
        except Exception as error:  # told, case by case
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
