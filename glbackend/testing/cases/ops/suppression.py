"""Cases of NonMaxSuppression."""

from typing import Any

import numpy as np

from glbackend.ops.suppression import (
    non_max_suppression,
    non_max_suppression_padded,
    non_max_suppression_with_score,
)
from glbackend.testing.case import case
from glbackend.testing.sample import normal, uniform

_BOXES: np.ndarray[Any, Any] = np.concatenate([uniform(0, 4, 20, 2), uniform(3, 9, 20, 2)], 1)
_SCORES = uniform(0, 1, 20)

CASES = [
    case("NonMaxSuppressionV3", "plain", lambda b, s: non_max_suppression(b, s, 9, 0.4), _BOXES, _SCORES),
    case(
        "NonMaxSuppressionV3",
        "threshold",
        lambda b, s: non_max_suppression(b, s, 9, 0.4, 0.5),
        _BOXES,
        _SCORES,
    ),
    case("NonMaxSuppressionV3", "empty", lambda b, s: non_max_suppression(b, s, 3), normal(0, 4), normal(0)),
    case(
        "NonMaxSuppressionV4",
        "padded",
        lambda b, s: non_max_suppression_padded(b, s, 19, 0.4, pad_to_max_output_size=True),
        _BOXES,
        _SCORES,
    ),
    case("NonMaxSuppressionV4", "plain", lambda b, s: non_max_suppression_padded(b, s, 19), _BOXES, _SCORES),
    case(
        "NonMaxSuppressionV5",
        "soft",
        lambda b, s: non_max_suppression_with_score(b, s, 12, 0.7, 0.1, 0.5),
        _BOXES,
        _SCORES,
    ),
    case(
        "NonMaxSuppressionV5", "hard", lambda b, s: non_max_suppression_with_score(b, s, 12), _BOXES, _SCORES
    ),
]
