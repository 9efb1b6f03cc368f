"""Distillation by `compute_loss` alone; folds over clones; a model cut and grown anew.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as gl
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "h.loss": [1.072504, 0.8078806, 0.7236454],
    "h.distill": [0.7294033, 0.3813814, 0.2413207],
    "h.val_loss": [0.6882829, 0.6446851, 0.6435366],
    "w[0]": [0.4873036, -0.1835269, -0.1584515, -0.3218906],
    "ev.loss": [0.6988719],
    "k0.loss": [2.00092, 1.915529],
    "k2.accuracy": [0.0, 0.0],
    "scores": [1.793815, 0.0, 1.789339, 0.0],
    "fe[0]": [-0.1193836, -0.2127606, -0.1045202, -0.08157443],
    "s2": [-0.1071098, -0.1071098, -0.2177609, -0.2177609],
    "tw": [6.0],
    "ntw": [6.0],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


class Distiller(gl.Model):
    def __init__(self, student, teacher):
        super().__init__()
        self.teacher = teacher; self.student = student
        self.distill_tracker = gl.metrics.Mean(name="distill")
    def compile(self, optimizer, metrics, student_loss_fn, distillation_loss_fn, alpha=0.1, temperature=3, **kw):
        super().compile(optimizer=optimizer, metrics=metrics, **kw)
        self.student_loss_fn = student_loss_fn; self.distillation_loss_fn = distillation_loss_fn
        self.alpha = alpha; self.temperature = temperature
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, allow_empty=False, training=True):
        teacher_pred = self.teacher(x, training=False)
        student_loss = self.student_loss_fn(y, y_pred)
        d = self.distillation_loss_fn(ops.softmax(teacher_pred / self.temperature, axis=1), ops.softmax(y_pred / self.temperature, axis=1)) * (self.temperature ** 2)
        self.distill_tracker.update_state(d)
        return self.alpha * student_loss + (1 - self.alpha) * d
    def call(self, x):
        return self.student(x)
def net(w, name):
    return gl.Sequential([gl.Input((10, 10, 1)), layers.Conv2D(w, (3, 3), strides=(2, 2), padding="same"), layers.LeakyReLU(negative_slope=0.2), layers.MaxPooling2D(pool_size=(2, 2), strides=(1, 1), padding="same"),
       layers.Conv2D(2 * w, (3, 3), strides=(2, 2), padding="same"), layers.Flatten(), layers.Dense(5)], name=name)
t = init(net(6, "teacher"), 1); s = init(net(3, "student"), 2)
s2 = gl.models.clone_model(s); s2.set_weights(s.get_weights())
rng = np.random.RandomState(0); x = rng.rand(18, 10, 10, 1).astype("float32"); y = rng.randint(0, 5, (18,))
d = Distiller(s, t)
t.trainable = False
d.compile(optimizer=gl.optimizers.Adam(1e-2), metrics=[gl.metrics.SparseCategoricalAccuracy()], student_loss_fn=gl.losses.SparseCategoricalCrossentropy(from_logits=True),
  distillation_loss_fn=gl.losses.KLDivergence(), alpha=0.3, temperature=4)
h = d.fit(x, y, epochs=3, batch_size=6, shuffle=False, verbose=0, validation_data=(x[:6], y[:6]))
report("h", h.history); weights("w", d); report("ev", d.evaluate(x, y, verbose=0, return_dict=True))
report("tw", len(d.trainable_weights)); report("ntw", len(d.non_trainable_weights))
scores = []
for k in range(3):
    idx = np.arange(18) % 3 == k
    c = gl.models.clone_model(s2); c.set_weights(s2.get_weights())
    c.compile(optimizer="rmsprop", loss=gl.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    hh = c.fit(x[~idx], y[~idx], epochs=2, batch_size=5, shuffle=False, verbose=0, class_weight={0: 1., 1: 2., 2: .5, 3: 1., 4: 1.})
    scores.append(c.evaluate(x[idx], y[idx], verbose=0))
    report(f"k{k}", hh.history)
report("scores", np.array(scores)); report("mean", float(np.mean([q[0] for q in scores])))
fe = gl.Model(s2.inputs, [s2.layers[1].output, s2.get_layer(index=3).output]); report("fe", fe(x[:2]))
s2.pop(); s2.add(layers.Dense(2, name="fresh", kernel_initializer=gl.initializers.Constant(0.1)))
report("s2", s2(x[:2]))

assert not WANTED, WANTED
print("OK")
