"""Sample calls of kernels, written as files of a format that holds graphs."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import glbackend as gl
from glbackend.base.errors import ArgumentError, TraceError
from glbackend.formats.tracing import Source
from glbackend.testing.case import Case, all_cases


def written_cases(
    write: Callable[[Source], Any], writable: Callable[[str], bool], count: int
) -> list[tuple[Case, Any]]:
    """For each kernel that can be written its first `count` sample calls that can, with what `write` gives."""
    found: list[tuple[Case, Any]] = []
    counts: Counter[str] = Counter()
    for case in all_cases():
        if case.name in ("special", "int32"):  # infinities, and what leaves int32, differ elsewhere
            continue
        if not writable(case.kernel) or counts[case.kernel] >= count:
            continue
        specs = [gl.tensor(one).spec for one in case.inputs]
        try:
            made = write(Source(case.call, [f"x{i}" for i in range(len(specs))], specs))
        except (ArgumentError, TraceError):  # what cannot be written so; other kernels within the call
            continue
        counts[case.kernel] += 1
        found.append((case, made))
    return found
