"""Numbers of an optimizer that can be asked what Keras's variables can."""

from typing import Any

import numpy as np


class Count(int):
    """A whole number that Keras has as a variable."""

    def numpy(self) -> Any:
        """A NumPy int64 of it."""
        return np.int64(self)


class Number(float):
    """A rate, which Keras has as a variable."""

    owner: Any = None  # the optimizer whose rate it is

    def numpy(self) -> Any:
        """A NumPy float32 of it."""
        return np.float32(self)

    def assign(self, value: Any) -> None:
        """Sets the optimizer's rate."""
        self.owner.learning_rate = value
