"""Damaged model files: each loads, or is refused by an error of ours that names it, soon and in little memory.

    python -m tests.fuzz FORMAT [--cases N] [--seed S] [--first CASE]

FORMAT is one of layers, graph, keras, h5, safetensors, onnx, saved_model, or all. A case is the same in every run of a seed.
Faults are: an exception of another kind, an error that does not name its file, 2 seconds of CPU, more memory than
twice the files and a constant (a call may take more, within bounds), a warning that is not ours or many of ours, a tensor that is left, a file
opened outside of the model's folder, anything written, a crash, and a minute. Exits 1 where there is any. A loop that
the damage has made endless is none: it is counted as such.
"""

import argparse
import gc
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.engine import scope
from tests.fuzz_samples import FORMATS, Sample

MOST_SECONDS = 2.0
SPARE_BYTES = 6 << 20  # of Python's own objects, beside twice what the files have
CALL_BYTES = 1 << 28  # of a call: damage may have made a small model a larger one
ADDRESS_BYTES = 6 << 30  # of the process: what asks for more gets a HostMemoryError
MOST_WARNINGS = 5
HANGS_SECONDS = 60
ENDLESS = "call: endless"
ENDLESS_SECONDS = 3  # of CPU, for a call
_opened: list[str] | None = None  # while a model is loaded


@cache
def _listening() -> None:
    """Hears of every file that is opened; a hook can't be taken away again."""
    sys.addaudithook(_listen)


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _opened is not None and isinstance(args[0], str | bytes):
        _opened.append(os.fsdecode(args[0]))


class Endless(BaseException):
    """A call went on and on."""


def _end(signal_number: int, frame: Any) -> None:
    raise Endless


class Fuzzer:
    """The cases of a format and a seed, in a folder of its own."""

    def __init__(self, name: str, seed: int, place: Path) -> None:
        self.name, self.seed, self.place = name, seed, place
        self.peak = 0  # of memory until a model was loaded; 0 while it is not
        self.samples = list(FORMATS[name].samples())
        _listening()
        signal.signal(signal.SIGVTALRM, _end)
        for sample in self.samples:  # what is made on first use does not count, and sound files are sound
            told, faults = self.judged(sample, sample.files)
            assert told == "loaded" and not faults, (name, told, faults)

    def case(self, number: int) -> tuple[str, list[str]]:
        """What came of a case: the kind of its error or "loaded", and what is wrong with that."""
        rng = Random(f"{self.seed}/{number}")
        sample = self.samples[number % len(self.samples)]
        return self.judged(sample, FORMATS[self.name].damage(sample.files, rng))

    def judged(self, sample: Sample, files: dict[str, bytes]) -> tuple[str, list[str]]:
        """Writes the files, loads and calls the model."""
        folder = self.place / "model"
        shutil.rmtree(folder, ignore_errors=True)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        folder.mkdir(exist_ok=True)
        before, tensors = _tree(self.place), len(scope.live_tensors)
        faults: list[str] = []
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            began = time.process_time()
            tracemalloc.start()
            told = self._run(sample, folder, faults, warned)
            peak = self.peak or tracemalloc.get_traced_memory()[1]
            called = tracemalloc.get_traced_memory()[1] - peak
            tracemalloc.stop()
        if told == ENDLESS:
            gc.collect()  # what it held is in circles with its frames
            return told, faults
        seconds, most = time.process_time() - began, 2 * sum(map(len, files.values())) + SPARE_BYTES
        if seconds > MOST_SECONDS:
            faults.append(f"{seconds:.1f} s")
        if called > CALL_BYTES and "MemoryError" not in told:  # those tell of what was refused
            faults.append(f"{called:,} bytes of memory for a call")
        if peak > most:
            faults.append(f"{peak:,} bytes of memory, {most:,} are allowed")
        if _tree(self.place) != before:
            faults.append("files were written")
        gc.collect()
        if len(scope.live_tensors) > tensors:
            faults.append(f"{len(scope.live_tensors) - tensors} tensors are left")
        return told, faults

    def _run(self, sample: Sample, folder: Path, faults: list[str], warned: list[Any]) -> str:
        global _opened
        told, stage, _opened, self.peak = "loaded", "load", [], 0
        try:
            model = sample.load(folder)
            stage, foreign, self.peak = "call", _foreign(_opened, folder), tracemalloc.get_traced_memory()[1]
            faults += [
                f"a warning: {one.category.__name__} {one.message}"
                for one in warned
                if one.category is not UserWarning
            ]
            faults += [f"{len(warned)} warnings"] * (len(warned) > MOST_WARNINGS)
            try:
                signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS_SECONDS)
                sample.call(model)
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
                model.dispose()
        except Endless:
            told, foreign = ENDLESS, []
        except (GlbackendError, FileNotFoundError) as error:
            told, foreign = f"{stage}: {type(error).__name__}", _foreign(_opened, folder)
            if len(str(error)) < 10 or (stage == "load" and str(folder) not in str(error)):
                faults.append(f"the message names no file: {error!r:.300}")
        except Exception as error:
            told, foreign = f"{stage}: untyped {type(error).__name__}", []
            faults.append("".join(traceback.format_exception(error, limit=-5)))
        finally:
            _opened = None
        faults += [f"{one} was opened" for one in foreign]
        return told


def _tree(folder: Path) -> list[str]:
    return sorted(str(one) for one in folder.rglob("*"))


def _foreign(opened: list[str], folder: Path) -> list[str]:
    """What was opened that is neither the model's nor the interpreter's own."""
    own = (str(folder), sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parents[1]))
    return [one for one in opened if not os.path.realpath(one).startswith(own)]


def _cases(name: str, seed: int, first: int, end: int, pipe: Any) -> None:
    """Runs cases in a process of their own, which a fault of another library may end."""
    gl.set_backend("cpu")
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_BYTES, ADDRESS_BYTES))
    with tempfile.TemporaryDirectory() as place:
        fuzzer = Fuzzer(name, seed, Path(place))
        gc.freeze()  # what is there now need not be looked through after each case
        for number in range(first, end):
            pipe.send((number, None, None))
            pipe.send((number, *fuzzer.case(number)))


def outcomes(name: str, seed: int, first: int, end: int) -> Iterator[tuple[int, str, list[str]]]:
    """What came of each case; the process is started anew after a crash."""
    fork = multiprocessing.get_context("spawn")
    while first < end:
        ours, theirs = fork.Pipe(duplex=False)
        process = fork.Process(target=_cases, args=(name, seed, first, end, theirs))
        process.start()
        theirs.close()
        try:
            wait: float = 120  # for the start
            while first < end:
                if not ours.poll(wait):
                    raise TimeoutError
                first, told, faults = ours.recv()
                wait = HANGS_SECONDS
                if told is not None:
                    yield first, told, faults
                    first += 1
        except (EOFError, TimeoutError) as error:
            if wait == 120:
                raise RuntimeError("the process of the cases does not start") from error
            process.join(5)
            told = "hang" if isinstance(error, TimeoutError) else "crash"
            yield first, told, [f"{told}, exit code {process.exitcode}"]
            first += 1
        finally:
            process.kill()
            process.join()


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("format", choices=[*FORMATS, "all"])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    bad = 0
    for name in FORMATS if options.format == "all" else [options.format]:
        began, kinds, faulty = time.monotonic(), Counter[str](), 0
        for number, told, faults in outcomes(
            name, options.seed, options.first, options.first + options.cases
        ):
            kinds[told] += 1
            faulty += bool(faults)
            for one in faults:
                print(f"{name}, case {number}, {told}: {one}", flush=True)
        listed = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(
            f"{name}: {sum(kinds.values())} cases of seed {options.seed} in {time.monotonic() - began:.0f} s: {listed}; {faulty} faults",
            flush=True,
        )
        bad += faulty
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
