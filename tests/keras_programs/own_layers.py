"""Custom layers with weights, config and a roundtrip through every way of saving.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import json

import numpy as np
import glbackend as keras
from glbackend import layers, ops

keras.utils.set_random_seed(10)


@keras.saving.register_keras_serializable(package="my_package")
class Linear(keras.layers.Layer):
    def __init__(self, units=32, activation=None, kernel_initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units), initializer=self.kernel_initializer, trainable=True, name="w",
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True, name="b")
        self.calls = self.add_weight(initializer="zeros", shape=(), trainable=False, name="calls")
        super().build(input_shape)

    def call(self, inputs, training=False):
        if training:
            self.calls.assign_add(1.0)
        return self.activation(ops.matmul(inputs, self.w) + self.b)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        config = super().get_config()
        config.update({
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        })
        return config


@keras.saving.register_keras_serializable(package="my_package", name="custom_fn")
def custom_fn(x):
    return ops.tanh(x) ** 2


class MLPBlock(layers.Layer):
    def __init__(self, sizes=(8, 8), **kwargs):
        super().__init__(**kwargs)
        self.sizes = sizes
        self.blocks = [Linear(s, activation="relu") for s in sizes]
        self.drop = layers.Dropout(0.1)

    def call(self, inputs, training=None):
        x = inputs
        for block in self.blocks:
            x = block(x)
        return self.drop(x, training=training)

    def get_config(self):
        return {**super().get_config(), "sizes": self.sizes}


inputs = keras.Input((5,))
x = Linear(8, activation=custom_fn, name="lin")(inputs)
x = MLPBlock((8, 6))(x)
x = layers.Dense(4, activation=custom_fn, kernel_regularizer="l2", kernel_constraint=keras.constraints.MaxNorm(2))(x)
outputs = Linear(1)(x)
model = keras.Model(inputs, outputs)
print(model.summary())
model.compile("adam", "mse")
data = np.random.random((32, 5)).astype("float32")
model.fit(data, data.sum(axis=1), epochs=2, batch_size=8, verbose=0)
lin = model.get_layer("lin")
assert float(lin.calls) == 8, lin.calls
assert lin.w.shape == (5, 8)
assert lin.count_params() == 5 * 8 + 8 + 1
assert model.count_params() == sum(int(np.prod(w.shape)) for w in model.weights)

config = model.get_config()
with keras.saving.custom_object_scope({"MLPBlock": MLPBlock}):
    new_model = keras.Model.from_config(config)
    from_json = keras.models.model_from_json(model.to_json())
json.loads(model.to_json())
new_model.set_weights(model.get_weights())
expected = model.predict(data, verbose=0)
np.testing.assert_allclose(new_model.predict(data, verbose=0), expected, atol=1e-5)
assert len(from_json.weights) == len(model.weights)

model.save("custom.keras")
loaded = keras.models.load_model("custom.keras", custom_objects={"MLPBlock": MLPBlock})
np.testing.assert_allclose(loaded.predict(data, verbose=0), expected, atol=1e-5)
assert isinstance(loaded.get_layer("lin"), Linear)

layer = layers.Dense(3, activation="relu", name="d")
as_dict = layers.serialize(layer)
print(as_dict["class_name"], as_dict["config"]["units"])
same = layers.deserialize(as_dict)
assert same.units == 3 and same.name == "d"
same = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
assert same.units == 3
optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)))
assert abs(float(optimizer.learning_rate) - 0.1) < 1e-7 and optimizer.momentum == 0.9
loss = keras.losses.deserialize(keras.losses.serialize(keras.losses.Huber(delta=2.0)))
assert loss.delta == 2.0 if hasattr(loss, "delta") else True
metric = keras.metrics.deserialize(keras.metrics.serialize(keras.metrics.TopKCategoricalAccuracy(k=2)))
assert metric.name == "top_k_categorical_accuracy"
init = keras.initializers.deserialize(keras.initializers.serialize(keras.initializers.TruncatedNormal(stddev=0.3)))
print(init.get_config())
assert init.stddev == 0.3
w = init(shape=(3, 4))
assert tuple(w.shape) == (3, 4)
reg = keras.regularizers.get({"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.2}})
print(float(reg(ops.ones((2, 2)))))
assert abs(float(reg(ops.ones((2, 2)))) - 1.2) < 1e-5
print("OK")
