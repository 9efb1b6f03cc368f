"""The layer that turns texts into the numbers of their words."""

from collections.abc import Iterable, Sequence
from typing import Any

from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError
from glbackend.base.shapes import axes_of
from glbackend.base.text import text_array
from glbackend.engine.tensor import Tensor
from glbackend.layers.adapting import TEXTS, batches_of
from glbackend.layers.function import FUNCTIONS
from glbackend.layers.hashing import OfLists
from glbackend.layers.inference import any_size
from glbackend.layers.layer import layer
from glbackend.layers.lookup import StringLookup
from glbackend.ops.create import tensor, zeros
from glbackend.ops.text import string_tokens

STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
SPLITS = ("whitespace", "character")


def step_of(given: Any, known: Sequence[str], name: str) -> Any:
    """One of the `known` ways, None, or a function of the user's; ArgumentError otherwise."""
    if given is None or (isinstance(given, str) and given in known):
        return given
    if isinstance(given, str) and FUNCTIONS.lookup(given) is None:
        raise ArgumentError(
            f"textVectorization: {name} must be {', '.join(map(repr, known))}, None or a function, "
            f"got {given!r}"
        )
    return FUNCTIONS.get(given)


class OverTexts(OfLists):
    """What `text_vectorization` does: texts become words, and these the numbers that a lookup gives."""

    unsaved = OfLists.unsaved | {
        "max_tokens", "output_mode", "pad_to_max_tokens", "vocabulary", "idf_weights"
    }  # fmt: skip
    lookup: StringLookup
    standardize: Any
    split: Any
    ngrams: int | list[int] | None
    output_sequence_length: int | None

    def get_config(self) -> dict[str, Any]:
        found = self.lookup.get_config()
        of_lookup = OverTexts.unsaved - OfLists.unsaved
        return {**super().get_config(), **{key: found[key] for key in sorted(of_lookup)}}

    @property
    def _entry_dtype(self) -> DType:
        """Text."""
        return "string"

    def words(self, texts: Tensor) -> Tensor:
        """[batch, words], filled up with empty texts."""
        if callable(self.standardize):
            texts = self.standardize(texts)
        if self.split is not None and texts.rank > 1:
            texts = texts.squeeze([-1])  # ShapeError where there are several
        if callable(self.split):
            texts = self.split(texts)
        standard = self.standardize if isinstance(self.standardize, str) else ""
        return string_tokens(
            texts,
            lower=standard.startswith("lower"),
            strip_punctuation=standard.endswith("strip_punctuation"),
            split=self.split if isinstance(self.split, str) else "none",
            n_gram_widths=self.ngrams or (),
            length=self.output_sequence_length,
        )

    def call(self, inputs: Tensor) -> Tensor:
        self.takes(inputs, "string")
        if (anything := any_size()) and self.output_sequence_length is None:  # only its shape is asked for
            rows = inputs.shape[0]
            numbers = self.lookup.output_mode == "int"
            shape = (rows, anything) if numbers else (rows, self.lookup.depth)
            return zeros(shape, "float32" if self.lookup.output_mode == "tf_idf" else "int32")
        return self.lookup(self.words(inputs))

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the vocabulary: the most frequent words first.

        `data`: texts, in an array, a tensor or a list; or batches of them.
        `steps`: how many batches count, by default all.
        """
        self.lookup.learn(
            self.words(tensor(text_array(batch.ravel()))).numpy()
            for batch in batches_of(data, steps, TEXTS, f"textVectorization {self.name!r}")
        )

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary, as of a `string_lookup`.

        `vocabulary`: its words, in the order of their numbers.
        `idf_weights`: the weight of each, in mode "tf_idf" alone.
        """
        self.lookup.set_vocabulary(vocabulary, idf_weights)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The words in the order of their numbers.

        `include_special_tokens`: whether the empty text and unknown words stand before them.
        """
        return self.lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many numbers there are."""
        return self.lookup.vocabulary_size()


@layer("text_vectorization")
class TextVectorization(OverTexts):
    """The numbers of each text's words, [batch] or [batch, 1] to [batch, words]; computed on the host.

    The vocabulary is given or learned by `adapt`: 0 fills up, 1 stands for unknown words.

    `max_tokens`: how many numbers there are at most.
    `standardize`: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function of texts.
    `split`: into words at "whitespace", into each "character", None where inputs are words, or a function
    that gives [batch, words], filled up with empty texts.
    `ngrams`: in place of words runs of 1 to so many of them, or of the lengths in a list.
    `output_mode`: "int" gives numbers, "multi_hot" and "count" vectors as `category_encoding`, "tf_idf"
    counts times weights.
    `output_sequence_length`: how many numbers each text gets, by default those of the longest; mode "int".
    `pad_to_max_tokens`: whether vectors have `max_tokens` places, however many words there are.
    `vocabulary`: the words in the order of their numbers.
    `idf_weights`: the weight of each, in mode "tf_idf" alone.

    As Keras's TextVectorization.

    >>> import glbackend as gl
    >>> layer = gl.layers.text_vectorization(vocabulary=["the", "cat"])
    >>> layer(["The cat!", "a cat"]).numpy().tolist()
    [[2, 3], [1, 3]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: int | Sequence[int] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Sequence[float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.standardize = step_of(standardize, STANDARDS, "standardize")
        self.split = step_of(split, SPLITS, "split")
        lengths = [self.positive("ngrams", one) for one in axes_of(ngrams)]
        self.ngrams = None if ngrams is None else lengths if isinstance(ngrams, Iterable) else lengths[0]
        self.lookup = StringLookup(
            max_tokens=max_tokens, mask_token="", vocabulary=vocabulary, idf_weights=idf_weights,
            output_mode=output_mode, pad_to_max_tokens=pad_to_max_tokens, name=self.name,
        )  # fmt: skip
        length = output_sequence_length
        self.output_sequence_length = (
            None if length is None else self.positive("output_sequence_length", length)
        )
        if output_sequence_length is not None and self.lookup.output_mode != "int":
            raise ArgumentError("textVectorization: output_sequence_length needs output_mode 'int'")
