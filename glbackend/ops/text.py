"""Strings: n-grams, splitting, hashing into buckets, replacing by regular expression."""

from collections.abc import Sequence
from typing import NamedTuple

from glbackend.engine.convert import TensorLike, as_tensor, as_tensors
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run, run_several


class NGrams(NamedTuple):
    """Rows of n-grams: all of them, and where each row begins and the last one ends."""

    n_grams: Tensor
    n_grams_splits: Tensor


class Tokens(NamedTuple):
    """A sparse matrix of strings: places [count, 2] and values [count], and the matrix's shape [2]."""

    indices: Tensor
    values: Tensor
    shape: Tensor


@op(method=False, namespace="string")
def string_n_grams(
    data: TensorLike,
    data_splits: TensorLike,
    separator: str,
    n_gram_widths: Sequence[int],
    left_pad: str = "",
    right_pad: str = "",
    pad_width: int = 0,
    preserve_short_sequences: bool = False,
) -> NGrams:
    """Runs of neighbouring strings, joined: for each row all of one width, then those of the next.

    `data`: strings [count].
    `data_splits`: int32 [rows + 1], row i is data[splits[i]:splits[i + 1]].
    `separator`: what joins them.
    `n_gram_widths`: numbers of strings in a run.
    `left_pad`, `right_pad`: strings put before and after a row.
    `pad_width`: how many of them, at most a run's width less one (negative: as many).
    `preserve_short_sequences`: whether a row too short for a run gives itself.

    ArgumentError for splits that do not run from 0 to count. Computed on the host. As
    `tf.string.stringNGrams`.

    >>> string_n_grams(["a", "b", "c"], [0, 2, 3], "|", [2], "<", ">", 1).n_grams.numpy().tolist()
    ['<|a', 'a|b', 'b|>', '<|c', 'c|>']
    """
    inputs = {
        "data": as_tensor(data, "data", "string_n_grams", "string"),
        "data_splits": as_tensor(data_splits, "data_splits", "string_n_grams", "int32"),
    }
    return NGrams(*run_several(
        "StringNGrams", inputs, separator=separator, n_gram_widths=tuple(n_gram_widths), left_pad=left_pad,
        right_pad=right_pad, pad_width=pad_width, preserve_short_sequences=preserve_short_sequences,
    ))  # fmt: skip


@op(method=False, namespace="string")
def string_split(input: TensorLike, delimiter: TensorLike, skip_empty: bool = True) -> Tokens:
    """The parts of each string of `input`, a vector, as a sparse matrix with a row for each string.

    Each byte of `delimiter` (a string) delimits; an empty one cuts into single bytes. Empty parts are left
    out unless `skip_empty` is False. Computed on the host. As `tf.string.stringSplit`.

    >>> string_split(["a b", "c"], " ").values.numpy().tolist()
    ['a', 'b', 'c']
    """
    inputs = {
        "input": as_tensor(input, "input", "string_split", "string"),
        "delimiter": as_tensor(delimiter, "delimiter", "string_split", "string"),
    }
    return Tokens(*run_several("StringSplit", inputs, skip_empty=skip_empty))


@op(method=False, namespace="string")
def string_to_hash_bucket_fast(input: TensorLike, num_buckets: int) -> Tensor:
    """A number in [0, num_buckets) for each string of `input`: int32 of its shape, the same on every machine.

    FarmHash's Fingerprint64 modulo `num_buckets`, as in TensorFlow; int32 counts as it is spelled.
    ArgumentError where there is no bucket. Computed on the host. As `tf.string.stringToHashBucketFast`.

    >>> string_to_hash_bucket_fast(["Hello", "TensorFlow"], 3).numpy().tolist()
    [0, 2]
    """
    text = as_tensor(input, "input", "string_to_hash_bucket_fast")
    return run("StringToHashBucketFast", {"input": text}, num_buckets=num_buckets)


@op(method=False, namespace="string")
def string_to_hash_bucket_strong(input: TensorLike, num_buckets: int, key: Sequence[int]) -> Tensor:
    """`string_to_hash_bucket_fast` by a hash that nobody can foresee who does not know its `key`.

    `input`: strings of any shape, or int32, which counts as it is spelled.
    `num_buckets`: how many numbers there are; ArgumentError below 1.
    `key`: two whole numbers.

    SipHash-2-4, Aumasson and Bernstein 2012. Computed on the host. As `tf.strings.to_hash_bucket_strong` of
    TensorFlow; TF.js has none.

    >>> string_to_hash_bucket_strong(["Hello", "TF"], 3, [1, 2]).numpy().tolist()
    [2, 0]
    """
    text = as_tensor(input, "input", "string_to_hash_bucket_strong")
    return run("StringToHashBucketStrong", {"input": text}, num_buckets=num_buckets, key=tuple(key))


@op(method=False, namespace="string")
def cross_hashed(inputs: Sequence[TensorLike], num_buckets: int) -> Tensor:
    """A number in [0, num_buckets) for what stands at one place of all `inputs`: int32 of their shape.

    `inputs`: at least two, of equal shape, each of strings or int32.
    `num_buckets`: how many numbers there are; ArgumentError below 1.

    Computed on the host. As `tf.sparse.cross_hashed` of TensorFlow, of dense inputs; TF.js has none.

    >>> cross_hashed([["A", "B"], ["x", "y"]], 5).numpy().tolist()
    [0, 3]
    """
    found = as_tensors(inputs, "inputs", "cross_hashed")
    return run("SparseCrossHashed", {"xs": found}, num_buckets=num_buckets)


@op(method=False, namespace="string")
def string_find(input: TensorLike, keys: TensorLike) -> Tensor:
    """Where each string of `input` stands in `keys`, a vector in ascending order; -1 where it does not.

    int32 of the shape of `input`. Computed on the host. Not in TF.js.

    >>> string_find([["b", "c"]], ["a", "b"]).numpy().tolist()
    [[1, -1]]
    """
    inputs = {
        "input": as_tensor(input, "input", "string_find", "string"),
        "keys": as_tensor(keys, "keys", "string_find", "string"),
    }
    return run("StringFind", inputs)


@op(method=False, namespace="string")
def string_tokens(
    input: TensorLike,
    lower: bool = False,
    strip_punctuation: bool = False,
    split: str = "whitespace",
    n_gram_widths: int | Sequence[int] = (),
    length: int | None = None,
) -> Tensor:
    """The words of each string of `input`, along a new last axis, filled up with empty strings.

    `input`: strings of any shape.
    `lower`: whether A to Z become a to z.
    `strip_punctuation`: whether ASCII's punctuation is left out.
    `split`: "whitespace", "character", or "none": the last axis of `input` holds words already.
    `n_gram_widths`: in place of words runs of so many of them, joined by a space; one number stands for all
    from 1 to it.
    `length`: of the last axis, to which rows are cut; by default that of the longest.

    ArgumentError for another split. Computed on the host. Not in TF.js.

    >>> string_tokens(["One, two!", "x"], lower=True, strip_punctuation=True).numpy().tolist()
    [['one', 'two'], ['x', '']]
    """
    return run(
        "StringTokens",
        {"input": as_tensor(input, "input", "string_tokens", "string")},
        lower=lower,
        strip_punctuation=strip_punctuation,
        split=split,
        n_gram_widths=n_gram_widths,
        length=length,
    )


@op(method=False, namespace="string")
def static_regex_replace(
    input: TensorLike, pattern: str, rewrite: str, replace_global: bool = True
) -> Tensor:
    r"""The strings of `input`, of any shape, with matches of `pattern` replaced by `rewrite`.

    `pattern` is a regular expression as JavaScript writes it; in `rewrite` $1 (or \1, as in TensorFlow) is
    the first group, $& the match, $$ a dollar. All matches are replaced, or without `replace_global` the
    first in each string. ArgumentError for a pattern that does not compile. Computed on the host. As
    `tf.string.staticRegexReplace`.

    >>> static_regex_replace(["a  b"], " +", "-").numpy().tolist()
    ['a-b']
    """
    text = as_tensor(input, "input", "static_regex_replace", "string")
    return run(
        "StaticRegexReplace", {"x": text}, pattern=pattern, rewrite=rewrite, replace_global=replace_global
    )
