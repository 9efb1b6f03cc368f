"""What Keras computes with, as `keras.backend`: its small number and its dtype."""

__all__ = ["epsilon", "floatx"]


def epsilon() -> float:
    """The number that is added where a divisor may be 0. As `keras.backend.epsilon`.

    >>> epsilon()
    1e-07
    """
    return 1e-7


def floatx() -> str:
    """The dtype of weights, the one float there is. As `keras.backend.floatx`.

    >>> floatx()
    'float32'
    """
    return "float32"
