"""Quantile regression with several heads; annealing, augmentation, policy gradient, schedules.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as gl
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "one.loss": [5.416857],
    "w1[0]": [0.7563075, 0.1317318, 0.1441541, -0.7698883],
    "h.loss": [3.367353, 1.427027],
    "h.val_q50_mse": [2.86221, 0.247132],
    "p[0]": [0.08350664, 0.7157663, 0.6260546, -0.09096625],
    "pg.loss": [-0.2273157, -0.242793],
    "pgw[0]": [-0.02344699, -0.111149, -0.2502851, -0.01427835],
    "kh.loss": [4.765882, 1.064342],
    "kw[0]": [-0.1576318, 0.2026771, 0.1866928, -0.2593033],
    "lr": [0.1, 0.1, 0.05, 0.01],
    "mix": [0.8415484, 0.6781094, -0.05172846, -0.2633575],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


def pinball(q):
    def loss(y, p):
        e = y - p
        return ops.mean(ops.maximum(q * e, (q - 1) * e), axis=-1)
    loss.__name__ = f"q{int(q*100)}"
    return loss
rng = np.random.RandomState(1); x = rng.rand(32, 4).astype("float32"); y = (x.sum(1, keepdims=True) + rng.randn(32, 1) * .2).astype("float32")
i = gl.Input((4,)); shared = layers.Dense(8, activation="elu", kernel_regularizer="l2", bias_regularizer=gl.regularizers.L1(1e-3), kernel_constraint=gl.constraints.UnitNorm(axis=0), activity_regularizer=gl.regularizers.L2(1e-3))
body = shared(i); twice = layers.Average()([body, shared(layers.Lambda(lambda t: t * 2.0)(i))])
outs = [layers.Dense(1, name=f"q{int(q*100)}", kernel_constraint=gl.constraints.MinMaxNorm(0.1, 2.0, rate=0.5, axis=0))(twice) for q in (0.1, 0.5, 0.9)]
m = init(gl.Model(i, outs), 3); m.compile(gl.optimizers.Adamax(0.05), loss=[pinball(q) for q in (0.1, 0.5, 0.9)], loss_weights=[1.0, 2.0, 1.0], metrics=[["mae"], ["mae", "mse"], []])
report("n", len(m.losses)); report("one", m.train_on_batch(x, [y, y, y], return_dict=True)); weights("w1", m)
report("h", m.fit(x, [y] * 3, batch_size=8, epochs=2, shuffle=False, verbose=0, validation_split=0.25).history); weights("w2", m); report("p", m.predict(x, verbose=0))
class KL(gl.callbacks.Callback):
    def __init__(self, beta): super().__init__(); self.beta = beta
    def on_epoch_begin(self, epoch, logs=None): self.beta.assign(min(1.0, 0.5 * epoch))
class Sampler(layers.Layer):
    def __init__(self, beta, **kw): super().__init__(**kw); self.beta = beta; self.seed_generator = gl.random.SeedGenerator(3)
    def call(self, inputs):
        mu, lv = inputs
        kl = -0.5 * ops.mean(ops.sum(1 + lv - ops.square(mu) - ops.exp(lv), axis=1))
        self.add_loss(self.beta * kl)
        eps = gl.random.normal(ops.shape(mu), seed=self.seed_generator)
        return mu + 0.0 * ops.exp(0.5 * lv) * eps
beta = gl.Variable(0.0, trainable=False, name="beta")
j = gl.Input((4,)); h = layers.Dense(6, activation="selu")(j); z = Sampler(beta)([layers.Dense(2, name="mu")(h), layers.Dense(2, name="lv")(h)])
v = init(gl.Model(j, layers.Dense(4, activation=layers.PReLU() if False else "softsign")(z)), 5); v.compile(gl.optimizers.Nadam(0.01), "mse")
report("vh", v.fit(x, x, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[KL(beta)]).history); weights("vw", [v][0]); report("beta", beta)
a = gl.Sequential([gl.Input((8, 8, 3)), layers.RandomFlip("horizontal", seed=1), layers.RandomRotation(0.2), layers.RandomZoom(0.1), layers.RandomTranslation(0.1, 0.1), layers.RandomContrast(0.2), layers.RandomBrightness(0.1, value_range=(0, 1)), layers.RandomCrop(6, 6), layers.Resizing(8, 8), layers.CenterCrop(4, 4), layers.Conv2D(2, 3), layers.GaussianNoise(0.1), layers.Flatten()])
init(a, 2); im = rng.rand(2, 8, 8, 3).astype("float32"); t1 = np.asarray(ops.convert_to_numpy(a(im, training=True))); t2 = np.asarray(ops.convert_to_numpy(a(im, training=True))); assert not np.allclose(t1, t2)
report("inf", np.allclose(ops.convert_to_numpy(a(im)), ops.convert_to_numpy(a(im, training=False))))
pi = gl.Sequential([gl.Input((3,)), layers.Dense(8, activation="tanh"), layers.Dense(2)]); init(pi, 9)
class PG(gl.Model):
    def __init__(self, net): super().__init__(); self.net = net
    def call(self, s): return self.net(s)
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        logp = ops.log_softmax(y_pred, axis=-1); pick = ops.sum(ops.one_hot(y, 2) * logp, axis=-1)
        ent = -ops.sum(ops.exp(logp) * logp, axis=-1)
        return -ops.mean(pick * sample_weight + 0.01 * ent)
pg = PG(pi); pg.compile(gl.optimizers.RMSprop(0.01, rho=0.8)); st = rng.randn(20, 3).astype("float32"); ac = rng.randint(0, 2, 20); ad = rng.randn(20).astype("float32")
report("pg", pg.fit(st, ac, sample_weight=ad, batch_size=5, epochs=2, shuffle=False, verbose=0).history); weights("pgw", pg)
sched = gl.optimizers.schedules.PiecewiseConstantDecay([2, 4], [0.1, 0.05, 0.01]); o = gl.optimizers.SGD(gl.optimizers.schedules.CosineDecayRestarts(0.1, 3), momentum=0.9, clipvalue=0.5, use_ema=True, ema_momentum=0.9)
k = init(gl.Sequential([gl.Input((4,)), layers.Dense(3, use_bias=False), layers.BatchNormalization(), layers.Dense(1)]), 6); k.compile(o, "mse")
report("kh", k.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0).history); weights("kw", k); report("lr", [float(sched(s)) for s in (0, 2, 3, 9)]); 
q = gl.Input((3,), dtype="bool"); r = gl.Input((3,), dtype="int32"); mixed = gl.Model([q, r], layers.Add()([layers.Embedding(9, 2)(r), layers.Lambda(lambda t: ops.cast(t, "float32")[..., None])(q)])); init(mixed, 1)
qb = np.array([[True, False, True]]); rb = np.array([[1, 8, 0]]); report("mix", mixed.predict([qb, rb], verbose=0)); report("mix0", mixed([qb[:0], rb[:0]]))

assert not WANTED, WANTED
print("OK")
