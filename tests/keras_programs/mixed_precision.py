"""Two outputs trained in mixed precision, whose last layers are float32, saved and loaded.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""

import numpy as np
import glbackend as keras
from glbackend import layers

keras.utils.set_random_seed(812)
keras.mixed_precision.set_global_policy("mixed_float16")
title = keras.Input((None,), name="title")
tags = keras.Input((12,), name="tags")
x = layers.concatenate([layers.LSTM(8)(layers.Embedding(100, 8)(title)), tags])
priority = layers.Dense(1, name="priority", dtype="float32")(x)
department = layers.Dense(4, activation="softmax", name="department", dtype="float32")(x)
model = keras.Model([title, tags], {"priority": priority, "department": department})
model.compile(
    optimizer=keras.mixed_precision.LossScaleOptimizer(keras.optimizers.RMSprop(1e-2)),
    loss={"priority": keras.losses.BinaryCrossentropy(from_logits=True), "department": "categorical_crossentropy"},
    loss_weights={"priority": 1.0, "department": 0.2},
    metrics={"department": ["accuracy"]},
)
random = np.random.default_rng(1)
given = {"title": random.integers(1, 100, (32, 10)), "tags": random.integers(0, 2, (32, 12)).astype("float32")}
wanted = {"priority": given["tags"][:, :1], "department": keras.utils.to_categorical(random.integers(0, 4, 32), 4)}
history = model.fit(given, wanted, epochs=4, batch_size=8, verbose=0).history
assert history["loss"][-1] < history["loss"][0] and "department_accuracy" in history
assert model.get_layer("priority").dtype_policy.name == "float32"
assert [one.dtype_policy.name for one in model.layers if isinstance(one, layers.LSTM)] == ["mixed_float16"]
keras.mixed_precision.set_global_policy("float32")
model.save("model.keras")
loaded = keras.saving.load_model("model.keras")
assert [one.dtype_policy.name for one in loaded.layers if isinstance(one, layers.LSTM)] == ["mixed_float16"]
found, known = loaded.predict(given, verbose=0), model.predict(given, verbose=0)
assert all(np.allclose(np.array(found[key]), np.array(known[key]), atol=1e-2) for key in known)
print("OK")
