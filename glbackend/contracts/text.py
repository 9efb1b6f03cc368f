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
    """Strings of any shape, or int32 (not in TF.js), hashed as they are spelled; at least one bucket."""
    return Checked(
        _buckets(input, num_buckets, "string_to_hash_bucket_fast"), {"num_buckets": int(num_buckets)}
    )


@contract("StringToHashBucketStrong")
def string_to_hash_bucket_strong(input: Spec, *, num_buckets: int, key: Sequence[int]) -> Checked:
    """As `string_to_hash_bucket_fast`, under a key of two whole numbers; not in TF.js."""
    op = "string_to_hash_bucket_strong"
    if len(key) != 2 or any(int(word) != word for word in key):
        raise ArgumentError(f"{op}: key must be two whole numbers, got {key}")
    attrs = {"num_buckets": int(num_buckets), "key": (int(key[0]), int(key[1]))}
    return Checked(_buckets(input, num_buckets, op), attrs)


def _buckets(input: Spec, num_buckets: int, op: str) -> Spec:
    if input.dtype != "int32":
        need_string(input, op, "input")
    if int(num_buckets) != num_buckets or num_buckets < 1:
        raise ArgumentError(f"{op}: number of buckets must be at least 1, got num_buckets {num_buckets}")
    return Spec(input.shape, "int32")


@contract("SparseCrossHashed")
def cross_hashed(xs: list[Spec], *, num_buckets: int) -> Checked:
    """At least two inputs of one shape, each of strings or int32; at least one bucket; not in TF.js."""
    if len(xs) < 2:
        raise ArgumentError(f"cross_hashed: needs at least two inputs, got {len(xs)}")
    for i, x in enumerate(xs):
        out = _buckets(x, num_buckets, "cross_hashed")
        if x.shape != xs[0].shape:
            raise ShapeError(
                f"cross_hashed: input {i} has shape {list(x.shape)}, input 0 {list(xs[0].shape)}: "
                "must be equal"
            )
    return Checked(out, {"num_buckets": int(num_buckets)})


@contract("StringFind")
def string_find(input: Spec, keys: Spec) -> Checked:
    """Strings of any shape, and a vector of them in ascending order; not in TF.js."""
    need_string(input, "string_find", "input")
    need_string(keys, "string_find", "keys")
    if keys.rank != 1:
        raise ShapeError(f"string_find: keys must be a vector, got shape {list(keys.shape)}")
    return Checked(Spec(input.shape, "int32"), {})


@contract("StringTokens")
def string_tokens(
    input: Spec,
    *,
    lower: bool = False,
    strip_punctuation: bool = False,
    split: str = "whitespace",
    n_gram_widths: int | Sequence[int] = (),
    length: int | None = None,
) -> Checked:
    """Strings of any shape; without `split` their last axis holds tokens; not in TF.js."""
    op = "string_tokens"
    need_string(input, op, "input")
    if split not in ("whitespace", "character", "none"):
        raise ArgumentError(f"{op}: split must be 'whitespace', 'character' or 'none', got {split!r}")
    if split == "none" and not input.rank:
        raise ShapeError(f"{op}: without a split input must have an axis of tokens")
    lead = input.shape[:-1] if split == "none" else input.shape
    whole = split == "none" and not n_gram_widths
    count = length if length is not None else input.shape[-1] if whole else None
    attrs = {
        "lower": bool(lower),
        "strip": bool(strip_punctuation),
        "split": split,
        "widths": n_gram_widths if isinstance(n_gram_widths, int) else tuple(map(int, n_gram_widths)),
        "length": count,
    }
    return Checked(Spec((*lead, UNKNOWN if count is None else count), "string"), attrs)


@contract("StaticRegexReplace")
def static_regex_replace(x: Spec, *, pattern: str, rewrite: str, replace_global: bool = True) -> Checked:
    """Strings of any shape; a pattern that compiles."""
    need_string(x, "static_regex_replace", "input")
    need_text("static_regex_replace", pattern=pattern, rewrite=rewrite)
    compiled(pattern)
    return Checked(x, {"pattern": pattern, "rewrite": rewrite, "everywhere": bool(replace_global)})
