"""Several inputs and outputs, by name (keras.io's ticket example), dict outputs.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers

keras.utils.set_random_seed(4)
num_tags, num_words, num_departments = 12, 100, 4
title_input = keras.Input(shape=(None,), name="title")
body_input = keras.Input(shape=(None,), name="body")
tags_input = keras.Input(shape=(num_tags,), name="tags")
title_features = layers.Embedding(num_words, 16)(title_input)
body_features = layers.Embedding(num_words, 16)(body_input)
title_features = layers.LSTM(16)(title_features)
body_features = layers.LSTM(8)(body_features)
x = layers.concatenate([title_features, body_features, tags_input])
priority_pred = layers.Dense(1, name="priority")(x)
department_pred = layers.Dense(num_departments, name="department")(x)
model = keras.Model(
    inputs=[title_input, body_input, tags_input],
    outputs={"priority": priority_pred, "department": department_pred},
)
model.summary()
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
    metrics={"priority": ["accuracy", keras.metrics.AUC(from_logits=True, name="auc")], "department": "accuracy"},
)
n = 64
title_data = np.random.randint(num_words, size=(n, 6))
body_data = np.random.randint(num_words, size=(n, 10))
tags_data = np.random.randint(2, size=(n, num_tags)).astype("float32")
priority_targets = np.random.random(size=(n, 1)).round()
dept_targets = keras.utils.to_categorical(np.random.randint(num_departments, size=(n,)), num_departments)
history = model.fit(
    {"title": title_data, "body": body_data, "tags": tags_data},
    {"priority": priority_targets, "department": dept_targets},
    epochs=2, batch_size=16, validation_split=0.25, verbose=2,
)
print(sorted(history.history))
expected = {"loss", "priority_loss", "department_loss", "priority_accuracy", "priority_auc", "department_accuracy"}
assert set(history.history) == expected | {"val_" + k for k in expected}, sorted(history.history)
out = model.predict({"title": title_data, "body": body_data, "tags": tags_data}, verbose=0)
assert isinstance(out, dict) and out["priority"].shape == (n, 1) and out["department"].shape == (n, 4)
called = model({"title": title_data[:2], "body": body_data[:2], "tags": tags_data[:2]})
np.testing.assert_allclose(called["priority"], out["priority"][:2], atol=1e-5)
scores = model.evaluate(
    {"title": title_data, "body": body_data, "tags": tags_data},
    {"priority": priority_targets, "department": dept_targets}, verbose=0, return_dict=True,
)
print(scores)
assert set(scores) == expected
model.save("multi.keras")
again = keras.models.load_model("multi.keras")
back = again.predict({"title": title_data, "body": body_data, "tags": tags_data}, verbose=0)
np.testing.assert_allclose(back["department"], out["department"], atol=1e-5)

# with sample weights by output and inputs in a dict
inputs = {"a": keras.Input((3,), name="a"), "b": keras.Input((2,), name="b")}
joined = layers.Concatenate()([inputs["a"], inputs["b"]])
two = keras.Model(inputs, {"sum": layers.Dense(1, name="first")(joined), "kind": layers.Dense(3, activation="softmax", name="second")(joined)})
two.compile("adam", loss={"sum": "mse", "kind": "sparse_categorical_crossentropy"}, metrics={"kind": ["accuracy"]})
feed = {"a": np.random.rand(8, 3), "b": np.random.rand(8, 2)}
want = {"sum": np.random.rand(8), "kind": np.random.randint(3, size=8)}
logs = two.train_on_batch(feed, want, return_dict=True)
print(sorted(logs))
assert set(logs) == {"loss", "sum_loss", "kind_loss", "kind_accuracy"}, logs
two.fit(feed, want, sample_weight={"sum": np.ones(8), "kind": np.arange(8.0)}, verbose=0)
print("OK")
