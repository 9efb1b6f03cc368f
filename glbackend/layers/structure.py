"""What a layer is called with and gives: one tensor, a list, or a dict of them, as a list within."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, CallError
from glbackend.base.nested import only
from glbackend.engine.convert import as_tensor, as_tensors
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.symbolic import SymbolicTensor

TENSORS = frozenset({Tensor, Variable})
BY_NAME: Any = object()  # in place of inputs that a call has among its named arguments
EXPECTED: dict[Any, str] = {  # by what `call` says that its inputs are
    Tensor: "one tensor or array",
    list[Tensor]: "tensors or arrays, in a list",
    Tensor | list[Tensor]: "a tensor or array, or a list of them",
}


class Structured:
    """Takes dicts apart in the order of their sorted keys, as Keras does, and puts them together again."""

    name: str
    class_name: ClassVar[str]
    merges: ClassVar[bool] = False  # takes a list of inputs
    _input_argument: ClassVar[str] = "inputs"  # of the first parameter of `call`
    _expected_form: ClassVar[str] = ""  # the inputs of `call` in words, where these say that no dict will do
    _input_keys: tuple[str, ...] | None = None  # of the dict that it is called with
    _output_keys: tuple[str, ...] | None = None  # of the dict that it gives

    def _named_inputs(self, arguments: dict[str, Any]) -> Any:
        """The inputs that are given by the name of the first parameter of `call`; CallError for none.

        `arguments`: those by name, from which it is taken.
        """
        if self._input_argument not in arguments:
            raise CallError(
                f"{type(self).class_name} {self.name!r}: its inputs are missing: they come first, or by the "
                f"name {self._input_argument!r}, got {', '.join(arguments) or 'nothing'}"
            )
        return arguments.pop(self._input_argument)

    def _grouped_inputs(self, inputs: Any) -> list[Any]:
        """The inputs as a list.

        `inputs`: one thing, a list or a dict of them.
        """
        if self._expected_form == EXPECTED[Tensor]:
            inputs = numbers_of(inputs)
        several = isinstance(inputs, list | tuple) and len(inputs) > 1
        if self._expected_form and (
            isinstance(inputs, Mapping) or (several and self._expected_form == EXPECTED[Tensor])
        ):
            raise ArgumentError(
                f"{type(self).class_name} {self.name!r}: takes {self._expected_form}, "
                f"got a {type(inputs).__name__} of {len(inputs)}"
            )
        if isinstance(inputs, list | tuple):
            return list(inputs)
        if isinstance(inputs, Mapping):
            self._input_keys = tuple(sorted(inputs))
            return [inputs[key] for key in self._input_keys]
        return [inputs]

    def _arranged_inputs(self, group: Sequence[Any]) -> Any:
        """The inputs as `call` takes them.

        `group`: what `_grouped_inputs` gave, or as many other things.
        """
        if self._input_keys is not None:
            return dict(zip(self._input_keys, group, strict=True))
        return group if self.merges or len(group) > 1 else group[0]

    def _parted_outputs(self, outputs: Any) -> list[Any]:
        """The outputs as a list.

        `outputs`: what `call` gave.
        """
        if isinstance(outputs, list | tuple):
            return list(outputs)
        if isinstance(outputs, Mapping):
            self._output_keys = tuple(sorted(outputs))
            return [outputs[key] for key in self._output_keys]
        return [outputs]

    def _packed_outputs(self, outputs: Sequence[Any]) -> Any:
        """The outputs as the layer gives them: one, a list, or a dict.

        `outputs`: what `_parted_outputs` gave, or as many other things.
        """
        if self._output_keys is not None:
            return dict(zip(self._output_keys, outputs, strict=True))
        return list(outputs) if len(outputs) > 1 else outputs[0]


def numbers_of(inputs: Any) -> Any:
    """Nested lists of nothing but numbers as an array, of int32 where all are whole; others as they are.

    >>> numbers_of([[1, 2]]).dtype, numbers_of([0.5]).dtype, numbers_of([])
    (dtype('int32'), dtype('float32'), [])
    """
    if not isinstance(inputs, list | tuple) or not inputs or not only((int, float), inputs):
        return inputs
    return np.asarray(inputs, np.int32 if only(int, inputs) else np.float32)


def tensors_of(group: Sequence[Any], who: str) -> list[Tensor]:
    """The inputs of a call as tensors; ArgumentError for what is no tensor and no array."""
    if not group or any(not isinstance(one, Tensor | np.ndarray) for one in group):
        kinds = ", ".join(sorted({type(one).__name__ for one in group})) or "an empty list"
        raise ArgumentError(f"{who} takes tensors, arrays or symbolic tensors, got {kinds}")
    return as_tensors(group, "inputs", who)


def mask_of(mask: Any, kind: str, name: str, key: str) -> Any:
    """A mask given to a layer's call, arrays as tensors; ArgumentError for what is no mask.

    `mask`: None, a tensor, array or symbolic tensor, or a list or dict of these.
    `kind`, `name`: of the layer; `key`: of the argument.
    """
    if isinstance(mask, list | tuple):
        return [mask_of(one, kind, name, key) for one in mask]
    if isinstance(mask, Mapping):
        return {part: mask_of(one, kind, name, key) for part, one in mask.items()}
    if isinstance(mask, np.ndarray):
        return as_tensor(mask, key, f"{kind} {name!r}")
    if mask is None or isinstance(mask, Tensor | SymbolicTensor):
        return mask
    raise ArgumentError(f"{kind} {name!r}: {key} must be a tensor or array of bool, got {got(mask)}")


def by_keys(value: Any, keys: Sequence[str]) -> list[Any]:
    """A dict's values in the order of `keys`, a list's members, or the only one; nothing of None.

    >>> by_keys({"a": 1, "b": 2}, ["b", "a"]), by_keys(3, ["a"]), by_keys(None, ["a"])
    ([2, 1], [3], [])
    """
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [value.get(key) for key in keys]
    return list(value) if isinstance(value, list | tuple) else [value]


def keyed(values: list[Any], keys: Sequence[str] | None) -> Any:
    """A dict of `values` by `keys`, or without these the list.

    >>> keyed([1, 2], ["a", "b"]), keyed([1, 2], None)
    ({'a': 1, 'b': 2}, [1, 2])
    """
    return values if keys is None else dict(zip(keys, values, strict=True))


def by_place(names: Sequence[str], given: Sequence[Any], who: str) -> dict[str, Any]:
    """What a call is given by place behind its inputs, by the names of its arguments.

    >>> by_place(["training", "mask"], [True], "layer 'x'")
    {'training': True}
    """
    if len(given) > len(names):
        raise ArgumentError(
            f"{who}: its call takes inputs and {', '.join(names) or 'nothing else'}, "
            f"got {1 + len(given)} arguments by place"
        )
    pairs = zip(names, given, strict=False)
    return {key: as_tensor(one, key, who) if isinstance(one, np.ndarray) else one for key, one in pairs}
