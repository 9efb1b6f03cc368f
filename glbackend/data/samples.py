"""Small data sets for first steps: they ship inside scikit-learn, nothing is downloaded."""

from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.optional import optional
from glbackend.data.dataset import Dataset

Array = np.ndarray[Any, Any]
Subset = Literal["training", "validation"] | None
HELD_OUT = 0.2
ORDER_SEED = 7  # of the one order that these have


@checked
def digits(subset: Subset = None) -> Dataset:
    """1,797 handwritten digits, tuples (image, number): float32 [8, 8, 1] from 0 to 1, and int32.

    `subset`: "training" for four fifths, "validation" for the others; the order is a fixed mixture. Needs
    scikit-learn (`pip install glbackend[demo]`), else MissingPackageError. As scikit-learn's load_digits;
    TF.js has none.

    >>> ds = digits("validation")
    >>> image, number = next(iter(ds))
    >>> ds.size, image.shape, number.dtype
    (359, (8, 8, 1), 'int32')
    """
    data = optional("sklearn.datasets", "demo", "digits").load_digits()
    return _part((data.images / 16).astype(np.float32)[..., None], data.target, subset)


@checked
def iris(subset: Subset = None) -> Dataset:
    """150 iris flowers, tuples (measures, species): float32 [4] in cm, and int32 of three.

    `subset` as in `digits`, the order is a fixed mixture. Needs scikit-learn (`pip install glbackend[demo]`),
    else MissingPackageError. As scikit-learn's load_iris; TF.js has none.

    >>> iris().size, iris("training").batch(8).element_spec[0].shape
    (150, (None, 4))
    """
    data = optional("sklearn.datasets", "demo", "iris").load_iris()
    return _part(data.data.astype(np.float32), data.target, subset)


def _part(x: Array, y: Any, subset: Subset) -> Dataset:
    order = np.random.default_rng(ORDER_SEED).permutation(len(x))
    held = int(len(x) * HELD_OUT)
    if subset is not None:
        order = order[:-held] if subset == "training" else order[-held:]
    return Dataset.from_tensor_slices((x[order], np.asarray(y, np.int32)[order]))
