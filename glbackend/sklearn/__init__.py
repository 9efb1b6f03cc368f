"""Networks as estimators of scikit-learn, as `gl.sklearn`: for its pipelines, searches and scores.

>>> import glbackend as gl
>>> gl.sklearn.GLClassifier(hidden_layer_sizes=(8,)).get_params()["hidden_layer_sizes"]
(8,)
"""

import sys as _sys
from typing import TYPE_CHECKING

from glbackend.base.naming import answer_unknown as _answer_unknown

if TYPE_CHECKING:
    from glbackend.sklearn.estimators import GLClassifier, GLRegressor

__all__ = ["GLClassifier", "GLRegressor"]

_answer_unknown(
    "glbackend.sklearn",
    _sys.modules["glbackend.sklearn"],
    dict.fromkeys(__all__, "glbackend.sklearn.estimators"),  # which needs scikit-learn
)
