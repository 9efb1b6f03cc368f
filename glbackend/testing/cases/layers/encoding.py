"""Cases of the layers that make vectors of categories."""

import numpy as np

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import integers

TOKENS, ONE, RANKED, OUTSIDE = (
    integers(0, 6, 3, 4), integers(0, 6, 3, 1), integers(0, 6, 2, 3, 4), np.array([[-1, 0, 6, 2]], np.int32)
)  # fmt: skip

CASES = [
    *(
        LayerCase("CategoryEncoding", f"{mode}_{name}", {"num_tokens": 6, "output_mode": mode}, (x,))
        for mode in ("multi_hot", "count", "one_hot")
        for name, x in (("rows", TOKENS), ("one", ONE), ("ranked", RANKED), ("outside", OUTSIDE))
    ),
]
