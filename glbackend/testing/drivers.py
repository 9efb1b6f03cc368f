"""What a check found on a driver as a file, and how two of them differ: in bits, and by how many ulp."""

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.formats.replacing import replace_file
from glbackend.testing.sample import Array
from glbackend.testing.selfcheck import Report, ulp_apart

FORMAT = 1
SAMPLE = 16  # elements of each result that are kept, spread over it
HASH_DIGITS = 16  # of a result's SHA-256


class Difference(NamedTuple):
    """One kernel on two drivers: whether all bits are alike, the ulp of each, how many ulp they lie apart.

    `apart` is of the elements that are kept. `failed`: whether it fails on one of the two alone.
    """

    kernel: str
    alike: bool
    ulp: float
    other_ulp: float
    apart: float
    failed: bool


def save_results(path: Path, device: Mapping[str, Any], reports: Iterable[Report]) -> None:
    """Writes what was found: figures, of each result a hash and a sample; packed where `path` ends in .gz."""
    kernels = {
        report.kernel: {
            "cases": report.cases, "worst": report.worst, "ulp": report.ulp,
            "failures": list(report.failures),
            "results": {name: [_kept(one) for one in found] for name, found in report.results.items()},
        }
        for report in reports
    }  # fmt: skip
    text = json.dumps({"format": FORMAT, "device": dict(device), "kernels": kernels}, indent=0).encode()
    packed = gzip.compress(text, mtime=0) if path.suffix == ".gz" else text
    replace_file(path, lambda made: made.write_bytes(packed))


def read_results(path: Path) -> dict[str, Any]:
    """What `save_results` wrote; ArgumentError for another file."""
    try:
        data = path.read_bytes()
        found: Any = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ArgumentError(f"{path}: no results of a check ({error})") from None
    if (
        not isinstance(found, dict)
        or found.get("format") != FORMAT
        or not isinstance(found.get("kernels"), dict)
    ):
        raise ArgumentError(
            f"{path}: no results of a check: python -m glbackend check --save FILE writes them"
        )
    return found


def compare_results(reports: Iterable[Report], other: Mapping[str, Any]) -> list[Difference]:
    """How each kernel that both have differs, those that lie farthest apart first."""
    found = []
    for report in reports:
        there = other["kernels"].get(report.kernel)
        if there is None:
            continue
        alike, apart = True, 0.0
        for name, results in report.results.items():
            for here, kept in zip(results, there["results"].get(name, ()), strict=False):
                alike = alike and _kept(here)["hash"] == kept["hash"]
                apart = max(apart, _apart(here, kept))
        failed = bool(report.failures) != bool(there["failures"])
        found.append(Difference(report.kernel, alike, report.ulp, float(there["ulp"]), apart, failed))
    return sorted(found, key=lambda one: (-one.failed, -one.apart, one.kernel))


def _kept(result: Array) -> dict[str, Any]:
    if result.dtype.kind not in "fciub":
        text = json.dumps(result.tolist(), default=str)
        return {"hash": _hash(text.encode()), "dtype": "string", "sample": ""}
    flat = np.ascontiguousarray(result).reshape(-1)
    bits = flat[_places(flat.size)].tobytes()
    return {
        "hash": _hash(flat.tobytes()),
        "dtype": flat.dtype.str,
        "sample": base64.b64encode(bits).decode(),
    }


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:HASH_DIGITS]


def _places(size: int) -> Array:
    return np.unique(np.linspace(0, max(size - 1, 0), min(size, SAMPLE)).astype(np.int64))


def _apart(here: Array, kept: Mapping[str, Any]) -> float:
    if kept["dtype"] != np.dtype(here.dtype).str:
        return 0.0
    there = np.frombuffer(base64.b64decode(kept["sample"]), here.dtype)
    flat = here.reshape(-1)
    sample = flat[_places(flat.size)]
    return ulp_apart(sample, there) if sample.shape == there.shape else float("inf")
