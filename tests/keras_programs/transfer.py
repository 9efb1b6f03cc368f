"""Transfer learning: a pretrained base, frozen, a new head, then fine tuning from a middle layer.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers

keras.utils.set_random_seed(2)
rng = np.random.default_rng(2)
x = rng.uniform(0, 255, size=(48, 24, 24, 3)).astype("float32")
y = (x[..., 0].mean(axis=(1, 2)) > x[..., 1].mean(axis=(1, 2))).astype(int)


def pretrained():
    inp = keras.Input((24, 24, 3))
    h = layers.Conv2D(8, 3, strides=2, use_bias=False, name="conv1")(inp)
    h = layers.BatchNormalization(name="bn1")(h)
    h = layers.ReLU(6.0, name="relu1")(h)
    h = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="dw2")(h)
    h = layers.BatchNormalization(name="bn2")(h)
    h = layers.ReLU(max_value=6.0, name="relu2")(h)
    h = layers.Conv2D(16, 1, name="conv3")(h)
    return keras.Model(inp, h, name="tiny_net")


source = pretrained()
source.save("base.keras")
base_model = keras.models.load_model("base.keras")
base_model.trainable = False
print(len(base_model.weights), len(base_model.trainable_weights), len(base_model.non_trainable_weights))
assert len(base_model.trainable_weights) == 0

inputs = keras.Input(shape=(24, 24, 3))
scale_layer = keras.layers.Rescaling(scale=1 / 127.5, offset=-1)
h = scale_layer(inputs)
h = base_model(h, training=False)
h = keras.layers.GlobalAveragePooling2D()(h)
h = keras.layers.Dropout(0.2)(h)
outputs = keras.layers.Dense(1)(h)
model = keras.Model(inputs, outputs)
model.summary(show_trainable=True)
model.compile(
    optimizer=keras.optimizers.Adam(),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy()],
)
before = [w.copy() for w in base_model.get_weights()]
model.fit(x, y, epochs=2, batch_size=16, validation_data=(x[:8], y[:8]), verbose=2)
for a, b in zip(before, base_model.get_weights()):
    np.testing.assert_array_equal(a, b)

base_model.trainable = True
fine_tune_at = 3
for layer in base_model.layers[:fine_tune_at]:
    layer.trainable = False
for layer in base_model.layers:
    if isinstance(layer, layers.BatchNormalization):
        layer.trainable = False
model.summary(show_trainable=True, expand_nested=True)
model.compile(
    optimizer=keras.optimizers.Adam(1e-5),
    loss=keras.losses.BinaryCrossentropy(from_logits=True),
    metrics=[keras.metrics.BinaryAccuracy()],
)
print([v.path for v in model.trainable_variables])
assert len(model.trainable_variables) == 5
history = model.fit(x, y, epochs=3, initial_epoch=2, batch_size=16, verbose=0)
assert len(history.epoch) == 1 and history.epoch == [2]
# features of a middle layer
features = keras.Model(inputs=base_model.inputs, outputs=[base_model.get_layer("relu1").output, base_model.output])
a, b = features(x[:2] / 127.5 - 1)
print(a.shape, b.shape)
assert a.shape == (2, 11, 11, 8)
model.save_weights("tl.weights.h5")
model.load_weights("tl.weights.h5")
clone = keras.models.clone_model(model)
clone.set_weights(model.get_weights())
np.testing.assert_allclose(clone.predict(x[:4], verbose=0), model.predict(x[:4], verbose=0), atol=1e-5)
print("OK")
