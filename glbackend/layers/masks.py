"""Masks that tensors carry, in `_keras_mask`, from the layer that gave them to the next one, as in Keras."""

from collections.abc import Mapping
from typing import Any, ClassVar

from glbackend.base.nested import leaves
from glbackend.engine.tensor import Tensor, Variable


def mask_on(value: Any) -> Any:
    """The mask that a tensor carries, of a list or dict those of its tensors; None where there is none.

    >>> import glbackend as gl
    >>> embedding = gl.layers.Embedding(3, 2, mask_zero=True)
    >>> mask_on(embedding(gl.tensor([[1, 0]]))).numpy().tolist()
    [[True, False]]
    >>> mask_on(gl.ones([2]))
    """
    if isinstance(value, Tensor):
        found = value._keras_mask
        return None if found is None or found.is_disposed else found
    if isinstance(value, list | tuple):
        for one in value:
            if mask_on(one) is not None:
                return [mask_on(one) for one in value]
        return None
    if isinstance(value, Mapping):
        by_key = {key: mask_on(one) for key, one in value.items()}
        return by_key if any(one is not None for one in by_key.values()) else None
    return None


def carrying(value: Tensor, mask: Any) -> Tensor:
    """The tensor with that mask: itself where it carries it, else another one of the same data."""
    if not isinstance(mask, Tensor) or mask_on(value) is mask:
        return value
    other = value.clone()
    other._keras_mask = mask
    return other


def put_on(value: Any, mask: Any, inputs: Any) -> Any:
    """What a layer gave for `inputs`, with masks on those tensors that have none.

    What it did not make, its inputs and variables, stays without: another tensor
    of the same data stands in its place.
    """
    if isinstance(value, list | tuple):
        masks = [*(mask if isinstance(mask, list | tuple) else [mask]), *[None] * len(value)]
        found = [put_on(one, own, inputs) for one, own in zip(value, masks, strict=False)]
        return value if all(a is b for a, b in zip(found, value, strict=True)) else found
    if isinstance(value, Mapping):
        of_each = mask if isinstance(mask, Mapping) else {}
        return {key: put_on(one, of_each.get(key), inputs) for key, one in value.items()}
    if not isinstance(value, Tensor) or not isinstance(mask, Tensor) or mask_on(value) is not None:
        return value
    if isinstance(value, Variable) or any(value is one for one in leaves(Tensor, inputs)):
        return carrying(value, mask)
    value._keras_mask = mask
    return value


class Masked:
    """The part of a layer that takes the masks of its inputs and puts one on its outputs."""

    _input_argument: ClassVar[str] = "inputs"
    _call_arguments: ClassVar[frozenset[str]]

    def _with_masks(self, inputs: Any, mask: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a call with the masks that its tensors carry, where `call` takes them.

        `mask`: that of `inputs`, None where there is none.
        `arguments`: what was given by name; a mask among them goes before.

        As in Keras, `mask` is for layers with one input, `<argument>_mask` for one of several.
        """
        found: dict[str, Any] = {}
        several = {
            name: one
            for name, one in arguments.items()
            if isinstance(one, Tensor) and not name.endswith("mask")
        }
        if mask is not None and not several:
            found["mask"] = mask
        for name, own in [
            (self._input_argument, mask),
            *((name, mask_on(one)) for name, one in several.items()),
        ]:
            if own is not None:
                found[f"{name}_mask"] = own
        fresh = {
            name: one
            for name, one in found.items()
            if name in self._call_arguments and arguments.get(name) is None
        }
        return {**arguments, **fresh}
