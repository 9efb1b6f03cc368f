"""Layers that turn words and numbers into the numbers of a vocabulary, and back."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import ORDINARY
from glbackend.base.counts import MOST
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, CallError
from glbackend.base.text import as_bytes, as_text, text_array
from glbackend.engine.tensor import Tensor
from glbackend.layers.adapting import FIGURES, TEXTS, Array, batches_of
from glbackend.layers.encoding import MODES, encoded, mode_of
from glbackend.layers.hashing import OfLists, Salt, bucket, salt_of, whole
from glbackend.layers.layer import layer
from glbackend.layers.policy import NUMBERS
from glbackend.ops.create import tensor
from glbackend.ops.sort import lower_bound
from glbackend.ops.text import string_find


class Lookup(OfLists):
    """What lookups share: a vocabulary, given or learned by `adapt`, and what becomes of other words.

    The numbers begin with that of the mask (in mode "int", where there is one) and those of unknown words.
    """

    words: ClassVar[DType]  # what a vocabulary consists of
    oov_token: Any

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        vocabulary: Any = None,
        idf_weights: Sequence[float] | None = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        salt: Salt | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if (max_tokens is not None and max_tokens <= 1) or (pad_to_max_tokens and max_tokens is None):
            raise ArgumentError(f"{self.class_name}: max_tokens must be at least 2, got {max_tokens}")
        if not 0 <= num_oov_indices <= MOST:
            raise ArgumentError(
                f"{self.class_name}: num_oov_indices must be 0 to {MOST}, got {num_oov_indices}"
            )
        self.max_tokens, self.num_oov_indices = max_tokens, num_oov_indices
        self.mask_token = None if mask_token is None else self.word(mask_token, "mask_token")
        self.oov_token = self.word(self.oov_token, "oov_token")
        self.invert, self.pad_to_max_tokens = invert, pad_to_max_tokens
        self.output_mode = mode_of(output_mode, MODES, self.class_name)
        if invert and self.output_mode != "int":
            raise ArgumentError(f"{self.class_name}: invert needs output_mode 'int', got {output_mode!r}")
        self.salt = salt_of(salt, self.class_name)
        self.vocabulary: tuple[Any, ...] | None = None
        self._tokens: tuple[Any, ...] | None = None  # of it, without mask and unknown words
        self.idf_weights: tuple[float, ...] | None = None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    def lines_of(self, file: Path) -> list[str]:
        """The words of a file, one a line; ArgumentError where it cannot be read."""
        try:
            return file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ArgumentError(
                f"{self.class_name}: vocabulary must be a list of words or a file of them, one a line; "
                f"{str(file)!r} cannot be read: {error}"
            ) from None

    @classmethod
    def from_config(cls, config: Any) -> Any:
        """A layer of such arguments; ArgumentError for the name of a file, which none may open."""
        if isinstance(config.get("vocabulary"), str):
            raise ArgumentError(
                f"{cls.class_name} {config.get('name')!r}: its vocabulary is a file, "
                f"{config['vocabulary']!r}, which no model may open"
            )
        return super().from_config(config)

    @property
    def first_unknown(self) -> int:
        """The number of the first unknown word."""
        return int(self.mask_token is not None and self.output_mode == "int")

    @property
    def _entry_dtype(self) -> DType:
        """Text where it looks up texts."""
        return "string" if self.words == "string" and not self.invert else "int32"

    @property
    def first_known(self) -> int:
        """The number of the vocabulary's first word."""
        return self.first_unknown + self.num_oov_indices

    @property
    def tokens(self) -> tuple[Any, ...]:
        """The words of the vocabulary, without mask and unknown ones; ArgumentError where it has none yet."""
        if self._tokens is None:
            raise ArgumentError(
                f"{self.class_name} {self.name!r}: it has no vocabulary yet: pass one, or call adapt"
            )
        return self._tokens

    def word(self, given: Any, name: str) -> Any:
        """The word of the argument `name`, as vocabularies have them; CallError for what is none."""
        try:
            return as_text(given) if self.words == "string" else whole(given)
        except ORDINARY:
            kind = "a text" if self.words == "string" else "an int32"
            raise CallError(
                f"{self.class_name} {self.name!r}: {name} must be {kind}, got {got(given)}"
            ) from None

    def listed(self, given: Any, name: str, one: Callable[[Any], Any], kind: str) -> tuple[Any, ...]:
        """The members of the argument `name`, each as `one` gives it; CallError where it is no such list."""
        members = given.numpy() if isinstance(given, Tensor) else given
        try:
            if isinstance(members, str | bytes | Mapping | Set):  # which have members, and in no order
                raise TypeError
            return tuple([one(member) for member in members])
        except ORDINARY:
            raise CallError(
                f"{self.class_name} {self.name!r}: {name} must be a list of {kind}, got {got(given)}"
            ) from None

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Replaces the vocabulary; ArgumentError for one with a word twice, with the mask, or too large.

        `vocabulary`: its words, in the order of their numbers, or a text file with one a line; mask and
        unknown words may stand before them.
        `idf_weights`: the weight of each, in mode "tf_idf" alone.
        """
        if isinstance(vocabulary, str | Path):
            vocabulary = self.lines_of(Path(vocabulary))
        of_word, kind = (as_text, "texts") if self.words == "string" else (whole, "whole numbers")
        plain = self.listed(vocabulary, "the vocabulary", of_word, kind)
        weights = None if idf_weights is None else self.listed(idf_weights, "idf_weights", float, "numbers")
        special = (self.mask_token,) * self.first_unknown + (self.oov_token,) * self.num_oov_indices
        tokens = plain[len(special) :] if plain[: len(special)] == special else plain
        doubled = [word for word, count in Counter(tokens).items() if count > 1]
        wrong = (
            f"has {doubled[0]!r} twice" if doubled
            else "is empty" if not tokens
            else f"has the mask {self.mask_token!r} among its words" if self.mask_token in tokens
            else f"has more than max_tokens = {self.max_tokens} words"
            if self.max_tokens and self.first_known + len(tokens) > self.max_tokens
            else "needs idf_weights, one a word"
            if self.output_mode == "tf_idf" and len(weights or ()) != len(plain)
            else "has idf_weights, which output_mode 'tf_idf' alone has"
            if self.output_mode != "tf_idf" and weights is not None
            else ""
        )  # fmt: skip
        if wrong:
            raise ArgumentError(f"{self.class_name} {self.name!r}: the vocabulary {wrong}")
        self.vocabulary, self._tokens, self.idf_weights = plain, tokens, weights
        keys = self.array(tokens)
        order = np.argsort(keys, kind="stable")
        self._keys = tensor(keys[order]).handle
        self._numbers = tensor((order + self.first_known).astype(np.int32)).handle

    def array(self, words: Sequence[Any]) -> Array:
        """Words as tensors are made of them."""
        return text_array(words) if self.words == "string" else np.array(words, np.int32)

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The words in the order of their numbers.

        `include_special_tokens`: whether mask and unknown words stand before them.
        """
        special = [self.mask_token] * self.first_unknown + [self.oov_token] * self.num_oov_indices
        return [*(special if include_special_tokens else ()), *self.tokens]

    def vocabulary_size(self) -> int:
        """How many numbers there are, mask and unknown words included."""
        return self.first_known + len(self.tokens)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the vocabulary: the most frequent words first.

        `data`: an array, a tensor or nested lists, each row a document; or batches of them.
        `steps`: how many batches count, by default all.
        """
        whole = isinstance(data, Tensor | np.ndarray | list | tuple)
        kind = TEXTS if self.words == "string" else FIGURES
        self.learn(
            batch.reshape((-1, 1) if whole else (1, -1)) if batch.ndim < 2 else batch
            for batch in batches_of(data, steps, kind, f"{self.class_name} {self.name!r}")
        )

    def learn(self, batches: Any) -> None:
        """Learns the vocabulary from arrays [documents, words]."""
        counts: Counter[Any] = Counter()
        documents: Counter[Any] = Counter()
        rows = 0
        of_word, kind = (as_text, "texts") if self.words == "string" else (int, "whole numbers")
        for batch in batches:
            plain = [self.listed(row, "what adapt learns from", of_word, kind) for row in batch]
            rows += len(plain)
            for row in plain:
                counts.update(row)
                documents.update(set(row))
        in_order = as_bytes if self.words == "string" else int
        for special in (self.mask_token, self.oov_token):
            counts.pop(special, None)
        order = sorted(counts, key=lambda word: (counts[word], in_order(word)))
        tokens = order[::-1][: self.max_tokens and self.max_tokens - self.first_known]
        weights = [float(np.log1p(rows / (1 + documents[word]))) for word in tokens]
        self.set_vocabulary(tokens, weights if self.output_mode == "tf_idf" else None)

    def call(self, inputs: Tensor) -> Tensor:
        texts = self.words == "string" and not self.invert
        self.takes(inputs, *(("string",) if texts else NUMBERS))
        if self.invert:
            return self.back(inputs.cast("int32"))
        numbers = self.numbers(inputs if texts else inputs.cast("int32"))
        if self.output_mode == "int":
            return numbers
        if self.output_mode != "tf_idf":
            return encoded(numbers, self.output_mode, self.depth).cast("int32")
        return encoded(numbers, "count", self.depth) * tensor(self.all_weights())

    @property
    def depth(self) -> int:
        """How many places vectors have."""
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens else self.vocabulary_size()

    def all_weights(self) -> Array:
        """The weight of each number: of unknown words the mean, 0 of those that fill up."""
        given = np.array(self.idf_weights, np.float32)
        special = self.vocabulary_size() - len(given)
        full = np.concatenate([np.full(special, given.mean(), np.float32), given])
        return np.pad(full, (0, self.depth - len(full)))

    def numbers(self, x: Tensor) -> Tensor:
        """The number of each word: int32 of the shape of `x`."""
        count, keys = len(self.tokens), Tensor(self._keys)
        if self.words == "string":
            places = string_find(x, keys)
        else:
            near = lower_bound(keys.expand_dims(0), x.reshape((1, -1))).reshape(x.shape).minimum(count - 1)
            places = near.where(keys.gather(near) == x, -1)
        found = Tensor(self._numbers).gather(places.maximum(0)).where(places >= 0, self.unknown(x))
        if self.mask_token is None:
            return found
        masked = x == tensor(self.mask_token, dtype=x.dtype)
        return found.where(masked.logical_not(), 0 if self.output_mode == "int" else -1)

    def unknown(self, x: Tensor) -> Tensor:
        """The numbers that words would get if they were unknown."""
        if self.num_oov_indices < 2:
            return tensor(self.first_unknown if self.num_oov_indices else -1, dtype="int32")
        return self.oov_bucket(x) + self.first_unknown

    def oov_bucket(self, x: Tensor) -> Tensor:
        """Which of the numbers for unknown words a word gets."""
        return bucket(x, self.num_oov_indices, self.salt)

    def back(self, numbers: Tensor) -> Tensor:
        """The words of numbers; the unknown one for those of no word."""
        words = [*self.get_vocabulary(), self.oov_token]
        table = tensor(self.array(words))
        outside = (numbers < 0).logical_or(numbers >= len(words))
        return table.gather(numbers.where(outside.logical_not(), len(words) - 1))


@layer("string_lookup")
class StringLookup(Lookup):
    """The number of each word in a vocabulary, which is given or learned by `adapt`; computed on the host.

    `max_tokens`: how many numbers there are at most, those of mask and unknown words included.
    `num_oov_indices`: how many numbers unknown words share; with 0 they get -1.
    `mask_token`: the word that gets 0, None for no such word.
    `oov_token`: the word that unknown numbers become where it goes back.
    `vocabulary`: the words in the order of their numbers, or a text file with one a line.
    `idf_weights`: the weight of each, in mode "tf_idf" alone.
    `invert`: whether it goes back, from numbers to words.
    `output_mode`: "int" gives numbers, "one_hot", "multi_hot" and "count" vectors as `category_encoding`,
    "tf_idf" counts times weights.
    `pad_to_max_tokens`: whether vectors have `max_tokens` places, however many words there are.
    `salt`: a key of the hash by which unknown words share numbers, a whole number or two.

    As Keras's StringLookup.

    >>> import glbackend as gl
    >>> gl.layers.string_lookup(vocabulary=["a", "b"])([["b", "a"], ["c", "b"]]).numpy().tolist()
    [[2, 1], [0, 2]]
    """

    words: ClassVar[DType] = "string"

    def __init__(self, *, oov_token: str = "[UNK]", **options: Any) -> None:
        self.oov_token = oov_token
        super().__init__(**options)


@layer("integer_lookup")
class IntegerLookup(Lookup):
    """The number of each whole number in a vocabulary, which is given or learned by `adapt`.

    `max_tokens`: how many numbers there are at most, those of mask and unknown ones included.
    `num_oov_indices`: how many numbers unknown ones share; with 0 they get -1.
    `mask_token`: what gets 0, None for nothing.
    `oov_token`: what unknown numbers become where it goes back.
    `vocabulary`: the whole numbers in the order of their numbers, or a text file with one a line.
    `idf_weights`: the weight of each, in mode "tf_idf" alone.
    `invert`: whether it goes back.
    `output_mode`: "int" gives numbers, "one_hot", "multi_hot" and "count" vectors as `category_encoding`,
    "tf_idf" counts times weights.
    `pad_to_max_tokens`: whether vectors have `max_tokens` places, however many there are.
    `oov_method`: by what unknown ones share numbers: "floormod", their rest, or "farmhash", a hash.
    `salt`: a key of that hash, a whole number or two.

    As Keras's IntegerLookup.

    >>> import glbackend as gl
    >>> gl.layers.integer_lookup(vocabulary=[12, 36])([[36, 12], [7, 36]]).numpy().tolist()
    [[2, 1], [0, 2]]
    """

    words: ClassVar[DType] = "int32"

    def __init__(
        self, *, oov_token: int = -1, oov_method: Literal["floormod", "farmhash"] = "floormod", **options: Any
    ) -> None:
        self.oov_token, self.oov_method = oov_token, oov_method
        super().__init__(**options)

    def oov_bucket(self, x: Tensor) -> Tensor:
        return super().oov_bucket(x) if self.oov_method == "farmhash" else x.mod(self.num_oov_indices)
