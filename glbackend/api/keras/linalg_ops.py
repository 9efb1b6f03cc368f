"""Linear algebra by Keras's names and in its sense: as `keras.ops.linalg`."""

from typing import TYPE_CHECKING, Any

from glbackend.ops.further.names import LINALG

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


ON_FIRST_USE = dict.fromkeys(LINALG, "glbackend.api.keras.further")
