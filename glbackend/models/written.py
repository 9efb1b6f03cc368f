"""What models write of themselves, and the weights that they read."""

from typing import Any, cast

from glbackend.base.calling import checked
from glbackend.models.saving import save_model
from glbackend.models.weights import load_weights, save_weights


class Written:
    """The part of a model that goes to files and comes from them."""

    @checked
    def save(self, target: Any, *, quantization: Any = None, include_optimizer: bool | None = None) -> Any:
        """Writes the model: model.json and weight shards, or a file of Keras's. As `model.save`.

        `target`: a folder, or an IO handler as `gl.io.from_memory()`; or a file of the name *.keras or *.h5.
        `quantization`: None, "float16", "uint8" or "uint16"; of folders alone.
        `include_optimizer`: whether loss, metrics, optimizer and its state are written too; by default they
        are into files of Keras's, as far as Keras has words for them, else a warning says what it has not.

        A failed save leaves an earlier model intact.

        >>> import glbackend as gl
        >>> memory = gl.io.from_memory()
        >>> _ = gl.sequential([gl.layers.dense(units=1, input_shape=[2], name="d")]).save(memory)
        >>> list(memory.artifacts.weights)
        ['d/kernel', 'd/bias']
        """
        return save_model(self, target, quantization, include_optimizer)

    @checked
    def save_weights(self, target: Any) -> Any:
        """Writes the weights by name, without what the model is made of. As Keras's `save_weights`.

        `target`: a folder, or an IO handler as `gl.io.from_memory()`; or a file of the name *.weights.h5, as
        Keras 3 has them, or *.safetensors.

        A failed save leaves an earlier one intact.

        >>> import glbackend as gl
        >>> memory, model = gl.io.from_memory(), gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
        >>> _ = model.save_weights(memory)
        >>> model.load_weights(memory)
        """
        return save_weights(cast(Any, self), target)

    @checked
    def load_weights(
        self, source: Any, strict: bool = True, skip_mismatch: bool = False, by_name: bool = False
    ) -> None:
        """Takes up weights by name, or none where one does not fit. As `model.loadWeights`.

        `source`: what `save_weights` or `save` wrote, a folder, model.json or IO handler; a file of Keras
        (.weights.h5, .h5, .keras) or .safetensors; or a dict of arrays or tensors by name.
        `strict`: whether a name too many or too few is an error.
        `skip_mismatch`: whether a layer for which there are no weights, too few, or some of another shape
        keeps its own; a warning names these layers.
        `by_name`: Keras's word for `strict=False`, of files that name layers; not of .weights.h5.

        ModelFormatError where the weights do not fit.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1], use_bias=False, name="d")])
        >>> model.load_weights({"d/kernel": [[2.]]})
        >>> model.predict(gl.ones([1, 1])).item()
        2.0
        """
        load_weights(cast(Any, self), source, strict, skip_mismatch, by_name)
