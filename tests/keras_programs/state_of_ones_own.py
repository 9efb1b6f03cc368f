"""Layers with state and layers of their own, through config, .keras and .h5.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as gl
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "h.loss": [1122.892, 1117.074],
    "h.logcosh": [11.81497, 11.79089],
    "w[0]": [0.6771538, 1.224068, 0.9649758, 1.131488],
    "w[3]": [0.1728516, -0.01251461, 0.08610971, -0.423079],
    "count": [8.0],
    "p": [-0.9837611, -1.498428, 0.3759782, -0.06845753],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


@gl.saving.register_keras_serializable("mine")
class RunningNorm(layers.Layer):
    def __init__(self, momentum=0.9, eps=1e-3, scale=True, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum; self.eps = eps; self.scale = scale
    def build(self, input_shape):
        d = input_shape[-1]
        self.mean = self.add_weight(name="mean", shape=(d,), initializer="zeros", trainable=False)
        self.var = self.add_weight(name="var", shape=(d,), initializer="ones", trainable=False)
        self.count = self.add_weight(name="count", shape=(), dtype="int32", initializer="zeros", trainable=False)
        if self.scale:
            self.gamma = self.add_weight(name="gamma", shape=(d,), initializer="ones", constraint=gl.constraints.NonNeg())
        self.built = True
    def call(self, x, training=None):
        if training:
            mean = ops.mean(x, axis=0); var = ops.var(x, axis=0)
            self.mean.assign(self.mean * self.momentum + mean * (1 - self.momentum))
            self.var.assign(self.momentum * self.var + (1 - self.momentum) * var)
            self.count.assign(self.count + 1)
        y = (x - self.mean) / ops.sqrt(self.var + self.eps)
        return y * self.gamma if self.scale else y
    def get_config(self):
        c = super().get_config(); c.update({"momentum": self.momentum, "eps": self.eps, "scale": self.scale}); return c
@gl.saving.register_keras_serializable("mine")
class Gated(layers.Layer):
    def __init__(self, units, activation=None, inner=None, **kw):
        super().__init__(**kw)
        self.units = units; self.activation = gl.activations.get(activation)
        self.inner = inner if inner is not None else layers.Dense(units)
        self.gate = layers.Dense(units, activation="sigmoid")
    def build(self, shape):
        self.inner.build(shape) if not self.inner.built else None; self.gate.build(shape); super().build(shape)
    def call(self, x): return self.activation(self.inner(x)) * self.gate(x)
    def get_config(self):
        return {**super().get_config(), "units": self.units, "activation": gl.activations.serialize(self.activation), "inner": gl.saving.serialize_keras_object(self.inner)}
    @classmethod
    def from_config(cls, config):
        config = dict(config); config["inner"] = gl.saving.deserialize_keras_object(config["inner"])
        return cls(**config)
m = gl.Sequential([gl.Input((6,)), RunningNorm(name="rn"), Gated(5, "gelu", layers.Dense(5, use_bias=False, kernel_regularizer=gl.regularizers.L1L2(1e-3, 1e-2)), name="g"), RunningNorm(scale=False, momentum=0.5), layers.Dense(1)])
init(m, 7)
rng = np.random.RandomState(2); x = rng.randn(30, 6).astype("float32") * 3; y = x[:, :1] ** 2
m.compile(gl.optimizers.Lion(1e-2) if False else gl.optimizers.Nadam(1e-2), gl.losses.MeanSquaredError(), metrics=["mape", "msle", "cosine_similarity", gl.metrics.LogCoshError()])
h = m.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0); report("h", h.history); weights("w", m)
report("count", int(m.layers[0].count)); report("names", np.array([w.path.split("/")[-1] for w in m.weights]))
report("nt", [v for v in m.non_trainable_variables]); report("p", m.predict(x, verbose=0))
for path in ("st.keras", "st.h5"):
    m.save(path); n = gl.models.load_model(path)
    k = path[-3:]
    report("n" + k, n.predict(x, verbose=0)); report("c" + k, int(n.layers[0].count)); report("e" + k, n.evaluate(x, y, verbose=0))
    assert isinstance(n.layers[1].inner, layers.Dense) and n.layers[1].inner.use_bias is False and n.layers[1].activation is gl.activations.gelu
cfg = m.layers[1].get_config(); again = Gated.from_config(cfg); report("keys", np.array(sorted(cfg)))
js = m.to_json(); n = gl.models.model_from_json(js); n.set_weights(m.get_weights()); report("js", n(x[:3]))
m.save_weights("st.weights.h5"); n = gl.Sequential.from_config(m.get_config()); n.load_weights("st.weights.h5"); report("fc", n(x[:3]))
old = gl.models.load_model("st.keras", compile=False); assert not getattr(old, "compiled", False)

assert not WANTED, WANTED
print("OK")
