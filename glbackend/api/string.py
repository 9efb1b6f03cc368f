"""Strings, as `tf.string`."""

from glbackend.ops.text import cross_hashed
from glbackend.ops.text import static_regex_replace
from glbackend.ops.text import string_find
from glbackend.ops.text import string_n_grams
from glbackend.ops.text import string_split
from glbackend.ops.text import string_to_hash_bucket_fast
from glbackend.ops.text import string_to_hash_bucket_strong
from glbackend.ops.text import string_tokens

__all__ = [
    "cross_hashed",
    "static_regex_replace",
    "string_find",
    "string_n_grams",
    "string_split",
    "string_to_hash_bucket_fast",
    "string_to_hash_bucket_strong",
    "string_tokens",
]
