"""Names of other libraries are answered with what to write here, in every namespace and on objects."""

import pickle
import re
from typing import Any

import pytest

import glbackend as gl
from glbackend.base.naming import Answering
from glbackend.base.spellings import OTHERS

PLACES = {
    "Model": gl.Model, "Layer": gl.layers.Dense, "Optimizer": gl.optimizers.SGD, "Tensor": gl.Tensor,
    "Variable": gl.Variable,
}  # fmt: skip
LATER = {"Conv2DTranspose", "LayerNormalization", "gl.data"}  # named already, and still to come


def model() -> Any:
    return gl.sequential([gl.layers.dense(units=1, input_shape=[2])])


def resolved(name: str) -> Any:
    found: Any = gl
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("place", OTHERS)
def test_what_is_advised_exists(place: str) -> None:
    where = PLACES.get(place) or resolved(place.replace("glbackend", "gl", 1))
    for name, advice in OTHERS[place].items():
        if advice.isidentifier() and advice not in LATER:
            assert hasattr(where, advice) or (place.startswith("glbackend") and hasattr(gl, advice)), (
                name,
                advice,
            )
        for path in re.findall(r"\bgl(?:\.[A-Za-z_]\w*)+", advice):
            if path not in LATER:
                assert resolved(path) is not None, (name, path)


@pytest.mark.parametrize(
    ("look", "match"),
    [
        (lambda: gl.reduce_mean, "glbackend has no attribute 'reduce_mean': here it is 'mean'"),
        (lambda: gl.nn, "use gl itself: gl.relu"),
        (lambda: gl.math.reduce_sum, "use gl.sum"),
        (lambda: gl.matmull, "did you mean 'matmul'?"),
        (lambda: gl.train.AdamOptimizer, "in Python it is 'adam'"),
        (lambda: gl.train.GradientDescentOptimizer, "here it is 'sgd'"),
        (lambda: gl.optimizers.adam, "did you mean 'Adam'?"),
        (lambda: gl.optimizers.schedules.cosineDecay, "in Python it is 'cosine_decay'"),
        (lambda: gl.losses.meanSquaredError, "in Python it is 'mean_squared_error'"),
        (lambda: gl.callbacks.EarlyStoping, "did you mean 'EarlyStopping'?"),
        (lambda: gl.layers.Linear, "here it is 'Dense'"),
        (lambda: model().trainOnBatch, "Sequential has no attribute 'trainOnBatch': in Python it is 'train_on_batch'"),
        (lambda: model().fitDataset, "in Python it is 'fit_dataset'"),
        (lambda: model().state_dict, "here it is 'get_weights'"),
        (lambda: model().layers[0].weight, "Dense has no attribute 'weight': here it is 'weights'"),
        (lambda: gl.optimizers.Adam().lr, "Adam has no attribute 'lr': here it is 'learning_rate'"),
        (lambda: gl.optimizers.SGD().zero_grad, "no need of it: gradients are not kept"),
        (lambda: gl.scalar(1.0).unsqueeze, "Tensor has no attribute 'unsqueeze': here it is 'expand_dims'"),
        (lambda: gl.scalar(1.0).backward, "use gl.grad or gl.GradientTape"),
        (lambda: gl.variable(1.0).zero_, "here it is 'assign'"),
        (lambda: gl.nothing_like_it, "glbackend has no attribute 'nothing_like_it'$"),
    ],
)  # fmt: skip
def test_hints(look: Any, match: str) -> None:
    with pytest.raises(AttributeError, match=match if match.endswith("$") else re.escape(match)):
        look()


class Faulty(Answering):
    @property
    def broken(self) -> int:
        return self.missing  # type: ignore[no-any-return]


def test_a_property_that_fails_says_why() -> None:
    with pytest.raises(AttributeError, match="Faulty has no attribute 'missing'"):
        _ = Faulty().broken
    assert not hasattr(Faulty(), "__deepcopy__") and isinstance(pickle.loads(pickle.dumps(Faulty())), Faulty)
