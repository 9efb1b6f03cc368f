"""Siamese network, contrastive loss, Lambda distance, and a triplet model.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import ops
from glbackend.layers import Conv2D, Dense, Flatten, Input, Lambda, AveragePooling2D, BatchNormalization

keras.utils.set_random_seed(13)
margin = 1


def euclidean_distance(vects):
    x, y = vects
    sum_square = ops.sum(ops.square(x - y), axis=1, keepdims=True)
    return ops.sqrt(ops.maximum(sum_square, keras.backend.epsilon()))


input = Input((14, 14, 1))
x = BatchNormalization()(input)
x = Conv2D(4, (5, 5), activation="tanh")(x)
x = AveragePooling2D(pool_size=(2, 2))(x)
x = Flatten()(x)
x = BatchNormalization()(x)
x = Dense(10, activation="tanh")(x)
embedding_network = keras.Model(input, x)
input_1 = Input((14, 14, 1))
input_2 = Input((14, 14, 1))
tower_1 = embedding_network(input_1)
tower_2 = embedding_network(input_2)
merge_layer = Lambda(euclidean_distance, output_shape=(1,))([tower_1, tower_2])
normal_layer = BatchNormalization()(merge_layer)
output_layer = Dense(1, activation="sigmoid")(normal_layer)
siamese = keras.Model(inputs=[input_1, input_2], outputs=output_layer)


def loss(margin=1):
    def contrastive_loss(y_true, y_pred):
        square_pred = ops.square(y_pred)
        margin_square = ops.square(ops.maximum(margin - (y_pred), 0))
        return ops.mean((1 - y_true) * square_pred + (y_true) * margin_square)

    return contrastive_loss


siamese.compile(loss=loss(margin=margin), optimizer="RMSprop", metrics=["accuracy"])
siamese.summary()
rng = np.random.default_rng(1)
kinds = rng.integers(0, 2, size=(64, 2))
pictures = rng.normal(0, 0.1, size=(64, 2, 14, 14, 1))
pictures[kinds == 0, :7] += 1
pictures[kinds == 1, 7:] += 1
labels = (kinds[:, 0] != kinds[:, 1]).astype("float32")
history = siamese.fit([pictures[:, 0], pictures[:, 1]], labels, validation_data=([pictures[:16, 0], pictures[:16, 1]], labels[:16]), batch_size=16, epochs=4, verbose=0)
print(history.history["loss"])
assert history.history["loss"][-1] < history.history["loss"][0]
results = siamese.evaluate([pictures[:, 0], pictures[:, 1]], labels, verbose=0)
print("test loss, test acc:", results)

# triplets: operators and slices of symbolic tensors
anchor, positive, negative = Input((14, 14, 1), name="anchor"), Input((14, 14, 1), name="positive"), Input((14, 14, 1), name="negative")
a, p, n = embedding_network(anchor), embedding_network(positive), embedding_network(negative)
ap = ops.sum((a - p) ** 2, axis=-1)
an = ops.sum(ops.square(a - n), -1)
cos = keras.layers.Dot(axes=1, normalize=True)([a, p])
triplet = keras.Model([anchor, positive, negative], ops.stack([ap, an], axis=1))
triplet.compile("adam", loss=lambda y_true, y_pred: ops.maximum(y_pred[:, 0] - y_pred[:, 1] + 0.5, 0.0))
h = triplet.fit([pictures[:, 0], pictures[:, 0], pictures[:, 1]], np.zeros(64), epochs=2, batch_size=32, verbose=0)
assert triplet.output_shape == (None, 2), triplet.output_shape
first = -a[:, 0] / 2 + 1.0
rest = (a[:, 1:3] * 2.0)[..., None]
top = keras.Model(anchor, [first, rest, a[:, ::-1], ops.expand_dims(cos, 1) if False else a[..., -1:] > 0])
outs = top.predict(pictures[:3, 0], verbose=0)
print([o.shape for o in outs])
assert [o.shape for o in outs] == [(3,), (3, 2, 1), (3, 10), (3, 1)]
print("OK")
