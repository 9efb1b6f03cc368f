"""Initializers of one's own, which are told the dtype, and those of the library called by hand.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as keras
from glbackend import layers, ops
from tests.keras_judge import Judge

WANTED = {
    "made[0]": [1.0, 1.25, 1.5, 1.75],
    "made[1]": [3.0, 3.0],
    "made[2]": [2.0, 2.0, 2.0, 2.0],
    "made[3]": [0.0, 0.0],
    "counted": [930.25, 4.0],
    "constant": [2.0, 2.0, 2.0, 2.0],
    "constant_of": [2.0, 2.0, 2.0, 2.0],
    "identity": [0.5, 0.0, 0.0, 0.0],
    "identity_of": [0.5, 0.0, 0.0, 0.5],
    "ones": [1.0, 1.0, 1.0, 1.0],
    "ones_of": [1.0, 1.0, 1.0, 1.0],
    "told": [3.0, 3.0, 3.0, 3.0],
    "steps": [3.0, 3.0],
    "none": [1.0, 1.0],
}


judge = Judge(WANTED)
report = judge.report


@keras.saving.register_keras_serializable()
class Slope(keras.initializers.Initializer):
    def __init__(self, step=0.5): self.step = step
    def __call__(self, shape, dtype=None, **kwargs):
        return ops.reshape(ops.arange(float(np.prod(shape))), shape) * self.step + ops.ones(shape, dtype=dtype)
    def get_config(self): return {"step": self.step}


class Asking(keras.initializers.Initializer):
    def __call__(self, shape, dtype): return ops.ones(shape, dtype=dtype) * 3


class Counted(keras.metrics.Metric):
    def __init__(self): super().__init__(name="counted"); self.n = self.add_weight(shape=(2,), initializer=lambda shape, dtype: ops.zeros(shape, dtype), name="n")
    def update_state(self, y_true, y_pred, sample_weight=None): self.n.assign_add(ops.ones(2))
    def result(self): return ops.sum(self.n)


model = keras.Sequential([keras.Input((3,)), layers.Dense(2, kernel_initializer=Slope(0.25), bias_initializer=Asking()), layers.Dense(2, kernel_initializer=lambda shape, dtype=None: ops.ones(shape, dtype) * 2)])
report("made", model.get_weights())
model.compile("sgd", "mse", metrics=[Counted()]); report("counted", model.evaluate(np.ones((4, 3)), np.ones((4, 2)), batch_size=2, verbose=0))
for name, one in {"constant": keras.initializers.Constant(2.0), "identity": keras.initializers.Identity(0.5), "ones": keras.initializers.Ones()}.items():
    report(name, one((3, 3))); report(name + "_of", one(shape=(2, 2), dtype="float32"))
told = keras.Variable(lambda shape, dtype: ops.ones(shape, dtype=dtype) * 3, shape=(2, 2), dtype="float32"); report("told", told)
steps = keras.Variable(keras.initializers.Zeros(), shape=(2,), dtype="int32", trainable=False); steps.assign_add([1, 2]); steps.assign_sub([0, 1]); steps.assign_add(2); report("steps", steps)
assert np.asarray(steps).dtype == "int32"
try: keras.Variable(keras.initializers.Ones())
except ValueError as error: assert "shape" in str(error)
else: raise AssertionError("a variable of no shape")
report("none", ops.ones((2,), dtype=None) + ops.zeros([2], None))

assert not WANTED, WANTED
print("OK")
