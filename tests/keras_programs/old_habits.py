"""The simplest of all: Sequential MNIST convnet, with the habits of old tutorials.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import backend as K
from glbackend.layers import Activation, BatchNormalization, Conv2D, Dense, Dropout, Flatten, InputLayer, MaxPool2D
from glbackend.models import Sequential
from glbackend.regularizers import l2
from glbackend.utils import to_categorical

keras.utils.set_random_seed(20)
num_classes = 10
input_shape = (12, 12, 1)
x_train = np.random.randint(0, 256, size=(100, 12, 12))
y_train = np.random.randint(0, 10, size=100)
for i in range(100):
    x_train[i, y_train[i]] = 255
x_train = x_train.astype("float32") / 255
x_train = np.expand_dims(x_train, -1)
print("x_train shape:", x_train.shape)
y_cat = keras.utils.to_categorical(y_train, num_classes)
model = Sequential([
    InputLayer((12, 12, 1)),
    Conv2D(8, kernel_size=(3, 3), activation="relu", kernel_regularizer=l2(1e-4)),
    BatchNormalization(),
    MaxPool2D(pool_size=(2, 2)),
    Conv2D(16, 3, padding="same"),
    Activation(keras.activations.relu),
    Flatten(),
    Dropout(0.2),
    Dense(num_classes, activation="softmax"),
])
model.summary()
print(K.image_data_format(), K.epsilon(), K.floatx())
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
history = model.fit(x_train, y_cat, batch_size=20, epochs=6, verbose=0, validation_split=0.1)
score = model.evaluate(x_train, y_cat, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
assert history.history["loss"][-1] < history.history["loss"][0]
classes = np.argmax(model.predict(x_train, verbose=0), axis=-1)
probs = model.predict(x_train[:1], verbose=0)
assert np.isclose(probs.sum(), 1, atol=1e-4)
model.save("mnist.h5")
again = keras.models.load_model("mnist.h5")
np.testing.assert_allclose(again.predict(x_train, verbose=0), model.predict(x_train, verbose=0), atol=1e-5)
assert again.optimizer is not None and type(again.optimizer).__name__ == "Adam"
print(model.metrics_names, model.optimizer.get_config()["learning_rate"])
print([layer.name for layer in model.layers], model.input_shape, model.output_shape)
model.pop()
model.add(Dense(3, name="new_head"))
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.01, momentum=0.9), loss="mse", metrics=["mae"])
assert model.output_shape == (None, 3)
for i, layer in enumerate(model.layers):
    print(i, layer.name, layer.trainable, [tuple(w.shape) for w in layer.get_weights()])
# sklearn-like use: a generator, and an old-style Sequence
def gen():
    while True:
        yield x_train[:10], np.zeros((10, 3))
model.fit(gen(), steps_per_epoch=3, epochs=1, verbose=0, validation_data=gen(), validation_steps=1)
class Seq(keras.utils.Sequence):
    def __init__(self):
        super().__init__()
    def __len__(self):
        return 4
    def __getitem__(self, i):
        return x_train[i * 10 : i * 10 + 10], np.zeros((10, 3), "float64")
model.fit(Seq(), epochs=1, verbose=0)
logs = model.train_on_batch(x_train[:8], np.zeros((8, 3)))
print(logs)
print(model.test_on_batch(x_train[:8], np.zeros((8, 3)), return_dict=True))
left, right = keras.utils.split_dataset((x_train, y_train), left_size=0.8, shuffle=True, seed=1)
print(left.cardinality() if hasattr(left, "cardinality") else None)
n = keras.utils.normalize(np.array([[3.0, 4.0]]))
np.testing.assert_allclose(n, [[0.6, 0.8]], atol=1e-6)
keras.backend.clear_session()
print("OK")
