"""The linear regression of the TensorFlow.js README, line by line.

python examples/linear_regression.py
"""

import glbackend as gl

# A model of one layer: y = w x + b.
model = gl.sequential()
model.add(gl.layers.dense(units=1, input_shape=[1]))
model.compile(loss="meanSquaredError", optimizer="sgd")

# Some data that lies on the line y = 2 x - 1.
xs = gl.tensor2d([1, 2, 3, 4], [4, 1])
ys = gl.tensor2d([1, 3, 5, 7], [4, 1])

history = model.fit(xs, ys, epochs=1000, verbose=0)
print(f"loss {history.history['loss'][0]:.3f} -> {history.history['loss'][-1]:.5f}")

# A point that it has not seen: close to 9.
model.predict(gl.tensor2d([5], [1, 1])).print()
