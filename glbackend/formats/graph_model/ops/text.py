"""Text, on the host."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.text import as_bytes, as_text, text_array
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.declare import tf_op
from glbackend.formats.graph_model.host import host_tensor, whole
from glbackend.ops import text


@tf_op("StringNGrams", outputs=("ngrams", "ngrams_splits"))
def string_n_grams(
    data: Tensor,
    data_splits: Tensor,
    *,
    separator: str,
    ngram_widths: Sequence[int],
    left_pad: str = "",
    right_pad: str = "",
    pad_width: int = 0,
    preserve_short_sequences: bool = False,
) -> tuple[Tensor, ...]:
    """Runs of neighbouring strings."""
    return text.string_n_grams(
        data, data_splits, separator, ngram_widths, left_pad, right_pad, pad_width, preserve_short_sequences
    )


@tf_op("StringSplit", outputs=("indices", "values", "shape"))
def string_split(input: Tensor, delimiter: Tensor, *, skip_empty: bool = True) -> tuple[Tensor, ...]:
    """The parts of strings."""
    return text.string_split(input, delimiter, skip_empty)


@tf_op("StringToHashBucketFast")
def string_to_hash_bucket_fast(input: Tensor, *, num_buckets: int) -> Tensor:
    """A bucket for each string."""
    return text.string_to_hash_bucket_fast(input, num_buckets)


@tf_op("StaticRegexReplace")
def static_regex_replace(input: Tensor, *, pattern: str, rewrite: str, replace_global: bool = True) -> Tensor:
    """Matches replaced."""
    return text.static_regex_replace(input, pattern, rewrite, replace_global)


@tf_op("StringLength")
def string_length(input: Tensor, *, unit: str = "BYTE") -> Tensor:
    """Bytes, or characters."""

    def length(one: Any) -> int:
        raw = as_bytes(one)
        return len(raw) if unit == "BYTE" else len(raw.decode("utf-8", "replace"))

    counts = [length(one) for one in input.numpy().ravel()]
    return whole(np.reshape(counts, input.shape))


def _each(input: Tensor, change: Callable[[str], str]) -> Tensor:
    changed = text_array(change(as_text(one)) for one in input.numpy().ravel())
    return host_tensor(changed.reshape(input.shape), "string")


@tf_op("StringLower")
def string_lower(input: Tensor, *, encoding: str = "") -> Tensor:
    """Small letters; of ASCII alone where the encoding is not UTF-8."""
    return _each(input, str.lower if encoding else lambda one: _ascii(one, str.lower))


@tf_op("StringUpper")
def string_upper(input: Tensor, *, encoding: str = "") -> Tensor:
    """Capital letters; of ASCII alone where the encoding is not UTF-8."""
    return _each(input, str.upper if encoding else lambda one: _ascii(one, str.upper))


def _ascii(one: str, change: Any) -> str:
    return "".join(change(letter) if letter.isascii() else letter for letter in one)


@tf_op("StringStrip")
def string_strip(input: Tensor) -> Tensor:
    """Without white space around."""
    return _each(input, lambda one: one.strip(" \t\n\v\f\r"))


@tf_op("RegexReplace")
def regex_replace(input: Tensor, pattern: str, rewrite: str, *, replace_global: bool = True) -> Tensor:
    """Matches replaced."""
    return text.static_regex_replace(input, pattern, rewrite, replace_global)


@tf_op("StringToHashBucketStrong")
def string_to_hash_bucket_strong(input: Tensor, *, num_buckets: int, key: Sequence[int]) -> Tensor:
    """A bucket for each string, under a key."""
    return text.string_to_hash_bucket_strong(input, num_buckets, key)


@tf_op("StringSplitV2", outputs=("indices", "values", "shape"))
def string_split_v2(input: Tensor, sep: str, *, maxsplit: int = -1) -> tuple[Tensor, ...]:
    """The parts of strings, as Python's split cuts them; without `sep` at white space."""
    parts = [as_bytes(one).split(as_bytes(sep) if sep else None, maxsplit) for one in input.numpy().ravel()]
    places = [(row, column) for row, found in enumerate(parts) for column in range(len(found))]
    values = text_array(as_text(one) for found in parts for one in found)
    return (
        host_tensor(np.array(places, np.int32).reshape(-1, 2)),
        host_tensor(values, "string"),
        whole([len(parts), max(map(len, parts), default=0)]),
    )


@tf_op("StringJoin")
def string_join(*inputs: Tensor, separator: str = "") -> Tensor:
    """Strings one after the other, a single one for all."""
    arrays = np.broadcast_arrays(*(one.numpy() for one in inputs))
    joined = text_array(
        separator.join(map(as_text, parts)) for parts in zip(*map(np.ravel, arrays), strict=True)
    )
    return host_tensor(joined.reshape(arrays[0].shape), "string")


@tf_op("Substr")
def substr(input: Tensor, pos: Tensor, len: Tensor, *, unit: str = "BYTE") -> Tensor:
    """A part of each string, counted in bytes or characters; a place below 0 counts from the end."""
    arrays = np.broadcast_arrays(input.numpy(), pos.numpy(), len.numpy())

    def cut(one: Any, start: int, count: int) -> str | bytes:
        whole_text: Any = as_bytes(one) if unit == "BYTE" else as_text(one)
        if not -whole_text.__len__() <= start <= whole_text.__len__():
            raise ArgumentError(f"Substr: place {start} lies outside of {one!r:.60}")
        found: str | bytes = whole_text[start:][:count]
        return found

    parts = text_array(as_text(cut(*one)) for one in zip(*map(np.ravel, arrays), strict=True))
    return host_tensor(parts.reshape(arrays[0].shape), "string")


@tf_op("AsString")
def as_string(
    input: Tensor,
    *,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
) -> Tensor:
    """Numbers as C's printf writes them."""
    if input.dtype == "string":
        return input
    kind = "e" if scientific else "g" if shortest else "f"
    digits = f".{precision}" if precision >= 0 else ""
    form = f"%{fill if width > 0 else ''}{width if width > 0 else ''}" + (
        "d" if input.dtype == "int32" else "s" if input.dtype == "bool" else f"{digits}{kind}"
    )
    values = input.numpy().ravel().tolist()
    written = text_array(form % (str(one).lower() if isinstance(one, bool) else one) for one in values)
    return host_tensor(written.reshape(input.shape), "string")


@tf_op("StringToNumber")
def string_to_number(string_tensor: Tensor, *, out_type: str = "float32") -> Tensor:
    """Strings read as numbers."""
    read: Any = int if out_type == "int32" else float
    try:
        numbers = [read(as_text(one)) for one in string_tensor.numpy().ravel()]
    except ValueError as error:
        raise ArgumentError(f"StringToNumber: {error}") from None
    return host_tensor(np.reshape(numbers, string_tensor.shape), out_type)  # type: ignore[arg-type]


@tf_op("StringFormat")
def string_format(
    *inputs: Tensor, template: str = "%s", placeholder: str = "%s", summarize: int = 3
) -> Tensor:
    """A text with values in it, at most `summarize` at each end of a tensor."""
    parts = template.split(placeholder)
    if len(parts) != len(inputs) + 1:
        raise ArgumentError(f"StringFormat: {template!r:.60} has {len(parts) - 1} places for {len(inputs)}")
    shown = [np.array2string(one.numpy(), threshold=2 * summarize, edgeitems=summarize) for one in inputs]
    told = parts[0] + "".join(one + part for one, part in zip(shown, parts[1:], strict=True))
    return host_tensor(np.array(told, object), "string")


@tf_op("UnicodeDecode", outputs=("row_splits", "char_values"))
def unicode_decode(
    input: Tensor, *, input_encoding: str, errors: str = "replace", replacement_char: int = 0xFFFD
) -> tuple[Tensor, Tensor]:
    """The characters of strings, as numbers, and where each string begins."""
    found = []
    for one in input.numpy().ravel():
        told = as_bytes(one).decode(input_encoding, "ignore" if errors == "ignore" else errors)
        found.append([replacement_char if code == 0xFFFD else code for code in map(ord, told)])
    return whole(np.cumsum([0, *map(len, found)])), whole([code for codes in found for code in codes])


@tf_op("UnicodeEncode")
def unicode_encode(
    input_values: list[int],
    input_splits: list[int],
    *,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
) -> Tensor:
    """Characters, as numbers, put together to strings."""
    codes = [one if 0 <= one < 0x110000 else replacement_char for one in input_values]
    texts = ["".join(map(chr, codes[start:end])) for start, end in pairwise(input_splits)]
    if output_encoding != "UTF-8":
        raise ModelFormatError(f"UnicodeEncode: {output_encoding!r} is not known here, only UTF-8")
    return host_tensor(text_array(texts), "string")
