"""Layers cloned in another way, weights that fit in part, outputs without a loss, and weights of examples.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as keras
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "clone": [0.3418151, -0.006157994, -0.3556352, 0.4884787],
    "same": [0.3270046, 0.1853039, -0.1307847, 0.466593],
    "row": [2.0],
    "skipped[0]": [-0.0935351, 0.2187012, 0.06534623, -0.2697275],
    "skipped[1]": [-0.1759839, -0.444556, 0.2571743, 0.2829297],
    "skipped[2]": [0.07476529, 0.05929803, 0.4004546, -0.02606268],
    "skipped[3]": [-0.5633222, 0.4616269, 0.5464094, -0.1281094],
    "skipped[4]": [-0.06063545, -0.179508, -0.07302591, 0.6265544],
    "skipped[5]": [0.1480673, 0.1501462, 0.2377268],
    "named[0]": [-0.0935351, 0.2187012, 0.06534623, -0.2697275],
    "named[1]": [-0.1759839, -0.444556, 0.2571743, 0.2829297],
    "named[2]": [0.07476529, 0.05929803, 0.4004546, -0.02606268],
    "named[3]": [-0.5633222, 0.4616269, 0.5464094, -0.1281094],
    "named[4]": [-0.06063545, -0.179508, -0.07302591, 0.6265544],
    "named[5]": [0.1325692, 0.4407052, 0.5248549],
    "none": [0.3685305, 0.2607729],
    "none_mae": [0.491296, 0.4346612],
    "two.cls_accuracy": [0.4444444, 0.4444444],
    "two.cls_loss": [0.5816917, 0.5748653],
    "two.cls_weighted_accuracy": [0.4630694, 0.4630694],
    "two.loss": [0.7037991, 0.6783277],
    "two.reg_loss": [0.1221074, 0.1034624],
    "two.reg_mae": [0.3849722, 0.3586375],
    "two.reg_weighted_mae": [0.3732247, 0.3415883],
    "two.val_cls_accuracy": [0.6666667, 0.6666667],
    "two.val_cls_loss": [0.3834921, 0.3831584],
    "two.val_cls_weighted_accuracy": [0.6022631, 0.6022631],
    "two.val_loss": [0.467699, 0.4660309],
    "two.val_reg_loss": [0.08420687, 0.08287253],
    "two.val_reg_mae": [0.4294558, 0.4278095],
    "two.val_reg_weighted_mae": [0.4049313, 0.3992021],
    "one.accuracy": [0.4444444, 0.4444444],
    "one.lambda": [0.5555555, 0.5555555],
    "one.loss": [0.6575914, 0.591454],
    "one.my_f1": [0.531969, 0.5086796],
    "one.val_accuracy": [0.3333333, 0.5],
    "one.val_lambda": [0.5, 0.5],
    "one.val_loss": [0.2978505, 0.2847461],
    "one.val_my_f1": [0.4719197, 0.4604279],
    "one.val_weighted_accuracy": [0.4250408, 0.738735],
    "one.val_weighted_my_f1": [0.4185684, 0.4068721],
    "one.weighted_accuracy": [0.4136917, 0.4136917],
    "one.weighted_my_f1": [0.5478244, 0.5228509],
    "classes": [0.691438, 0.6777384],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights
rng = np.random.RandomState(0)
x = rng.normal(size=(24, 6)).astype("float32"); y = (x[:, :1] > 0).astype("float32"); kinds = rng.randint(0, 3, 24)
of_y, of_kinds = rng.uniform(size=24).astype("float32"), rng.uniform(size=24).astype("float32")


def base():
    i = keras.Input((6,))
    h = layers.Dense(5, activation="relu", name="d1")(i); h = layers.BatchNormalization(name="bn")(h)
    return keras.Model(i, layers.Dense(3, name="top")(layers.Dense(4, activation="tanh", name="d2")(h) * 2.0))


model = init(base(), 1)


def linear(layer):
    config = layer.get_config()
    if "activation" in config: config["activation"] = "linear"
    return layer.__class__.from_config(config)


clone = keras.models.clone_model(model, clone_function=linear); clone.set_weights(model.get_weights()); report("clone", clone.predict(x, verbose=0))
same = keras.models.clone_model(model, clone_function=lambda layer: layer); assert same.get_layer("d1") is model.get_layer("d1"); report("same", same.predict(x, verbose=0))
row = keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="relu"), layers.Dense(2)]); report("row", list(keras.models.clone_model(row, clone_function=linear).output_shape[1:]))

model.save_weights("base.weights.h5"); model.save("base.h5") if False else None
i = keras.Input((6,)); near = init(keras.Model(i, layers.Dense(3, name="top")(layers.Dense(7, name="other")(layers.Dense(5, name="d1")(i)))), 5)
plain = keras.Sequential([keras.Input((6,)), layers.Dense(5, name="d1"), layers.Dense(4, name="d2"), layers.Dense(3, name="top")]); init(plain, 6)
plain.save_weights("plain.weights.h5"); plain.save("plain.h5")
near.load_weights("plain.weights.h5", skip_mismatch=True); weights("skipped", near)
init(near, 5); near.load_weights("plain.h5", by_name=True, skip_mismatch=True); weights("named", near)
try: near.load_weights("plain.h5", by_name=True)
except ValueError as error: assert "top" in str(error)
else: raise AssertionError("a shape that does not fit")

h = layers.Dense(5, activation="tanh")(i); ends = [layers.Dense(1, name="reg")(h), layers.Dense(3, activation="softmax", name="cls")(h)]
two = init(keras.Model(i, ends), 7); two.compile(keras.optimizers.SGD(0.1), loss=["mse", None], metrics=[["mae"], None])
history = two.fit(x, [y, kinds], batch_size=24, epochs=2, verbose=0, shuffle=False).history; report("none", history["loss"]); report("none_mae", history["reg_mae"])
two.compile(keras.optimizers.SGD(0.1), loss=["mse", "sparse_categorical_crossentropy"], metrics=[["mae"], ["accuracy"]], weighted_metrics=[["mae"], ["accuracy"]])
history = two.fit(x, [y, kinds], sample_weight=[of_y, of_kinds], validation_split=0.25, batch_size=24, epochs=2, verbose=0, shuffle=False).history
assert {"reg_weighted_mae", "val_cls_weighted_accuracy", "cls_accuracy"} <= set(history), sorted(history)
report("two", {key: history[key] for key in sorted(history)})


def myF1(y_true, y_pred): return ops.mean(ops.abs(y_true - y_pred), axis=-1)


one = init(keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")]), 8)
one.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=[myF1, lambda t, p: ops.mean(t), "accuracy"], weighted_metrics=["accuracy", myF1])
history = one.fit(x, y, sample_weight=of_y, validation_split=0.25, batch_size=6, epochs=2, verbose=0, shuffle=False).history
assert {"my_f1", "lambda", "weighted_accuracy", "weighted_my_f1", "val_weighted_my_f1"} <= set(history), sorted(history)
report("one", {key: history[key] for key in sorted(history)})
report("classes", one.fit(x, y, class_weight={0: 1.0, 1: 5.0}, validation_split=0.25, batch_size=6, epochs=2, verbose=0, shuffle=False).history["val_loss"])

assert not WANTED, WANTED
print("OK")
