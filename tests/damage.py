"""Damage to files, by chance of a seed: bytes, values of JSON, fields of protocol buffers, members of HDF5 files."""

import copy
import io
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import Any

import h5py
import numpy as np

STRANGE: list[Any] = [
    None, True, -1, 0, 1, 3, 2**31, -(2**31), 2**53 + 1, 2**70, 10**30, 1.5, 1e308, float("inf"), float("nan"), "",
    "x", "0", "\0", "^x", "x:99", "../x", "/etc/x", "float16", "uint8", "string", "complex64", "U0FNRQ==", [], [1], [None], [[]],
    [0, 0, 0], [10**5, 10**5], [2**62, 2], [1] * 40, {}, {"class_name": "Dense"}, {"i": "-3"}, {"s": "U0FNRQ=="},
    {"list": {"i": ["1", "1000000000", "1", "1"]}}, {"type": "DT_STRING"}, {"type": 99}, {"b": True},
    {"shape": {"dim": [{"size": "99999999999"}]}}, {"func": {"name": "none"}},
]  # fmt: skip
NUMBERS = [-1, 0, 1, 7, 14, 101, 2**31 - 1, -(2**31), 2**62]
WORDS = ["", "x", "^x", "x:99", "a:b:0", "../../etc/x", "Relu", "StatefulPartitionedCall", "Identity"]
BITS = {"int32": 31, "uint32": 32, "sint32": 31, "fixed32": 31}


def in_bytes(text: bytes, rng: Random) -> bytes:
    """Cut off, with some bytes changed, cleared, doubled or left out, with a piece moved, or too long."""
    if not text:
        return b"x"
    made, kind = bytearray(text), rng.randrange(8)
    at, size = rng.randrange(len(text)), rng.randrange(1, 200)
    if kind == 0:
        return text[:at]
    if kind < 4:
        for _ in range(rng.choice([1, 1, 2, 5, 20])):
            made[rng.randrange(len(text) if kind > 1 else min(len(text), 900))] = rng.randrange(256)
    elif kind == 4:
        made[at : at + size] = bytes([rng.choice([0, 255])]) * size
    elif kind == 5:
        del made[at : at + size]
    elif kind == 6:
        piece = made[at : at + size]
        del made[at : at + size]
        place = rng.randrange(len(made) + 1)
        made[place:place] = piece
    else:
        made += rng.randbytes(rng.choice([1, 4, 1000]))
    return bytes(made)


def in_json(given: Any, rng: Random) -> Any:
    """A copy with one to three values replaced, removed, swapped, renamed, or copied from elsewhere."""
    made = copy.deepcopy(given)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(made))
        if not places:
            break
        holder, key = rng.choice(places)
        fault = rng.randrange(6)
        if fault == 0:
            del holder[key]
        elif fault == 1 and isinstance(holder, list):
            other = rng.randrange(len(holder))
            holder[key], holder[other] = holder[other], holder[key]
        elif fault == 1:
            holder[rng.choice([key.upper(), f"{key}_", "name", "config", ""])] = holder.pop(key)
        elif fault == 2 and type(holder[key]) in (int, float):
            value = holder[key]
            holder[key] = rng.choice(
                [-value, value + 1, value * 10**6, value * 10**18, value / 2, str(value), [value]]
            )
        elif fault == 3:
            source, name = rng.choice(places)
            if isinstance(source, list) or name in source:
                holder[key] = copy.deepcopy(
                    source[min(name, len(source) - 1)] if isinstance(source, list) else source[name]
                )
        else:
            holder[key] = copy.deepcopy(rng.choice(STRANGE))
    return made


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything in a JSON value, as its holder and its key there."""
    for key, one in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield value, key
        yield from _places(one)


def in_message(message: Any, rng: Random) -> None:
    """One to three fields of a protocol buffer removed, doubled, or given another value."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        at = message
        while fields := at.ListFields():
            field, value = rng.choice(fields)
            held = _held(value)
            if held and hasattr(held[0], "ListFields") and rng.random() < 0.95:
                at = rng.choice(held)
                continue
            _spoil(at, field, value, rng)
            break


def _held(value: Any) -> list[Any]:
    if hasattr(value, "items"):
        return [value[key] for key in value]
    return list(value) if hasattr(value, "append") else [value]


def _spoil(message: Any, field: Any, value: Any, rng: Random) -> None:
    repeated, kind = hasattr(value, "append"), type(value)
    if kind is int and field.enum_type is None and rng.random() < 0.8:
        unsigned = field.type in (
            field.TYPE_UINT32,
            field.TYPE_UINT64,
            field.TYPE_FIXED32,
            field.TYPE_FIXED64,
        )
        small = field.type in (field.TYPE_INT32, field.TYPE_UINT32, field.TYPE_FIXED32, field.TYPE_SINT32)
        most = 2**31 - 1 if small else 2**63 - 1
        setattr(message, field.name, min(max(rng.choice(NUMBERS), 0 if unsigned else -most - 1), most))
    elif kind in (str, bytes) and rng.random() < 0.8:
        other = rng.choice(WORDS)
        setattr(message, field.name, other if kind is str else other.encode())
    elif kind is int and field.enum_type is not None and rng.random() < 0.8:
        setattr(message, field.name, rng.choice(field.enum_type.values).number)
    elif repeated and len(value) and rng.random() < 0.7:
        place = rng.randrange(len(value))
        if rng.random() < 0.5:
            del value[place]
        elif hasattr(value[place], "ListFields"):
            value.add().CopyFrom(value[place])
        else:
            value.append(value[place])
    else:
        message.ClearField(field.name)


def in_hdf5(data: bytes, rng: Random) -> bytes:
    """An HDF5 file that its library reads, with one to three members or attributes changed."""
    stream = io.BytesIO(data)
    with h5py.File(stream, "r+") as file:
        for _ in range(rng.choice((1, 1, 2, 3))):
            found: list[str] = []
            file.visit(found.append)
            if not found:
                break
            name = rng.choice(found)
            place = file[name]
            if rng.random() < 0.3 and len(place.attrs or file.attrs):
                _other_attribute(place.attrs if len(place.attrs) else file.attrs, rng)
            else:
                _other_member(file, name, rng.choice(found), rng)
    return stream.getvalue()


def _other_member(file: Any, name: str, other: str, rng: Random) -> None:
    kind = rng.randrange(5)
    if kind == 1:
        with suppress(ValueError):  # there is one of that name
            file.move(name, rng.choice([f"{name}x", "z", f"layers/{rng.randrange(9)}"]))
        return
    if kind == 2 and not f"{name}/".startswith(f"{other}/"):
        copied = io.BytesIO()
        with h5py.File(copied, "w") as aside:
            file.copy(other, aside, "it")
            del file[name]
            aside.copy("it", file, name)
        return
    shape = getattr(file[name], "shape", None)
    del file[name]
    if kind < 3:
        return
    shapes = [(), (0,), (3,), (1, 1, 1), (2, 3), tuple(shape or ())[::-1], (*(shape or ()), 1)]
    values = np.ones(rng.choice(shapes), rng.choice(["f2", "f4", "f8", "i1", "i8", "u4", "?", "S3", "c8"]))
    file.create_dataset(name, data=values)


def _other_attribute(attrs: Any, rng: Random) -> None:
    name = rng.choice(list(attrs))
    kind = rng.randrange(4)
    value = attrs[name]
    del attrs[name]
    if kind == 1 and isinstance(value, str | bytes):
        attrs[name] = (
            in_bytes(
                value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value, rng
            ).replace(b"\0", b"")
            or b"x"
        )
    elif kind == 2 and isinstance(value, np.ndarray) and value.size:
        values = value.tolist()
        rng.shuffle(values)
        attrs[name] = values[: rng.randint(1, len(values))]
    elif kind == 3:
        attrs[name] = rng.choice(
            [0, -1, 1.5, "", "x", "{}", "[]", b"\xff\xfe", [1, 2], [b"a", b"b"], np.zeros((2, 2))]
        )
