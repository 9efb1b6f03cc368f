"""A metric that keeps other metrics, and variables in lists and dicts; what on_train_end is told.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as keras
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "fit.loss": [4.505756, 1.736619],
    "fit.several": [178.3233, 109.3501],
    "fit.val_loss": [2.165164, 0.9226124],
    "fit.val_several": [123.4926, 77.86345],
    "end.loss": [1.736619],
    "end.several": [109.3501],
    "end.val_loss": [0.9226124],
    "end.val_several": [77.86345],
    "count": [8.0],
    "once": [0.9226124, 73.86346],
    "again": [0.9226124, 73.86346],
}


judge = Judge(WANTED)
report = judge.report


class Several(keras.metrics.Metric):
    def __init__(self, name="several", **kwargs):
        super().__init__(name=name, **kwargs)
        self.sums = [self.add_weight(name=f"sum_{i}", initializer="zeros") for i in range(2)]
        self.steps = [keras.Variable(0.0)]
        self.parts = {"half": keras.Variable(np.zeros(2, "float32"))}
        self.mean = keras.metrics.Mean()
        self.others = [keras.metrics.MeanAbsoluteError()]
    def update_state(self, y_true, y_pred, sample_weight=None):
        for i, one in enumerate(self.sums): one.assign_add(ops.sum(y_pred[:, i]))
        self.steps[0].assign(self.steps[0] + 1.0); self.parts["half"].assign(self.parts["half"] + 0.5)
        self.mean.update_state(ops.max(y_pred, 1)); self.others[0].update_state(y_true, y_pred)
    def result(self):
        held = self.sums[0] - self.sums[1] + self.steps[0] + ops.sum(self.parts["half"])
        return held + self.mean.result() + 100 * self.others[0].result()


class End(keras.callbacks.Callback):
    def on_train_end(self, logs=None): self.logs = dict(logs)


x = np.random.RandomState(0).normal(size=(24, 6)).astype("float32"); y = x[:, :2] * 2
model = init(keras.Sequential([keras.Input((6,)), layers.Dense(2)]), 1); model.compile(keras.optimizers.SGD(0.1), "mse", metrics=[Several()])
end = End()
report("fit", model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0, validation_data=(x, y), callbacks=[end]).history)
report("end", end.logs); report("count", len(Several().variables))
report("once", model.evaluate(x, y, verbose=0)); report("again", model.evaluate(x, y, verbose=0))

assert not WANTED, WANTED
print("OK")
