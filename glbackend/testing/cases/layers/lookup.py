"""Cases of the layers that look words and numbers up in a vocabulary."""

from typing import Any

import numpy as np

from glbackend.testing.layer_case import LayerCase

NUMBERS = np.array([[12, 36, 7], [-5, 36, 1000]], np.int32)
WORDS = np.array([["b", "a", ""], ["zebra", "b", "É"]], object)
TEXTS = np.array([["The cat, the dog!"], ["a  É-cat"]], object)
BACK = np.array([[0, 1, 2], [3, 9, 0]], np.int32)
KNOWN: dict[str, Any] = {"vocabulary": [12, 1000, 36]}
SPELLED: dict[str, Any] = {"vocabulary": ["a", "b", "É"]}
WEIGHTED: dict[str, Any] = {"output_mode": "tf_idf", "idf_weights": [0.5, 1.0, 2.0]}
FILLED: dict[str, Any] = {"max_tokens": 8, "pad_to_max_tokens": True, "output_mode": "count"}

CASES = [
    LayerCase("IntegerLookup", "plain", KNOWN, (NUMBERS,), unknown=(1,)),
    LayerCase("IntegerLookup", "masked", {**KNOWN, "mask_token": 7, "num_oov_indices": 0}, (NUMBERS[:1],)),
    LayerCase("IntegerLookup", "rests", {**KNOWN, "mask_token": 0, "num_oov_indices": 3}, (NUMBERS,)),
    LayerCase(
        "IntegerLookup",
        "hashed",
        {**KNOWN, "num_oov_indices": 3, "oov_method": "farmhash", "salt": [1, 2]},
        (NUMBERS,),
    ),
    LayerCase("IntegerLookup", "back", {**KNOWN, "invert": True, "oov_token": -7}, (BACK,)),
    LayerCase("IntegerLookup", "filled", {**KNOWN, **FILLED}, (NUMBERS,)),
    LayerCase("IntegerLookup", "weighted", {**KNOWN, **WEIGHTED}, (NUMBERS,)),
    LayerCase("StringLookup", "plain", SPELLED, (WORDS,), unknown=(1,)),
    LayerCase(
        "StringLookup",
        "masked",
        {**SPELLED, "mask_token": "", "num_oov_indices": 3, "salt": [1, 2]},
        (WORDS,),
    ),
    LayerCase("StringLookup", "back", {**SPELLED, "invert": True, "oov_token": "?"}, (BACK,)),
    LayerCase("StringLookup", "filled", {**SPELLED, **FILLED}, (WORDS,)),
    LayerCase("StringLookup", "one_hot", {**SPELLED, "output_mode": "one_hot"}, (WORDS,)),
    LayerCase("StringLookup", "weighted", {**SPELLED, **WEIGHTED}, (WORDS,)),
    LayerCase("TextVectorization", "plain", {"vocabulary": ["the", "cat", "dog"]}, (TEXTS,)),
    LayerCase(
        "TextVectorization",
        "cut",
        {"vocabulary": ["the", "cat,"], "standardize": "lower", "ngrams": 2, "output_sequence_length": 3},
        (TEXTS,),
    ),
    LayerCase(
        "TextVectorization",
        "characters",
        {"vocabulary": list("tcé"), "split": "character", **FILLED},
        (TEXTS,),
    ),
    LayerCase("TextVectorization", "weighted", {"vocabulary": ["the", "cat", "dog"], **WEIGHTED}, (TEXTS,)),
]
