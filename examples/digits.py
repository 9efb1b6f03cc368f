"""A convolutional network learns handwritten digits, is saved, loaded, and asked again.

python examples/digits.py [epochs]          needs scikit-learn, for its digits
"""

import sys
import tempfile

import numpy as np
from sklearn.datasets import load_digits

import glbackend as gl

gl.set_seed(1)
epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 8

data = load_digits()  # 1797 digits of 8 x 8 pixels
x = (data.images / 16).astype("float32")[..., None]
y = data.target
order = np.random.default_rng(1).permutation(len(x))
train, test = order[:-300], order[-300:]

model = gl.sequential(
    [
        gl.layers.conv2d(filters=16, kernel_size=3, activation="relu", input_shape=[8, 8, 1]),
        gl.layers.conv2d(filters=32, kernel_size=3, activation="relu"),
        gl.layers.flatten(),
        gl.layers.dense(units=10, activation="softmax"),
    ]
)
model.compile(optimizer="adam", loss="sparseCategoricalCrossentropy", metrics=["accuracy"])
stop = gl.callbacks.EarlyStopping(monitor="val_loss", patience=3)
model.fit(x[train], y[train], epochs=epochs, validation_split=0.1, callbacks=stop, seed=1)

loss, accuracy = model.evaluate(x[test], y[test])
print(f"on digits it has not seen: loss {loss:.3f}, accuracy {accuracy:.1%}")

with tempfile.TemporaryDirectory() as folder:
    model.save(folder)  # model.json and weight shards, as TensorFlow.js writes and reads them
    again = gl.load_layers_model(folder)

one = test[0]
probabilities = again.predict(x[one : one + 1]).numpy()[0]
print(f"a {y[one]} is read as {probabilities.argmax()}, with probability {probabilities.max():.2f}")
