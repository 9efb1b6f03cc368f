"""Functions of images by Keras's names and in its sense: as `keras.ops.image`."""

from typing import TYPE_CHECKING, Any

from glbackend.ops.further.names import IMAGE

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


ON_FIRST_USE = dict.fromkeys(IMAGE, "glbackend.api.keras.further")
