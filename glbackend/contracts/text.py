"""Contracts of kernels over strings: n-grams, splitting, hashing, replacing by regular expression."""

from collections.abc import Sequence

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.regex import compiled
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import UNKNOWN, Checked, contract


def need_string(x: Spec, op: str, name: str) -> None:
    """DtypeError where an input is not of strings."""
    if x.dtype != "string":
        raise DtypeError(f"{op}: {name} must be string, got {x.dtype}")


def need_text(op: str, **attrs: object) -> None:
    """ArgumentError where an attr is no text."""
    for name, value in attrs.items():
        if not isinstance(value, str | bytes):
            raise ArgumentError(f"{op}: argument {name!r} must be a string, got {got(value)}")


@contract("StringNGrams")
def string_n_grams(
    data: Spec,
    data_splits: Spec,
    *,
    separator: str,
    n_gram_widths: Sequence[int],
    left_pad: str = "",
    right_pad: str = "",
    pad_width: int = 0,
    preserve_short_sequences: bool = False,
) -> Checked:
    """Two vectors: strings, where `data_splits` cuts them into rows; widths of at least 1."""
    op = "string_n_grams"
    need_string(data, op, "data")
    need_text(op, separator=separator, left_pad=left_pad, right_pad=right_pad)
    if data_splits.dtype != "int32":
        raise DtypeError(f"{op}: data_splits must be int32, got {data_splits.dtype}")
    if data.rank != 1 or data_splits.rank != 1:
        raise ShapeError(
            f"{op}: data {list(data.shape)} and data_splits {list(data_splits.shape)} must be vectors"
        )
    if int(pad_width) != pad_width:
        raise ArgumentError(f"{op}: pad_width must be a whole number, got {pad_width}")
    widths = tuple(int(width) for width in n_gram_widths)
    if any(width < 1 for width in widths):
        raise ArgumentError(f"{op}: n_gram_widths must be at least 1, got {list(n_gram_widths)}")
    attrs = {
        "separator": separator,
        "widths": widths,
        "pads": (left_pad, right_pad),
        "pad_width": int(pad_width),
        "preserve_short": bool(preserve_short_sequences),
    }
    return Checked((Spec((UNKNOWN,), "string"), Spec(data_splits.shape, "int32")), attrs)


@contract("StringSplit")
def string_split(input: Spec, delimiter: Spec, *, skip_empty: bool = True) -> Checked:
    """A vector of strings, and a scalar whose bytes each delimit."""
    op = "string_split"
    need_string(input, op, "input")
    need_string(delimiter, op, "delimiter")
    if input.rank != 1:
        raise ShapeError(f"{op}: input must be a vector, got shape {list(input.shape)}")
    if delimiter.rank:
        raise ShapeError(f"{op}: delimiter must be a scalar, got shape {list(delimiter.shape)}")
    out = Spec((UNKNOWN, 2), "int32"), Spec((UNKNOWN,), "string"), Spec((2,), "int32")
    return Checked(out, {"skip_empty": bool(skip_empty)})


@contract("StringToHashBucketFast")
def string_to_hash_bucket_fast(input: Spec, *, num_buckets: int) -> Checked:
    """Strings of any shape; at least one bucket."""
    op = "string_to_hash_bucket_fast"
    need_string(input, op, "input")
    if int(num_buckets) != num_buckets or num_buckets < 1:
        raise ArgumentError(f"{op}: number of buckets must be at least 1, got num_buckets {num_buckets}")
    return Checked(Spec(input.shape, "int32"), {"num_buckets": int(num_buckets)})


@contract("StaticRegexReplace")
def static_regex_replace(x: Spec, *, pattern: str, rewrite: str, replace_global: bool = True) -> Checked:
    """Strings of any shape; a pattern that compiles."""
    need_string(x, "static_regex_replace", "input")
    need_text("static_regex_replace", pattern=pattern, rewrite=rewrite)
    compiled(pattern)
    return Checked(x, {"pattern": pattern, "rewrite": rewrite, "everywhere": bool(replace_global)})
