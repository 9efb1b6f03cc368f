"""Networks as scikit-learn's estimators: its own checks, and what its users do with an estimator."""

from typing import Any

import pytest

pytest.importorskip("sklearn", minversion="1.6", reason="scikit-learn is an extra")
from sklearn.utils.estimator_checks import parametrize_with_checks

import glbackend as gl

SMALL: dict[str, Any] = {"hidden_layer_sizes": (16,), "learning_rate": 0.02, "epochs": 40}
# batches are drawn by position, so repeated examples and weights differ; `WHOLE` takes all examples at once
BATCHED = {"check_sample_weight_equivalence_on_dense_data": "batches are drawn by position, not by weight"}
WHOLE: dict[str, Any] = {**SMALL, "batch_size": None, "epochs": 80}


@parametrize_with_checks(
    [cls(**SMALL) for cls in (gl.sklearn.GLClassifier, gl.sklearn.GLRegressor)],
    expected_failed_checks=lambda estimator: {} if estimator.batch_size is None else BATCHED,
)
def test_estimator(estimator: Any, check: Any) -> None:
    check(estimator)
