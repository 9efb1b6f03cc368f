"""Text classifier: TextVectorization, Embedding, Conv1D; an end-to-end model of strings.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import re
import string

import numpy as np
import glbackend as tf
import glbackend as keras
from glbackend import layers
from glbackend.layers import TextVectorization

keras.utils.set_random_seed(0)
good = ["a wonderful film", "great acting and a great story", "I loved it!<br /> wonderful", "best film ever"]
bad = ["terrible", "a boring film, bad acting", "I hated this. awful!", "worst story, boring"]
texts = np.array((good + bad) * 8)
labels = np.array(([1] * 4 + [0] * 4) * 8)

max_features, sequence_length, embedding_dim = 200, 12, 16
vectorize_layer = TextVectorization(
    standardize="lower_and_strip_punctuation", max_tokens=max_features, output_mode="int",
    output_sequence_length=sequence_length,
)
text_ds = tf.data.Dataset.from_tensor_slices(texts).batch(16)
vectorize_layer.adapt(text_ds)
print(vectorize_layer.get_vocabulary()[:5], vectorize_layer.vocabulary_size())
assert vectorize_layer.get_vocabulary()[:2] == ["", "[UNK]"]

raw = tf.data.Dataset.from_tensor_slices((texts, labels)).shuffle(64, seed=1).batch(16)
train_ds = raw.map(lambda text, label: (vectorize_layer(text), label)).cache().prefetch(buffer_size=tf.data.AUTOTUNE)

inputs = keras.Input(shape=(None,), dtype="int64")
x = layers.Embedding(max_features, embedding_dim)(inputs)
x = layers.Dropout(0.2)(x)
x = layers.Conv1D(16, 3, padding="valid", activation="relu", strides=1)(x)
x = layers.GlobalMaxPooling1D()(x)
x = layers.Dense(16, activation="relu")(x)
predictions = layers.Dense(1, activation="sigmoid", name="predictions")(x)
model = keras.Model(inputs, predictions)
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(train_ds, epochs=12, verbose=0)
print(history.history["accuracy"][-1])
assert history.history["accuracy"][-1] > 0.8
results = model.evaluate(train_ds, verbose=0, return_dict=True)
print(results)
assert set(results) == {"accuracy", "loss"}

inputs = keras.Input(shape=(1,), dtype="string")
indices = vectorize_layer(inputs)
outputs = model(indices)
end_to_end_model = keras.Model(inputs, outputs)
end_to_end_model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
loss, acc = end_to_end_model.evaluate(tf.data.Dataset.from_tensor_slices((texts[:, None], labels)).batch(8), verbose=0)
print(loss, acc)
assert abs(acc - results["accuracy"]) < 1e-6
out = end_to_end_model.predict(keras.ops.convert_to_tensor([["a wonderful story"], ["boring and awful"]]), verbose=0)
print(out)
assert out.shape == (2, 1) and out[0, 0] > out[1, 0]
print("OK")
