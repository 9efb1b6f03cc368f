"""A model that is a class, in files: layers in lists and by names after "layers", and its training.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as keras
from glbackend import layers
from tests.keras_judge import Judge, init

WANTED = {
    "plain.loss": [5.559813, 5.393233],
    "plain_p": [-0.2162548, -0.2615497, -0.238726, -0.3364918],
    "plain_fit.loss": [5.248923, 5.120349],
    "plain_w[0]": [0.8792399, 1.102731],
    "plain_w[1]": [-0.2360425, -0.3941394, 0.1837574, -0.6192576],
    "plain_w[2]": [-0.3613331, 0.2686984, 0.1930033],
    "plain_w[3]": [0.2303989, 0.1915912, -0.1361027, -0.1162029],
    "plain_w[4]": [-0.2855992, -0.1756729, -0.1591303],
    "plain_w[5]": [-0.008322883, -0.4155793, 0.002647983, 0.4203383],
    "plain_w[6]": [-0.2125601, -0.1454735],
    "plain_o": [-0.2162548, -0.2615497, -0.238726, -0.3364918],
    "around.loss": [4.423051, 4.265409],
    "around_p": [2.961738, -0.07097196, 2.062571, -0.08645605],
    "around_fit.loss": [4.134502, 4.019842],
    "around_w[0]": [0.5666088, -0.1148709, -0.2368274, -0.2429187],
    "around_w[1]": [-0.03986047, -0.1835455],
    "around_w[2]": [1.319624, 1.298171, 0.7830283, 1.160251],
    "around_w[3]": [0.01735286, -0.2456837, 0.09027266, 0.2474933],
    "around_w[4]": [0.2672831, 0.1577167, 0.2257548, -0.185628],
    "around_w[5]": [1.316805, 0.8411903, 0.8266473, 0.7238577],
    "around_o": [2.961738, -0.07097196, 2.062571, -0.08645605],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


@keras.saving.register_keras_serializable("pkg")
class Plain(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.blocks = [layers.Dense(units, activation="tanh"), layers.Dense(units)]
        self.out = layers.Dense(2)
        self.gain = keras.Variable(np.ones(2, "float32"))
    def call(self, x, training=None):
        for block in self.blocks: x = block(x)
        return self.out(x) * self.gain
    def get_config(self): return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable("pkg")
class Around(keras.Model):
    def __init__(self, inner, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner
        self.norm = layers.BatchNormalization()
    def call(self, x, training=None): return self.inner(self.norm(x, training=training))
    def get_config(self): return {**super().get_config(), "inner": keras.saving.serialize_keras_object(self.inner)}
    @classmethod
    def from_config(cls, config): return cls(inner=keras.saving.deserialize_keras_object(config.pop("inner")), **config)


rng = np.random.RandomState(0)
x = rng.normal(size=(16, 6)).astype("float32"); y = x[:, :2] * 2
options = {"epochs": 2, "batch_size": 8, "shuffle": False, "verbose": 0}
for name, model in {"plain": Plain(3, name="plain"), "around": Around(layers.Dense(2, activation="gelu"), name="around")}.items():
    model(x[:1]); init(model, 1)
    model.compile(keras.optimizers.Adam(0.01), "mse")
    report(name, model.fit(x, y, **options).history)
    model.save(name + ".keras"); model.save_weights(name + ".weights.h5")
    again = keras.models.load_model(name + ".keras")
    assert again.name == name and type(again) is type(model)
    report(name + "_p", again.predict(x, verbose=0)); report(name + "_fit", again.fit(x, y, **options).history)
    weights(name + "_w", again)
    other = type(model).from_config(model.get_config()); other(x[:1]); other.load_weights(name + ".weights.h5")
    report(name + "_o", other.predict(x, verbose=0))

assert not WANTED, WANTED
print("OK")
