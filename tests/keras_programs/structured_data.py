"""Structured data: StringLookup, IntegerLookup, Normalization, CategoryEncoding, a dict of inputs and tf.data.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as tf
import glbackend as keras
from glbackend import layers

keras.utils.set_random_seed(15)
n = 96
rng = np.random.default_rng(3)
table = {
    "age": rng.integers(20, 80, n),
    "chol": rng.normal(200, 30, n),
    "sex": rng.integers(0, 2, n),
    "thal": rng.choice(["normal", "fixed", "reversible"], n),
    "ca": rng.integers(0, 4, n),
}
target = ((table["age"] > 50) & (table["thal"] == "normal")).astype("int64")


def dataframe_to_dataset(table, labels):
    ds = tf.data.Dataset.from_tensor_slices((dict(table), labels))
    ds = ds.shuffle(buffer_size=len(labels))
    return ds


train_ds = dataframe_to_dataset({k: v[:64] for k, v in table.items()}, target[:64])
val_ds = dataframe_to_dataset({k: v[64:] for k, v in table.items()}, target[64:])
for x, y in train_ds.take(1):
    print("Input:", x)
    print("Target:", y)
train_ds = train_ds.batch(16)
val_ds = val_ds.batch(16)


def encode_numerical_feature(feature, name, dataset):
    normalizer = layers.Normalization()
    feature_ds = dataset.map(lambda x, y: x[name])
    feature_ds = feature_ds.map(lambda x: keras.ops.expand_dims(x, -1))
    normalizer.adapt(feature_ds)
    encoded_feature = normalizer(feature)
    return encoded_feature


def encode_categorical_feature(feature, name, dataset, is_string):
    lookup_class = layers.StringLookup if is_string else layers.IntegerLookup
    lookup = lookup_class(output_mode="binary" if False else "multi_hot")
    feature_ds = dataset.map(lambda x, y: x[name])
    feature_ds = feature_ds.map(lambda x: keras.ops.expand_dims(x, -1))
    lookup.adapt(feature_ds)
    encoded_feature = lookup(feature)
    return encoded_feature


sex = keras.Input(shape=(1,), name="sex", dtype="int64")
ca = keras.Input(shape=(1,), name="ca", dtype="int64")
thal = keras.Input(shape=(1,), name="thal", dtype="string")
age = keras.Input(shape=(1,), name="age")
chol = keras.Input(shape=(1,), name="chol")
all_inputs = [sex, ca, thal, age, chol]
sex_encoded = encode_categorical_feature(sex, "sex", train_ds, False)
ca_encoded = layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")(ca)
thal_encoded = encode_categorical_feature(thal, "thal", train_ds, True)
age_encoded = encode_numerical_feature(age, "age", train_ds)
chol_encoded = layers.Normalization(mean=200.0, variance=900.0)(chol)
age_buckets = layers.Discretization(bin_boundaries=[30.0, 45.0, 60.0], output_mode="one_hot")(age)
all_features = layers.concatenate([sex_encoded, ca_encoded, thal_encoded, age_encoded, chol_encoded, age_buckets])
x = layers.Dense(32, activation="relu")(all_features)
x = layers.Dropout(0.1)(x)
output = layers.Dense(1, activation="sigmoid")(x)
model = keras.Model(all_inputs, output)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
history = model.fit(train_ds, epochs=8, validation_data=val_ds, verbose=0)
print(history.history["accuracy"])
assert history.history["loss"][-1] < history.history["loss"][0]
sample = {"age": 60, "sex": 1, "chol": 233.0, "thal": "fixed", "ca": 0}
input_dict = {name: keras.ops.convert_to_tensor([value]) for name, value in sample.items()}
predictions = model.predict(input_dict, verbose=0)
print(f"This particular patient had a {100 * predictions[0][0]:.1f} percent probability")
lookup = layers.StringLookup(vocabulary=["a", "b", "c"])
ids = lookup(np.array([["a", "z"], ["c", "b"]]))
assert ids.numpy().tolist() == [[1, 0], [3, 2]], ids
back = layers.StringLookup(vocabulary=lookup.get_vocabulary(), invert=True)(ids)
print(back)
assert back.numpy()[1].tolist() in ([b"c", b"b"], ["c", "b"])
hashed = layers.Hashing(num_bins=5)(np.array([["x"], ["y"]]))
assert hashed.shape == (2, 1)
print("OK")
