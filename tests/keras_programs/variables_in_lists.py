"""Variables in lists and dicts of a layer, and cells that say how a sequence begins.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as keras
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "count": [11.0, 10.0, 1.0, 43.0],
    "fit.loss": [6.057065, 6.028643],
    "mix[0]": [0.9336391, 1.176332, 0.6000637, 0.8418499],
    "mix[1]": [-0.1585781, -0.3221567, 0.259558, -0.6904418],
    "mix[2]": [0.5234818, -0.2287371, 0.0955373, -0.07463756],
    "mix[3]": [0.4385478, -0.6191342, -0.09828195, -0.1158501],
    "mix[4]": [1.240522, 1.373659, 0.8493847, 1.153307],
    "mix[5]": [1.301028, 1.315271, 0.6665109, 0.6303319],
    "mix[6]": [0.7357172, 1.302096, 0.6771769, 0.9362671],
    "mix[7]": [-0.00958887, 0.171711, -0.3270992, 0.3417965],
    "mix[8]": [1.149201],
    "mix[9]": [-0.2545438, 0.2882877, -0.05877997, 0.04484143],
    "mix[10]": [-0.2858987, 0.1728803],
    "keras": [-0.3915224, 0.1118594, -0.3830821, 0.1167477],
    "h5": [-0.3915224, 0.1118594, -0.3830821, 0.1167477],
    "weights": [-0.3915224, 0.1118594, -0.3830821, 0.1167477],
    "frozen": [0.0, 9.0],
    "own.loss": [4.293358, 3.864925],
    "own_w[0]": [0.952862, 0.6372184, 1.07978, 0.929333],
    "own_w[1]": [0.8237736, 0.8204353],
    "own_w[2]": [0.3055134, 0.687965, 0.1099997, -0.335472],
    "own_w[3]": [0.1633513, -0.2013192],
    "all[0]": [0.1748299, 0.07373776, 0.08410598, -0.2512144],
    "all[1]": [-0.3094565, 0.5607488, -0.2486801, 0.6021219],
    "all[2]": [-0.09355601, -0.2938626, 0.2485196, -0.3082302],
    "two": [-0.08992204, -0.201697, -0.09772612, 0.2202484],
    "both": [-0.230894, 0.6393113, -0.1701176, -0.3360019],
    "gaps": [0.1748299, 0.07373776, 0.08410598, -0.2512144],
    "given": [-0.1094006, 0.4092835, -0.5962968, 0.4693834],
    "first": [-0.230894, 0.6393113, -0.1701176, 0.5330046],
    "second": [-0.4460075, 0.6266521, -0.573991, 0.626917],
    "reset": [-0.2236584, 0.6088938, -0.2208544, 0.5463799],
    "zeros[0]": [0.0, 0.0, 0.0, 0.0],
    "zeros[1]": [0.0, 0.0, 0.0, 0.0],
    "size": [3.0, 3.0],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


@keras.saving.register_keras_serializable()
class Mix(layers.Layer):
    def __init__(self, n=3, **kwargs):
        super().__init__(**kwargs)
        self.n = n
        self.gains = [keras.Variable(np.full((4,), 1.0 + i, "float32")) for i in range(n)]
        self.named = {"a": keras.Variable(np.zeros((4,), "float32")), "b": {"c": keras.Variable(np.ones((), "float32"), trainable=False)}}
        self.pair = (keras.Variable(np.ones((4,), "float32")),)
        self.later = []
    def build(self, input_shape):
        for i in range(2):
            self.later.append(self.add_weight(shape=(input_shape[-1],), initializer="ones", name=f"later_{i}"))
        self.more = []
        self.more.append(keras.Variable(np.full((4,), 0.5, "float32")))
    def call(self, x):
        for gain in self.gains: x = x * gain
        x = x + self.named["a"] * self.named["b"]["c"] + self.pair[0]
        for one in self.later: x = x * one
        return x * self.more[0]
    def get_config(self): return {**super().get_config(), "n": self.n}


class Accumulating(keras.Model):
    def __init__(self):
        super().__init__()
        self.ws = [keras.Variable(np.ones((4, 2), "float32")), keras.Variable(np.ones((2,), "float32"))]
        self.dense = layers.Dense(2)
    def call(self, x): return self.dense(x @ self.ws[0] + self.ws[1])


@keras.saving.register_keras_serializable()
class Cell(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units; self.state_size = [units, units + 1]; self.output_size = units
    def build(self, input_shape):
        self.k = self.add_weight(shape=(input_shape[-1], self.units), name="k")
        self.s = self.add_weight(shape=(self.units, self.units + 1), name="s")
        self.built = True
    def call(self, inputs, states):
        a, b = states
        h = ops.tanh(inputs @ self.k + a)
        return h + ops.mean(b, -1, keepdims=True), [h, 0.5 * b + h @ self.s]
    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, self.units)) * 0.1, ops.zeros((batch_size, self.units + 1)) - 0.2]
    def get_config(self): return {**super().get_config(), "units": self.units}


rng = np.random.RandomState(0)
x = rng.normal(size=(16, 4)).astype("float32"); y = x[:, :2] * 2
i = keras.Input((4,))
model = init(keras.Model(i, layers.Dense(2)(Mix(name="mix")(i))), 1)
report("count", [len(model.weights), len(model.trainable_weights), len(model.non_trainable_weights), model.count_params()])
model.compile(keras.optimizers.SGD(0.01), "mse")
report("fit", model.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history)
weights("mix", model)
model.save("mix.keras"); model.save_weights("mix.weights.h5"); model.save("mix.h5")
report("keras", keras.models.load_model("mix.keras").predict(x, verbose=0))
report("h5", keras.models.load_model("mix.h5", compile=False).predict(x, verbose=0))
again = keras.models.clone_model(model); again.load_weights("mix.weights.h5"); report("weights", again.predict(x, verbose=0))
frozen = Mix(); frozen.trainable = False; frozen(x); report("frozen", [len(frozen.trainable_weights), len(frozen.non_trainable_weights)])
own = Accumulating(); own(x); init(own, 2); own.compile(keras.optimizers.SGD(0.01), "mse")
report("own", own.fit(x, y, epochs=2, batch_size=8, shuffle=False, verbose=0).history); weights("own_w", own)

z = rng.normal(size=(3, 5, 4)).astype("float32"); gaps = z.copy(); gaps[1, 3:] = 0
made = {
    "all": lambda i: layers.RNN(Cell(3), return_sequences=True, return_state=True)(i),
    "two": lambda i: layers.RNN([Cell(3), Cell(2)])(i),
    "both": lambda i: layers.Bidirectional(layers.RNN(Cell(3)))(i),
    "gaps": lambda i: layers.RNN(Cell(3), return_sequences=True)(layers.Masking()(i)),
}
for name, make in made.items():
    i = keras.Input((5, 4)); model = init(keras.Model(i, make(i)), 3); report(name, model.predict(gaps if name == "gaps" else z, verbose=0))
i, a, b = keras.Input((5, 4)), keras.Input((3,)), keras.Input((4,))
model = init(keras.Model([i, a, b], layers.RNN(Cell(3))(i, initial_state=[a, b])), 3); report("given", model.predict([z, z[:, 0, :3], z[:, 1]], verbose=0))
i = keras.Input(batch_shape=(3, 5, 4)); rnn = layers.RNN(Cell(3), stateful=True); model = init(keras.Model(i, rnn(i)), 3)
report("first", model.predict(z, verbose=0)); report("second", model.predict(z, verbose=0)); rnn.reset_state(); report("reset", model.predict(z, verbose=0))
report("zeros", layers.LSTMCell(2).get_initial_state(batch_size=2)); report("size", list(layers.LSTM(3).state_size))

assert not WANTED, WANTED
print("OK")
