"""Cases of kernels over strings."""

from typing import Any

import numpy as np

from glbackend.ops.text import (
    cross_hashed,
    static_regex_replace,
    string_find,
    string_n_grams,
    string_split,
    string_to_hash_bucket_fast,
    string_to_hash_bucket_strong,
    string_tokens,
)
from glbackend.testing.case import case


def texts(*values: str | bytes) -> np.ndarray[Any, Any]:
    """A vector of strings."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


_ROWS = texts("aa", "bb", "cc", "dd", "ee", "ff")
_SPLITS = np.array([0, 4, 6], np.int32)
_LONG = texts(*("x" * n + "é" for n in (0, 1, 4, 9, 15, 17, 31, 40, 63, 64, 65, 130, 200)))

CASES = [
    case(
        "StringNGrams",
        "padded",
        lambda d, s: string_n_grams(d, s, "|", [2, 3], "LP", "RP", -1),
        _ROWS,
        _SPLITS,
    ),
    case(
        "StringNGrams",
        "short",
        lambda d, s: string_n_grams(d, s, "|", [3], preserve_short_sequences=True),
        _ROWS,
        _SPLITS,
    ),
    case("StringSplit", "space", lambda x: string_split(x, " "), texts(" a  b", "", "c d e")),
    case("StringSplit", "bytes", lambda x: string_split(x, ""), texts("aé", b"\xff")),
    case("StringSplit", "several", lambda x: string_split(x, "|,", False), texts("a|b,c", "||")),
    case("StringToHashBucketFast", "lengths", lambda x: string_to_hash_bucket_fast(x, 2**31 - 1), _LONG),
    case(
        "StringToHashBucketFast",
        "int32",
        lambda x: string_to_hash_bucket_fast(x, 7),
        np.array([[3, -40, 2**31 - 1]], np.int32),
    ),
    case(
        "StringToHashBucketStrong", "lengths", lambda x: string_to_hash_bucket_strong(x, 99, [3, -4]), _LONG
    ),
    case(
        "SparseCrossHashed",
        "mixed",
        lambda x, y, z: cross_hashed([x, y, z], 1000),
        texts("a", "b", "c", "dé"),
        np.array([1, 2, -3, 4], np.int32),
        texts("", "101", "x" * 99, "y"),
    ),
    case(
        "StringFind",
        "some",
        lambda x: string_find(x, ["a", "ab", "b"]),
        texts("b", "", "ab", "c").reshape(2, 2),
    ),
    case("StringFind", "none", lambda x: string_find(x, texts()), _ROWS),
    case("StringTokens", "words", lambda x: string_tokens(x, True, True), texts("Ab, c!", "", " É d\te f")),
    case(
        "StringTokens",
        "characters",
        lambda x: string_tokens(x, split="character", length=2),
        texts("aéb", "c"),
    ),
    case(
        "StringTokens",
        "grams",
        lambda x: string_tokens(x, split="none", n_gram_widths=[1, 2]),
        texts("a", "b", "c", "d").reshape(2, 2),
    ),
    case("StringToHashBucketFast", "one", lambda x: string_to_hash_bucket_fast(x, 1), _LONG),
    case(
        "StaticRegexReplace",
        "groups",
        lambda x: static_regex_replace(x, r"(\w)(\w)", "$2$1"),
        texts("abcd", ""),
    ),
    case(
        "StaticRegexReplace",
        "first",
        lambda x: static_regex_replace(x, "l+", "L", False),
        texts("hello all").reshape(1, 1),
    ),
]
