"""Kernels over strings. They run on the host whatever the backend: textures hold numbers."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.errors import ArgumentError
from glbackend.base.regex import compiled, rewriting
from glbackend.base.shapes import Spec
from glbackend.base.text import as_bytes, as_text, crossed64, fingerprint64, siphash64, text_array
from glbackend.engine.registry import kernel
from glbackend.engine.storage import Handle


def _check_splits(splits: list[int], size: int) -> None:
    """ArgumentError where splits do not cut `size` strings into rows."""
    if not splits:
        return
    if splits[0] != 0:
        raise ArgumentError(f"string_n_grams: First split value must be 0, got {splits[0]}")
    for before, here in itertools.pairwise(splits):
        if not before <= here <= size:
            raise ArgumentError(f"string_n_grams: Invalid split value {here}, must be in [{before}, {size}]")
    if splits[-1] != size:
        raise ArgumentError(
            f"string_n_grams: Last split value must be data size. Expected {size}, got {splits[-1]}"
        )


def _grams(row: list[str], width: int, pad: int, pads: tuple[str, str], separator: str) -> Iterator[str]:
    """The n-grams of a row that has `pad` pads at either end."""
    padded = [pads[0]] * pad + row + [pads[1]] * pad
    for start in range(len(padded) - width + 1):
        yield separator.join(padded[start : start + width])


@kernel("StringNGrams", "cpu")
def string_n_grams(
    cpu: Cpu,
    data: Handle,
    data_splits: Handle,
    *,
    out: tuple[Spec, Spec],
    separator: str,
    widths: tuple[int, ...],
    pads: tuple[str, str],
    pad_width: int,
    preserve_short: bool,
) -> tuple[Handle, Handle]:
    """Row by row, width by width; pads are never wider than a gram less one (negative: as wide)."""
    texts = [as_text(text) for text in cpu.array(data)]
    splits = cpu.array(data_splits).tolist()
    _check_splits(splits, len(texts))
    grams: list[str] = []
    ends = [0] * len(splits)
    if texts:
        for i, (start, end) in enumerate(itertools.pairwise(splits)):
            row, before = texts[start:end], len(grams)
            for width in widths:
                pad = width - 1 if pad_width < 0 else min(pad_width, width - 1)
                grams += _grams(row, width, pad, pads, separator)
            if preserve_short and row and len(grams) == before:
                grams += _grams(row, len(row) + 2 * pad_width, pad_width, pads, separator)
            ends[i + 1] = len(grams)
    found = text_array(grams)
    return (
        Handle.of(found, Spec(found.shape, "string")),
        cpu.handle(np.array(ends, np.int32), out[1]),
    )


def _tokens(text: bytes, delimiters: bytes, skip_empty: bool) -> list[bytes]:
    if not text:
        return []
    if not delimiters:
        return [text[i : i + 1] for i in range(len(text))]
    for other in delimiters[1:]:
        text = text.replace(bytes([other]), delimiters[:1])
    return [token for token in text.split(delimiters[:1]) if token or not skip_empty]


@kernel("StringSplit", "cpu")
def string_split(
    cpu: Cpu, input: Handle, delimiter: Handle, *, out: tuple[Spec, ...], skip_empty: bool
) -> tuple[Handle, ...]:
    """Each byte of the delimiter delimits; without one, every byte is a token."""
    delimiters = as_bytes(cpu.array(delimiter).item())
    rows = [_tokens(as_bytes(text), delimiters, skip_empty) for text in cpu.array(input)]
    places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = text_array(token for row in rows for token in row)
    indices = np.array(places, np.int32).reshape(-1, 2)
    shape = np.array([len(rows), max(map(len, rows), default=0)], np.int32)
    return (
        Handle.of(indices, Spec(indices.shape, "int32")),
        Handle.of(values, Spec(values.shape, "string")),
        cpu.handle(shape, out[2]),
    )


@kernel("StringToHashBucketFast", "cpu")
def string_to_hash_bucket_fast(cpu: Cpu, input: Handle, *, out: Spec, num_buckets: int) -> Handle:
    """The fingerprint modulo the buckets."""
    return cpu.handle(_numbers((fingerprint64(one) % num_buckets for one in _spelled(cpu, input)), out), out)


@kernel("StringToHashBucketStrong", "cpu")
def string_to_hash_bucket_strong(
    cpu: Cpu, input: Handle, *, out: Spec, num_buckets: int, key: tuple[int, int]
) -> Handle:
    """The keyed hash modulo the buckets."""
    return cpu.handle(_numbers((siphash64(one, key) % num_buckets for one in _spelled(cpu, input)), out), out)


@kernel("SparseCrossHashed", "cpu")
def cross_hashed(cpu: Cpu, xs: list[Handle], *, out: Spec, num_buckets: int) -> Handle:
    """What there is side by side, texts by their fingerprints."""
    columns = [
        cpu.array(one).ravel().tolist() if one.dtype == "int32" else map(fingerprint64, _spelled(cpu, one))
        for one in xs
    ]
    rows = zip(*columns, strict=True)
    return cpu.handle(_numbers((crossed64(one) % num_buckets for one in rows), out), out)


def _spelled(cpu: Cpu, x: Handle) -> Iterator[bytes]:
    """Each element as bytes: text, or a number in decimals."""
    return (as_bytes(str(one) if x.dtype == "int32" else one) for one in cpu.array(x).ravel())


def _numbers(buckets: Iterator[int], out: Spec) -> np.ndarray[Any, Any]:
    return np.fromiter(buckets, np.uint64).astype(np.uint32).view(np.int32).reshape(out.shape)


@kernel("StringFind", "cpu")
def string_find(cpu: Cpu, input: Handle, keys: Handle, *, out: Spec) -> Handle:
    """By halving: keys are in order."""
    texts, known = (np.vectorize(as_text, otypes=[object])(cpu.array(one)) for one in (input, keys))
    if not known.size:
        return cpu.handle(np.full(out.shape, -1, np.int32), out)
    places = np.minimum(np.searchsorted(known, texts), known.size - 1)
    return cpu.handle(np.where(known[places] == texts, places, -1).astype(np.int32), out)


MOST_STRINGS = 1 << 27  # of one result: 8 GB and more
PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"


def _widths(widths: int | tuple[int, ...], row: list[str]) -> Iterable[int]:
    """How many words the runs of a row have: no more than there are."""
    return range(1, min(widths, len(row)) + 1) if isinstance(widths, int) else widths


@kernel("StringTokens", "cpu")
def string_tokens(
    cpu: Cpu,
    input: Handle,
    *,
    out: Spec,
    lower: bool,
    strip: bool,
    split: str,
    widths: int | tuple[int, ...],
    length: int | None,
) -> Handle:
    """Rows of tokens, cut or filled up with empty strings; lower case is that of ASCII, as in TensorFlow."""
    texts = [as_bytes(text) for text in cpu.array(input).ravel()]
    texts = [text.lower() for text in texts] if lower else texts
    texts = [text.translate(None, PUNCTUATION) for text in texts] if strip else texts
    if split == "none":
        count = input.shape[-1]
        rows = [[as_text(one) for one in texts[at : at + count]] for at in range(0, len(texts), count or 1)]
    elif split == "whitespace":
        rows = [[as_text(token) for token in text.split()] for text in texts]
    else:
        rows = [list(as_text(text)) for text in texts]
    if widths:
        rows = [
            [gram for width in _widths(widths, row) for gram in _grams(row, width, 0, ("", ""), " ")]
            for row in rows
        ]
    longest = max(map(len, rows), default=0) if length is None else length
    if len(rows) * longest > MOST_STRINGS:  # which Python would begin to make
        raise MemoryError
    flat = text_array(token for row in rows for token in (*row[:longest], *[""] * (longest - len(row))))
    spec = Spec((*out.shape[:-1], longest), "string")
    return Handle.of(flat, spec)


@kernel("StaticRegexReplace", "cpu")
def static_regex_replace(
    cpu: Cpu, x: Handle, *, out: Spec, pattern: str, rewrite: str, everywhere: bool
) -> Handle:
    """The first match or all of them."""
    search, replace = compiled(pattern), rewriting(rewrite)
    texts = cpu.array(x).ravel()
    found = text_array(search.sub(replace, as_text(text), count=0 if everywhere else 1) for text in texts)
    return cpu.handle(found.reshape(out.shape), out)
