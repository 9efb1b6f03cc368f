"""Kernels over strings. They run on the host whatever the backend: textures hold numbers."""

import itertools
from collections.abc import Iterator

import numpy as np

from glbackend.backends.cpu.backend import Cpu
from glbackend.base.errors import ArgumentError
from glbackend.base.regex import compiled, rewriting
from glbackend.base.shapes import Spec
from glbackend.base.text import as_bytes, as_text, fingerprint64, text_array
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
    buckets = [fingerprint64(as_bytes(text)) % num_buckets for text in cpu.array(input).ravel()]
    return cpu.handle(np.array(buckets, np.uint64).astype(np.uint32).view(np.int32).reshape(out.shape), out)


@kernel("StaticRegexReplace", "cpu")
def static_regex_replace(
    cpu: Cpu, x: Handle, *, out: Spec, pattern: str, rewrite: str, everywhere: bool
) -> Handle:
    """The first match or all of them."""
    search, replace = compiled(pattern), rewriting(rewrite)
    texts = cpu.array(x).ravel()
    found = text_array(search.sub(replace, as_text(text), count=0 if everywhere else 1) for text in texts)
    return cpu.handle(found.reshape(out.shape), out)
