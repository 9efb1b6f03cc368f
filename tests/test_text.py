"""Strings: n-grams, splitting, fingerprints and regular expressions; and that strings pass through movement
kernels."""

from collections.abc import Callable

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError
from glbackend.base.regex import compiled, rewriting
from glbackend.base.text import as_bytes, fingerprint64

WORDS = ["a", "b", "c", "d", "e", "f"]


def grams(widths: list[int], **options: object) -> tuple[list[str], list[int]]:
    """Of [a b c d], [e f]."""
    found = gl.string.string_n_grams(WORDS, [0, 4, 6], "|", widths, **options)  # type: ignore[arg-type]
    return found.n_grams.numpy().tolist(), found.n_grams_splits.numpy().tolist()


def test_n_grams(backend: str) -> None:
    assert grams([2]) == (["a|b", "b|c", "c|d", "e|f"], [0, 3, 4])
    assert grams([3], preserve_short_sequences=True) == (["a|b|c", "b|c|d", "e|f"], [0, 2, 3])
    padded = ["L|L|a", "L|a|b", "a|b|c", "b|c|d", "c|d|R", "d|R|R", "L|L|e", "L|e|f", "e|f|R", "f|R|R"]
    assert grams([3], left_pad="L", right_pad="R", pad_width=-1) == (padded, [0, 6, 10])
    assert grams([2], left_pad="L", right_pad="R", pad_width=9)[0][:2] == ["L|a", "a|b"]


def test_n_grams_of_a_row_without_words_are_pads(backend: str) -> None:
    found = gl.string.string_n_grams(["a"], [0, 0, 1], "|", [3], "L", "R", -1)
    assert found.n_grams.numpy().tolist() == ["L|L|R", "L|R|R", "L|L|a", "L|a|R", "a|R|R"]


@pytest.mark.parametrize(
    ("splits", "message"),
    [([1, 6], "must be 0"), ([0, 4, 3, 6], r"in \[4, 6\]"), ([0, 7], r"in \[0, 6\]"), ([0, 5], "data size")],
)
def test_splits_that_are_none_are_refused(splits: list[int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gl.string.string_n_grams(WORDS, splits, "|", [2])


def test_split(backend: str) -> None:
    found = gl.string.string_split([" a  b", "", "c"], " ")
    assert found.values.numpy().tolist() == ["a", "b", "c"]
    assert found.indices.numpy().tolist() == [[0, 0], [0, 1], [2, 0]]
    assert found.shape.numpy().tolist() == [3, 2]
    kept = gl.string.string_split(["|a,b"], ",|", skip_empty=False)
    assert kept.values.numpy().tolist() == ["", "a", "b"]


def test_split_into_bytes_and_back(backend: str) -> None:
    found = gl.string.string_split(["né"], "").values.numpy()
    assert b"".join(map(as_bytes, found)) == "né".encode()


@pytest.mark.parametrize(
    ("length", "expected"), [(0, 0x9AE16A3B2F90404F), (1, 0xB3454265B6DF75E3), (8, 0xBE8AC6E3A83ED6C1)]
)
def test_fingerprints_are_64_bits_and_stable(length: int, expected: int) -> None:
    """The empty one is FarmHash's own constant; "a" is what BigQuery's and TensorFlow's fingerprint give."""
    found = fingerprint64(b"a" * length)
    assert 0 <= found < 2**64
    if length < 8:
        assert found == expected


def test_hash_buckets(backend: str) -> None:
    """The example of TensorFlow's documentation of string_to_hash_bucket_fast."""
    found = gl.string.string_to_hash_bucket_fast(["Hello", "TensorFlow", "2.x"], 3)
    assert found.numpy().tolist() == [0, 2, 2]
    with pytest.raises(ArgumentError, match="at least 1"):
        gl.string.string_to_hash_bucket_fast(["a"], 0)


@pytest.mark.parametrize(
    ("pattern", "rewrite", "text", "expected"),
    [
        (r"(\w)(\w)", r"\2\1", "hello", "ehllo"),
        (r"(?<first>\w)(\w)", "$2$<first>$$", "ab", "ba$"),
        ("b", "[$`$&$']", "abc", "a[abc]c"),
        ("c$", "!", "c\nc", "c\n!"),
        ("a.c", "!", "a\rc", "a\rc"),
        ("[^]", "!", "\n", "!"),
        ("[$.]", "!", "a$.", "a!!"),
        ("x*", "-", "abc", "-a-b-c-"),
        ("(a)", "$10$2", "a", "a0$2"),
    ],
)
def test_regex_replaces_as_javascript(pattern: str, rewrite: str, text: str, expected: str) -> None:
    assert compiled(pattern).sub(rewriting(rewrite), text) == expected


def test_regex_op(backend: str) -> None:
    x = np.array([["test test"], ["é"]], object)
    assert gl.string.static_regex_replace(x, "test", "$&!", False).numpy().tolist() == [["test! test"], ["é"]]
    with pytest.raises(ArgumentError, match="no regular expression"):
        gl.string.static_regex_replace(x, "(", "")


@pytest.mark.parametrize(
    ("text", "bucket"), [("Hello", 605859), ("TF", 943167), ("x" * 20, 242917), ("", 414719)]
)
def test_strong_hash_as_tensorflow(text: str, bucket: int, backend: str) -> None:
    found = gl.string.string_to_hash_bucket_strong([text], 1000003, [1, -2])
    assert found.numpy().tolist() == [bucket]


def test_numbers_are_hashed_as_they_are_spelled(backend: str) -> None:
    numbers = gl.tensor([[3, -40]], dtype="int32")
    for hashed in (
        lambda x: gl.string.string_to_hash_bucket_fast(x, 1000),
        lambda x: gl.string.string_to_hash_bucket_strong(x, 1000, [5, 6]),
    ):
        assert hashed(numbers).numpy().tolist() == hashed([["3", "-40"]]).numpy().tolist()
    with pytest.raises(ArgumentError, match="two whole numbers"):
        gl.string.string_to_hash_bucket_strong(["a"], 3, [1])


def test_words_of_texts(backend: str) -> None:
    texts = ["The cat, the DOG!", " É\t"]
    assert gl.string.string_tokens(texts).numpy().tolist()[1] == ["É", "", "", ""]
    tokens = gl.string.string_tokens(texts, lower=True, strip_punctuation=True, n_gram_widths=[2], length=2)
    assert tokens.numpy().tolist() == [["the cat", "cat the"], ["", ""]]
    assert gl.string.string_tokens(["aé"], split="character").numpy().tolist() == [["a", "é"]]
    assert gl.string.string_find(["é", "b", "a"], ["a", "b", "é"]).numpy().tolist() == [2, 1, 0]
    with pytest.raises(ArgumentError, match="split"):
        gl.string.string_tokens(texts, split="lines")


MOVES: dict[str, tuple[Callable[[gl.Tensor], gl.Tensor], list[object]]] = {
    "slice": (lambda x: x.slice([0, 1], [2, 1]), [["b"], ["d"]]),
    "concat": (lambda x: gl.concat([x, x], 1), [["a", "b", "a", "b"], ["c", "d", "c", "d"]]),
    "gather": (lambda x: x.gather([1, 0], 1), [["b", "a"], ["d", "c"]]),
    "transpose": (lambda x: x.transpose(), [["a", "c"], ["b", "d"]]),
    "tile": (lambda x: x.tile([1, 2]), [["a", "b", "a", "b"], ["c", "d", "c", "d"]]),
    "reverse": (lambda x: x.reverse(0), [["c", "d"], ["a", "b"]]),
    "reshape": (lambda x: x.reshape([4]), ["a", "b", "c", "d"]),
    "stack": (lambda x: gl.stack([x[0], x[1]], 1), [["a", "c"], ["b", "d"]]),
}


@pytest.mark.parametrize("name", MOVES)
def test_strings_move(backend: str, name: str) -> None:
    move, expected = MOVES[name]
    moved = move(gl.tensor([["a", "b"], ["c", "d"]]))
    assert moved.dtype == "string"
    assert moved.numpy().tolist() == expected
