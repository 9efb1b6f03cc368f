"""Layer: weights, the call, and what files hold of it; `@layer` declares one."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from glbackend.base.calling import Explained
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, GlbackendError, NotAppliedError, ShapeError
from glbackend.base.mode import in_training
from glbackend.base.naming import ours
from glbackend.base.registry import Registry
from glbackend.engine.tensor import Tensor
from glbackend.layers.activity import Charging, charge
from glbackend.layers.building import Building, built_once
from glbackend.layers.checking import Checking, as_it_was
from glbackend.layers.inference import DimSpec, foretold
from glbackend.layers.kept import check_body, free
from glbackend.layers.keras import arguments_of
from glbackend.layers.masks import Masked, carrying, mask_on, put_on
from glbackend.layers.names import layer_name
from glbackend.layers.policy import Computing, Origin, asked_precision, nearest_dtype, origin_of
from glbackend.layers.recipe import Weight, Weighted
from glbackend.layers.regularizers import Regularizer
from glbackend.layers.repeated import repeated, within_a_layer
from glbackend.layers.structure import BY_NAME, EXPECTED, TENSORS, Structured, by_place, mask_of, tensors_of
from glbackend.layers.symbolic import LayerShape, Node, SymbolicTensor, map_symbols, symbols_in

Mask = Tensor | None


class Layer(Building, Charging, Checking, Computing, Masked, Structured, Weighted, metaclass=Explained):
    """Base of all layers. A subclass gives `call`, and `build` where it has weights.

    `call(self, inputs, ...)` computes; by keyword it may take `training` (whether the model is being
    trained), `mask` (which steps of the inputs count: bool [batch, time], or None) and whatever else its user
    passes. `build(self, input_shape)` makes the weights, `add_weight` one of them, `ensure_built` those of a
    layer within. Layers kept in attributes (in lists and dicts too) are found by themselves: their weights
    are trained, saved and freed. Each argument of the constructor is kept in the attribute of its name, from
    which files are written.

    `name`: names the layer in its model and in files; made up where there is none.
    `trainable`: False keeps all its weights, and those of layers within, as they are.
    `input_shape`: shape of one example, where the layer is the first of a model; None for dims of any size.
    `input_dim`: short for `input_shape=[input_dim]`.
    `batch_input_shape`: `input_shape` with the batch in front.
    `batch_size`: the batch in front of `input_shape`; any size without it.
    `dtype`: of the input where the layer is the first, "float32" or "int32"; of others the nearest.
    `weights`: the first values of all weights, in the order of `get_weights`.

    As `tf.layers.Layer`.

    >>> class Scaled(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", input_shape[-1:], "ones")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> import glbackend as gl
    >>> Scaled()(gl.tensor([[2.]])).numpy().tolist()
    [[2.0]]
    """

    is_model: ClassVar[bool] = False  # whose own graph is its first node in files
    supports_masking: ClassVar[bool] = False  # the mask of its input is that of its output
    _call_arguments: ClassVar[frozenset[str]] = frozenset()  # what `call` takes by keyword
    _call_order: ClassVar[tuple[str, ...]] = ()  # the same, in order, for what is given by position
    _takes_training: ClassVar[bool] = False  # whether `training` is one of them
    _takes_any: ClassVar[bool] = False  # whether it takes any other keyword too
    is_ours: ClassVar[bool] = True  # no class of a user's
    _makes_masks: ClassVar[bool] = False  # whether `compute_mask` may give one where no input has any
    _meant_otherwise_by: ClassVar[tuple[str, ...]] = ()  # makers of files whose layer does other things
    activity_regularizer: Regularizer | None = None  # what the output costs in training
    other_names: ClassVar[Mapping[str, str]] = {}  # of arguments, in Keras 3's configs
    unsaved = frozenset({"input_shape", "batch_input_shape", "batch_size", "input_dim", "dtype", "weights"})

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not ours(cls):
            check_body(cls)
        if "compute_mask" in vars(cls):
            cls._makes_masks = vars(cls).get("_makes_masks", True)
        if "build" in vars(cls):
            cls.build = built_once(cls.build)  # type: ignore[method-assign]
        inputs, *asked = list(inspect.signature(cls.call).parameters.values())[1:]
        cls._expected_form = EXPECTED.get(inputs.annotation, "")
        cls._input_argument = inputs.name
        cls._takes_any = any(one.kind is one.VAR_KEYWORD for one in asked)
        cls._call_order = tuple([one.name for one in asked])
        cls._call_arguments = frozenset(
            [*(one.name for one in asked), *(("training", "mask") if cls._takes_any else ())]
        )
        cls._takes_training = "training" in cls._call_arguments
        cls.is_ours = ours(cls)

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        input_shape: Sequence[int | None] | None = None,
        batch_input_shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        input_dim: int | None = None,
        dtype: Any = None,
        weights: Sequence[Any] | None = None,
    ) -> None:
        self.name = layer_name(type(self).class_name, name)
        self._trainable = trainable
        self.dtype = nearest_dtype(dtype)
        self._config_origin = Origin(dtype=asked_precision(dtype))
        self.built = False
        if input_shape is None and input_dim is not None:
            input_shape = [input_dim]
        self.batch_input_shape: LayerShape | None = None
        if batch_input_shape is not None:
            self.batch_input_shape = tuple(batch_input_shape)
        elif input_shape is not None:
            self.batch_input_shape = (batch_size, *input_shape)
        if any(dim is not None and dim < 0 for dim in self.batch_input_shape or ()):
            raise ShapeError(
                f"{type(self).class_name}: dims of its input must be at least 0, or None for any, "
                f"got {list(self.batch_input_shape or ())}"
            )
        self._weights: list[Weight] = []
        self._initial_weights = weights
        self._inbound_nodes: list[Node] = []

    # -- to be given by subclasses -------------------------------------------------------------------------

    @built_once
    def build(self, input_shape: Any) -> None:
        """Makes the weights; a subclass that has some gives it. As `layer.build`.

        `input_shape`: one shape, or a list of them for several inputs; None for dims that are not known.

        >>> class Shift(Layer):
        ...     def build(self, input_shape):
        ...         self.shift = self.add_weight("shift", input_shape[-1:], "ones")
        ...     def call(self, inputs):
        ...         return inputs + self.shift
        >>> import glbackend as gl
        >>> Shift()(gl.tensor([[1., 2.]])).numpy().tolist()
        [[2.0, 3.0]]
        """

    def call(self, inputs: Any, *rest: Any, **arguments: Any) -> Any:
        """The computation; a subclass gives it. As `layer.call`.

        `inputs`: a tensor, or a list of them. What stands in place of `rest` and `arguments` in a subclass is
        what it can be called with.

        >>> class Doubled(Layer):
        ...     def call(self, inputs):
        ...         return inputs * 2
        >>> import glbackend as gl
        >>> Doubled()(gl.tensor([3.])).item()
        6.0
        """
        raise ArgumentError(f"layer class {type(self).__name__} has no call()")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output: that of the input where the layer `supports_masking`, else none.

        `inputs`: what the layer is called with.
        `mask`: that of the input, for several inputs a list, None where there is none; what comes back is a
        list for several outputs.

        As `layer.computeMask`.

        >>> import glbackend as gl
        >>> gl.layers.flatten().compute_mask(gl.ones([1, 2]), gl.tensor([[True, False]])).shape
        (1, 2)
        """
        return mask if self.supports_masking else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output for an input shape, found by tracing `call`: no class need give it.

        `input_shape`: dims, None for those that are not known; for several inputs a list of shapes, as for
        several outputs. Makes the weights where there are none yet. As `layer.computeOutputShape`.

        >>> import glbackend as gl
        >>> gl.layers.dense(units=2).compute_output_shape([None, 3])
        (None, 2)
        """
        several = bool(input_shape) and isinstance(input_shape[0], list | tuple)
        inputs = [DimSpec(tuple(one)) for one in (input_shape if several else [input_shape])]
        self._check_inputs(inputs)
        with as_it_was(self):
            self.ensure_built([one.shape for one in inputs])
            found = [one.shape for one in self._foretell(inputs, {})]
        return found[0] if len(found) == 1 else found

    def get_config(self) -> dict[str, Any]:
        """Arguments that make an equal layer, in Keras's spelling."""
        config = super().get_config()
        if self.batch_input_shape is not None:
            config |= {"batch_input_shape": list(self.batch_input_shape), "dtype": self.dtype}
        return self._config_origin.noted(config, self._meant_otherwise_by)

    @classmethod
    def from_config(cls, config: Any) -> "Layer":
        """A layer of such arguments; ArgumentError for one that would be dropped and changes the result."""
        config, origin = origin_of(config)
        made = cls(**arguments_of(cls, config))
        made._config_origin = origin
        return made

    def __getstate__(self) -> dict[str, Any]:
        """What a copy keeps: all but the calls on symbolic tensors, which go with the models of them."""
        begun = [node for node in self._inbound_nodes if not node.inputs]
        return {**vars(self), "_inbound_nodes": begun, "_repeats": None}

    # -- the call ------------------------------------------------------------------------------------------

    def __call__(self, inputs: Any = BY_NAME, *more: Any, **arguments: Any) -> Any:
        """Applies the layer to tensors, or to symbolic ones (which only adds to the graph).

        `inputs`: a tensor, an array, a list or dict of them, by its name in `call` too. `more`, `arguments`
        go to `call`; `training`, by default that of the layer around, where it asks. As `layer.apply`.

        >>> import glbackend as gl
        >>> gl.layers.re_lu().apply(gl.tensor([-1., 2.])).numpy().tolist()
        [0.0, 2.0]
        """
        if inputs is BY_NAME:
            inputs = self._named_inputs(arguments)
        if more:
            arguments = {**by_place(self._call_order, more, f"layer {self.name!r}"), **arguments}
        for key in arguments:
            if key.endswith("mask") and not isinstance(arguments[key], bool):
                arguments[key] = mask_of(arguments[key], type(self).class_name, self.name, key)
        around = in_training.get()
        asked = arguments.pop("training", None)
        training = around if asked is None else asked
        if training is not None and (self._takes_training or (self._takes_any and asked is not None)):
            arguments["training"] = training
        if arguments and not (self._takes_any or arguments.keys() <= self._call_arguments):
            self._refuse(arguments)
        if self.built and isinstance(inputs, Tensor) and self._input_keys is None and not self.merges:
            self._check_inputs((inputs,))  # the common case: nothing else is left to be asked
        else:
            group = self._grouped_inputs(inputs)
            if not group or not {*map(type, group)} <= TENSORS:
                if group and all(isinstance(one, SymbolicTensor) for one in group):
                    return self._apply_symbolic(group, arguments)
                group = tensors_of(group, f"layer {self.name!r}")
            self._check_inputs(group)
            inputs = self._arranged_inputs(group)
            if not self.built:
                with as_it_was(self):
                    self.ensure_built([one.shape for one in group])
                    return self._call_within(inputs, arguments, training, around)
        plain = not training and arguments.keys() <= {"training"}
        if plain and around is None and self.is_ours and not within_a_layer.get():
            return repeated(self, inputs, arguments, training)
        return self._call_within(inputs, arguments, training, around)

    apply = __call__

    def _call_within(self, inputs: Any, arguments: dict[str, Any], training: Any, around: Any) -> Any:
        """What `call` gives, while layers within find `training`, where they found `around` before."""
        carried = mask_on(inputs)
        if carried is not None or arguments:
            arguments = self._with_masks(inputs, carried, arguments)
        token = None if training is around else in_training.set(training)  # layers within ask for it
        try:
            result = self.call(self._cast_inputs(inputs), **arguments)
        except GlbackendError as error:
            error.name_layer(type(self).class_name, self.name)
            raise
        finally:
            if token is not None:
                in_training.reset(token)
        if self.activity_regularizer is not None:
            charge(self.activity_regularizer, result)
        mask = arguments.get("mask", carried)
        if (mask is not None or self._makes_masks) and mask_on(result) is None:
            result = put_on(result, self.compute_mask(inputs, mask), inputs)
        return result

    def _refuse(self, arguments: dict[str, Any]) -> None:
        """ArgumentError for what `call` does not ask for."""
        unknown = sorted(arguments.keys() - self._call_arguments)
        raise ArgumentError(
            f"layer {self.name!r}: its call takes no {', '.join(unknown)}, "
            f"only {', '.join(sorted(self._call_arguments)) or 'its inputs'}"
        )

    def _run_with_masks(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool | None, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], list[Mask] | None]:
        """One call within a model: the outputs, and their masks (None where there are none at all).

        `group`: the inputs.
        `masks`: theirs, None where there are none.
        `training`: whether the model is being trained, None where each layer's default decides.
        `arguments`: those that the model's graph holds for this call; they go before `training` and masks.
        """
        given = self._arranged_inputs(group)
        if masks is not None and any(one is not None for one in masks):
            group = [carrying(one, mask) for one, mask in zip(group, masks, strict=True)]
            given = self._arranged_inputs(group)
            if "mask" in self._call_arguments:
                arguments = {"mask": self._arranged_inputs(masks), **arguments}
        outputs = self._parted_outputs(self(given, **{"training": training, **arguments}))
        found = [mask_on(one) for one in outputs]
        return outputs, found if any(one is not None for one in found) else None

    def _apply_symbolic(self, group: list[SymbolicTensor], arguments: dict[str, Any]) -> Any:
        self._check_inputs(group)
        if not self.built:
            with as_it_was(self):
                self.ensure_built([one.shape for one in group])
                return self._apply_symbolic(group, arguments)
        shapes = [one.shape for one in group]
        given = {key: value for key, value in arguments.items() if value is not None}
        inputs = [DimSpec(one.shape, one.dtype) for one in group]
        if type(self).compute_output_shape is not Layer.compute_output_shape:  # a user's own
            shape = self.compute_output_shape(self._arranged_inputs(shapes))
            dtype: DType = group[0].dtype if self.accepts_int else "float32"
            several = self._parted_outputs(shape) if isinstance(shape, list | Mapping) else [shape]
            found = [DimSpec(tuple(one), dtype) for one in several]
            if self._inner_layers:
                with suppress(GlbackendError):  # makes the weights of those, unless it cannot be traced
                    self._foretell(inputs, given)
        else:
            found = self._foretell(inputs, given)
        place = len(self._inbound_nodes)
        outputs = [SymbolicTensor(one.shape, one.dtype, self, place, i) for i, one in enumerate(found)]
        self._inbound_nodes.append(Node(group, outputs, given))
        return self._packed_outputs(outputs)

    def _foretell(self, inputs: list[DimSpec], arguments: dict[str, Any]) -> list[DimSpec]:
        """What `call` gives for inputs like these; symbolic tensors among the arguments are inputs too."""
        more = [DimSpec(one.shape, one.dtype) for one in symbols_in(arguments)]

        def call(tensors: list[Tensor]) -> Any:
            rest = iter(tensors[len(inputs) :])
            filled = map_symbols(lambda symbol: next(rest), arguments)
            return self._parted_outputs(
                self.call(self._cast_inputs(self._arranged_inputs(tensors[: len(inputs)])), **filled)
            )

        try:
            return foretold(call, [*inputs, *more])
        except GlbackendError as error:
            error.name_layer(type(self).class_name, self.name)
            raise

    def _only_node(self) -> Node:
        if not self._inbound_nodes:
            raise NotAppliedError(f"layer {self.name!r} has not been applied to anything yet")
        if (times := len(self._inbound_nodes)) > 1:
            what = f"layer {self.name!r} is applied {times} times"
            raise NotAppliedError(f"{what}: say which by _inbound_nodes[i].inputs")
        return self._inbound_nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic tensor (or list) that the layer is applied to; NotAppliedError for none or several."""
        return self._arranged_inputs(self._only_node().inputs)

    @property
    def output(self) -> Any:
        """The symbolic tensor (or list) that the layer gives."""
        return self._packed_outputs(self._only_node().outputs)

    @free
    def output_shape(self) -> Any:
        """Shape of the output, None where any size fits."""
        return self._packed_outputs([one.shape for one in self._only_node().outputs])


LAYERS: Registry[Layer] = Registry("layer", Layer, functions=False)
PUBLIC: dict[str, type[Layer]] = {}  # the names of `gl.layers`, besides those of the classes
L = TypeVar("L", bound=type[Layer])


def layer(*names: str) -> Callable[[L], L]:
    """Declares a layer class: `gl.layers` knows it by `names` (TF.js's, in snake_case) and its class name.

    `python -m tools.generate` writes that facade.
    """

    def declare(cls: L) -> L:
        PUBLIC.update(dict.fromkeys(names, cls))
        return LAYERS.declare(*names)(cls)

    return declare


def get(given: Any) -> Any:
    """The layer of a saved {"class_name", "config"}, or the layer itself: for layers that take layers.

    >>> get({"class_name": "Flatten", "config": {}}).class_name
    'Flatten'
    """
    return LAYERS.get(given)
