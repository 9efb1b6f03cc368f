"""Text, on the host."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

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
