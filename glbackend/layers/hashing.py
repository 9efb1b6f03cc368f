"""Numbers of words by a hash, and what layers over words share."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import ORDINARY
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.convert import as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.layers.encoding import encoded, mode_of
from glbackend.layers.layer import Layer, layer
from glbackend.layers.policy import NUMBERS
from glbackend.layers.structure import BY_NAME
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops.create import tensor
from glbackend.ops.text import cross_hashed, string_to_hash_bucket_fast, string_to_hash_bucket_strong

Salt = int | Sequence[int]


def salt_of(salt: Salt | None, layer: str) -> list[int] | None:
    """The key of a hash, of one number or two; ArgumentError otherwise."""
    if salt is None:
        return None
    pair = [salt, salt] if isinstance(salt, int) else [int(one) for one in salt]
    if len(pair) != 2:
        raise ArgumentError(f"{layer}: salt must be a whole number or two, got {salt}")
    return pair


def bucket(x: Tensor, count: int, salt: list[int] | None) -> Tensor:
    """A number in [0, count) for each string or int32."""
    return string_to_hash_bucket_strong(x, count, salt) if salt else string_to_hash_bucket_fast(x, count)


def whole(given: Any) -> int:
    """A word that is an int32, also one written out; ValueError for anything else.

    >>> whole("12"), whole(3.0)
    (12, 3)
    """
    number = int(given)
    if not -(2**31) <= number < 2**31 or not (isinstance(given, str) or number == given):
        raise ValueError(f"{given} is no int32")
    return number


class OfLists(Layer):
    """What layers over words share: lists of them are inputs, too."""

    accepts_int = True

    def __call__(self, inputs: Any = BY_NAME, **arguments: Any) -> Any:
        """As of any layer, or on words in nested lists.

        `inputs`: what it is applied to. `arguments` go to `call`.
        """
        plain = inputs = self._named_inputs(arguments) if inputs is BY_NAME else inputs
        while isinstance(plain, list | tuple) and plain:
            plain = plain[0]
        if isinstance(inputs, list | tuple) and isinstance(plain, str | bytes | int | np.generic):
            inputs = as_tensor(inputs, "inputs", f"{self.class_name} {self.name!r}")
        elif not isinstance(plain, Tensor | SymbolicTensor | np.ndarray):
            raise ArgumentError(
                f"{self.class_name} {self.name!r}: inputs must be texts or whole numbers in lists, an array "
                f"or a tensor, got {got(inputs)}"
            )
        return super().__call__(inputs, **arguments)

    apply = __call__


@layer("hashing")
class Hashing(OfLists):
    """A number in [0, num_bins) for each string or whole number, the same on every machine.

    `num_bins`: how many numbers there are.
    `mask_value`: what gets 0, which nothing else gets then.
    `salt`: a key, a whole number or two, that nobody can foresee the numbers without.
    `output_mode`: "int" gives numbers, "one_hot", "multi_hot" and "count" vectors as `category_encoding`.

    As Keras's Hashing.

    >>> import glbackend as gl
    >>> gl.layers.hashing(num_bins=3)(gl.tensor([["A", "B"], ["C", "D"]])).numpy().tolist()
    [[1, 0], [1, 1]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Salt | None = None,
        output_mode: str = "int",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_bins, self.mask_value = self.positive("num_bins", num_bins), mask_value
        if mask_value is not None and not isinstance(mask_value, str | bytes):
            try:
                self.mask_value = whole(mask_value)
            except ORDINARY:
                wrong = f"hashing: mask_value must be a text or an int32, got {got(mask_value)}"
                raise ArgumentError(wrong) from None
        self.salt = salt_of(salt, "hashing")
        self.output_mode = mode_of(output_mode, ("int", "one_hot", "multi_hot", "count"), "hashing")

    def call(self, inputs: Tensor) -> Tensor:
        self.takes(inputs, "string", *NUMBERS)
        x = inputs if inputs.dtype == "string" else inputs.cast("int32")
        masked = self.mask_value is not None and self.num_bins > 1
        if masked and isinstance(self.mask_value, int) == (x.dtype == "string"):
            raise DtypeError(
                f"hashing {self.name!r}: mask_value {self.mask_value!r} is never among inputs of {x.dtype}"
            )
        numbers = bucket(x, self.num_bins - masked, self.salt)
        if masked:
            numbers = (numbers + 1).where(x != tensor(self.mask_value, dtype=x.dtype), 0)
        return numbers if self.output_mode == "int" else encoded(numbers, self.output_mode, self.num_bins)


@layer("hashed_crossing")
class HashedCrossing(Layer):
    """A number in [0, num_bins) for what two features or more are together, the same on every machine.

    `num_bins`: how many numbers there are.
    `output_mode`: "int" gives numbers, "one_hot" vectors as `category_encoding`.

    It is called on a list of features, strings or whole numbers, [batch], [batch, 1] or single ones. As
    Keras's HashedCrossing.

    >>> import glbackend as gl
    >>> gl.layers.hashed_crossing(num_bins=5)([gl.tensor(["A", "B"]), np.array([101, 101])]).numpy().tolist()
    [1, 4]
    """

    accepts_int = True
    merges = True

    def __init__(self, num_bins: int, output_mode: str = "int", **options: Any) -> None:
        super().__init__(**options)
        self.num_bins = self.positive("num_bins", num_bins)
        self.output_mode = mode_of(output_mode, ("int", "one_hot"), "hashed_crossing")

    def _grouped_inputs(self, inputs: Any) -> list[Any]:
        who = f"hashed_crossing {self.name!r}"
        if not isinstance(inputs, list | tuple) or len(inputs) < 2:
            raise ArgumentError(f"{who}: takes a list of two features or more, got {got(inputs)}")
        plain = (str, bytes, int, list, np.generic)
        return [
            as_tensor(np.asarray(one), "inputs", who) if isinstance(one, plain) else one for one in inputs
        ]

    def call(self, inputs: list[Tensor]) -> Tensor:
        for one in inputs:
            self.takes(one, "string", "int32")
        if inputs[0].rank > 2 or (inputs[0].rank == 2 and inputs[0].shape[1] != 1):
            raise ShapeError(
                f"hashed_crossing {self.name!r}: features must be [batch], [batch, 1] or single ones, "
                f"got {list(inputs[0].shape)}"
            )
        found = cross_hashed(inputs, self.num_bins)
        return found if self.output_mode == "int" else encoded(found, "one_hot", self.num_bins)
