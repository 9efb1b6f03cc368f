"""Damaged and hostile SavedModels: a typed error that says where, or a result; never anything else.

`python -m tests.test_saved_model_bad_files 10000` runs more cases than the test does.
"""

import random
import shutil
import sys
import tempfile
import time
import traceback
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.formats.saved_model.messages import MESSAGES, parse
from glbackend.formats.saved_model.sstable import read_table
from tests import saved_models

CASES = 300
NAMES = ("module", "flow", "words", "old", "cnn", "gru")
INDEX, SHARD = "variables/variables.index", "variables/variables.data-00000"
MOST_SECONDS = 2.0
SPARE_BYTES = 6 << 20  # of Python's own objects, beside twice what the files have
STRANGE: list[Any] = [-1, 0, 1, 7, 14, 101, 2**31 - 1, -(2**31), 2**62]


def damaged(text: bytes, rng: random.Random) -> bytes:
    """The file cut off, with some bytes changed, or with a piece moved."""
    kind, changed = rng.randrange(4), bytearray(text)
    if kind == 0:
        return text[: rng.randrange(len(text))]
    if kind < 3:
        for _ in range(rng.randrange(1, 8)):
            changed[rng.randrange(len(text))] = rng.randrange(256)
        return bytes(changed)
    start, size = rng.randrange(len(text)), rng.randrange(1, 60)
    piece = changed[start : start + size]
    del changed[start : start + size]
    place = rng.randrange(len(changed) + 1)
    changed[place:place] = piece
    return bytes(changed)


def contradictory(text: bytes, rng: random.Random) -> bytes:
    """A file that protobuf reads, with one to three fields removed, doubled, or of another value."""
    whole = parse("SavedModel", text, "the golden")
    for _ in range(rng.randint(1, 3)):
        message, name = whole, "SavedModel"
        while True:  # down to some message
            fields = [(one.name, value) for one, value in message.ListFields()]
            if not fields:
                break
            field, value = rng.choice(fields)
            about = MESSAGES[name][field]
            if about.kind in MESSAGES and rng.random() < 0.95:
                held = [value] if not (about.repeated or about.is_map) else [*_held(value)]
                if held:
                    message, name = rng.choice(held), about.kind
                    continue
            _spoil(message, field, value, about, rng)
            break
    return bytes(whole.SerializeToString())


def _held(value: Any) -> list[Any]:
    return [value[key] for key in value] if hasattr(value, "keys") else list(value)


def _spoil(message: Any, field: str, value: Any, about: Any, rng: random.Random) -> None:
    plain = not about.repeated and not about.is_map and about.kind not in MESSAGES
    if plain and about.kind.startswith(("int", "fixed")) and rng.random() < 0.7:
        limits = {"int32": 31, "int64": 63, "fixed32": 31}[about.kind]
        setattr(
            message,
            field,
            max(min(rng.choice(STRANGE), 2**limits - 1), 0 if "fix" in about.kind else -(2**limits)),
        )
    elif plain and about.kind in ("string", "bytes") and rng.random() < 0.7:
        other = rng.choice(
            ["", "x", "^x", "x:99", "a:b:0", "../../etc/passwd", "StatefulPartitionedCall", "Identity"]
        )
        setattr(message, field, other if about.kind == "string" else other.encode())
    elif about.repeated and len(value) and rng.random() < 0.7:
        place = rng.randrange(len(value))
        if rng.random() < 0.5:
            del value[place]
        elif about.kind in MESSAGES:
            value.add().CopyFrom(value[place])
        else:
            value.append(value[place])
    else:
        message.ClearField(field)


def contradictory_index(text: bytes, rng: random.Random) -> bytes:
    """An index with its checksums, some of whose entries are of other values, under another name, or gone."""
    pairs = read_table(text, "the golden")
    for _ in range(rng.randint(1, 3)):
        key = rng.choice(list(pairs))
        fault = rng.randrange(4)
        if fault == 0:
            del pairs[key]
        elif fault == 1:
            pairs[key] = pairs[rng.choice(list(pairs))]
        else:
            name = "BundleEntry" if key else "BundleHeader"
            message = parse(name, pairs[key], "an entry")
            fields = message.ListFields()
            if fields:
                field, value = rng.choice(fields)
                _spoil(message, field.name, value, MESSAGES[name][field.name], rng)
            pairs[key] = message.SerializeToString()
        if not pairs:
            break
    return saved_models.table_of(pairs)


FAULTS = [
    ("saved_model.pb", contradictory), ("saved_model.pb", damaged), (INDEX, contradictory_index),
    (INDEX, damaged), (SHARD, damaged),
]  # fmt: skip


def run_case(number: int, folder: Path, originals: dict[str, dict[str, bytes]], calls: dict[str, Any]) -> str:
    """The name of the error of a case, "none" where it ran; raises where one is not typed."""
    rng = random.Random(number)
    name = NAMES[number % len(NAMES)]
    for file, text in originals[name].items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(text)
    kind = number // len(NAMES) % len(FAULTS)
    file, spoil = FAULTS[kind]
    file = next(one for one in originals[name] if one.startswith(file))  # the first of the shards
    (folder / file).write_bytes(spoil(originals[name][file], rng))
    call, told = calls[name], "none"
    size = sum(len(one) for one in originals[name].values())
    began = time.process_time()
    tracemalloc.start()
    try:
        model = gl.load_saved_model(folder)
        try:
            model.signatures[call.signature].predict(call.fed)
        finally:
            model.dispose()
    except GlbackendError as error:
        told = type(error).__name__
        assert len(str(error)) > 10, number
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - began < MOST_SECONDS, number
    assert peak < 2 * size + SPARE_BYTES, (number, peak, size)
    return told


def run_cases(count: int, first: int = 0) -> dict[str, int]:
    """How often each error came."""
    told: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place:
        originals, calls = {}, {}
        for name in NAMES:
            folder = saved_models.unpacked(name, Path(place))
            originals[name] = {
                str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()
            }
            calls[name] = saved_models.calls(name)[0]
        for number in range(first, first + count):
            try:
                kind = run_case(number, Path(place) / "case", originals, calls)
            except Exception as error:
                if __name__ != "__main__":
                    raise AssertionError(f"case {number}: {type(error).__name__}: {error}") from error
                traceback.print_exc(limit=-4)
                print(number)
                kind = "OTHER"
            shutil.rmtree(Path(place) / "case")
            told[kind] = told.get(kind, 0) + 1
    return told


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_damaged_folders_give_typed_errors() -> None:
    told = run_cases(CASES)
    assert told["ModelFormatError"] > CASES / 3, told


if __name__ == "__main__":
    gl.set_backend("cpu")
    print(run_cases(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
