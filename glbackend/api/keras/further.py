"""Those of Keras's `ops` that are imported when they are first asked for, in its words."""

from typing import Any

from glbackend.layers.operation import in_keras_words
from glbackend.ops.further.names import MODULE_OF, found, spelled


def __getattr__(name: str) -> Any:
    if name not in MODULE_OF:
        raise AttributeError(f"module {__name__} has no attribute {name!r}")
    return in_keras_words(spelled(name), found(name))
