"""U-Net segmentation fed by a keras.utils.PyDataset, with MeanIoU and a model that is exported.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import math

import numpy as np
import glbackend as keras
from glbackend import layers

keras.utils.set_random_seed(18)


class Shapes(keras.utils.PyDataset):
    def __init__(self, n, batch_size, **kwargs):
        super().__init__(**kwargs)
        self.batch_size = batch_size
        rng = np.random.default_rng(0)
        self.x = rng.uniform(0, 0.4, size=(n, 16, 16, 3)).astype("float32")
        self.y = np.zeros((n, 16, 16, 1), "uint8")
        for i in range(n):
            a, b = rng.integers(0, 10, 2)
            self.y[i, a : a + 6, b : b + 6] = 1
            self.x[i, a : a + 6, b : b + 6] += 0.5

    def __len__(self):
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, idx):
        low = idx * self.batch_size
        high = min(low + self.batch_size, len(self.x))
        return self.x[low:high], self.y[low:high]

    def on_epoch_end(self):
        order = np.random.permutation(len(self.x))
        self.x, self.y = self.x[order], self.y[order]


def get_model(img_size, num_classes):
    inputs = keras.Input(shape=img_size + (3,))
    x = layers.Conv2D(8, 3, strides=2, padding="same")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for filters in [8, 16]:
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(filters, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    for filters in [16, 8, 8]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2DTranspose(filters, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.UpSampling2D(2)(x)
        residual = layers.UpSampling2D(2)(previous_block_activation)
        residual = layers.Conv2D(filters, 1, padding="same")(residual)
        x = layers.add([x, residual])
        previous_block_activation = x
    outputs = layers.Conv2D(num_classes, 3, activation="softmax", padding="same")(x)
    return keras.Model(inputs, outputs)


model = get_model((16, 16), 2)
model.compile(
    optimizer=keras.optimizers.Adam(3e-3), loss="sparse_categorical_crossentropy",
    metrics=["accuracy", keras.metrics.MeanIoU(num_classes=2, sparse_y_pred=False, name="iou"), keras.metrics.SparseTopKCategoricalAccuracy(k=1)],
)
train = Shapes(32, 8, workers=2, use_multiprocessing=False, max_queue_size=4)
history = model.fit(train, epochs=3, validation_data=Shapes(8, 4), verbose=2)
assert history.history["loss"][-1] < history.history["loss"][0]
assert {"iou", "sparse_top_k_categorical_accuracy", "val_iou"} <= set(history.history)
preds = model.predict(Shapes(8, 4), verbose=0)
assert preds.shape == (8, 16, 16, 2)
mask = np.argmax(preds[0], axis=-1)
mask = np.expand_dims(mask, axis=-1)
img = keras.utils.array_to_img(mask)
print(img.size, model.evaluate(Shapes(8, 4), verbose=0))


# dice loss of one's own, as a class
class Dice(keras.losses.Loss):
    def __init__(self, smooth=1.0, name="dice", **kwargs):
        super().__init__(name=name, **kwargs)
        self.smooth = smooth

    def call(self, y_true, y_pred):
        y_true = keras.ops.one_hot(keras.ops.squeeze(keras.ops.cast(y_true, "int32"), -1), 2)
        inter = keras.ops.sum(y_true * y_pred, axis=(1, 2))
        total = keras.ops.sum(y_true + y_pred, axis=(1, 2))
        return 1 - keras.ops.mean((2 * inter + self.smooth) / (total + self.smooth), axis=-1)

    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}


class PixelShare(keras.metrics.Metric):
    def __init__(self, name="share", **kwargs):
        super().__init__(name=name, **kwargs)
        self.on = self.add_weight(name="on", initializer="zeros")
        self.total = self.add_variable(shape=(), initializer="zeros", name="total")

    def update_state(self, y_true, y_pred, sample_weight=None):
        best = keras.ops.cast(keras.ops.argmax(y_pred, axis=-1), "float32")
        self.on.assign_add(keras.ops.sum(best))
        self.total.assign_add(keras.ops.cast(keras.ops.size(best), "float32"))

    def result(self):
        return self.on / self.total

    def reset_state(self):
        self.on.assign(0.0)
        self.total.assign(0.0)


model.compile("adam", Dice(), metrics=[PixelShare(), "accuracy"])
h = model.fit(train, epochs=1, verbose=0)
assert 0 <= h.history["share"][0] <= 1
model.save("seg.keras")
again = keras.models.load_model("seg.keras", custom_objects={"Dice": Dice, "PixelShare": PixelShare})
assert abs(again.evaluate(train, verbose=0)[0] - model.evaluate(train, verbose=0)[0]) < 1e-4
bare = keras.models.load_model("seg.keras", compile=False)
assert len(bare.layers) == len(model.layers)
print("OK")
