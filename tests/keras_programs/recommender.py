"""Recommendations: embeddings with a dot product, and two towers that begin with words.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""

import numpy as np
import glbackend as keras
import glbackend as tf
from glbackend import layers, ops

keras.utils.set_random_seed(1)
rs = np.random.RandomState(0)
num_users, num_movies, EMBEDDING_SIZE = 30, 40, 8
x = np.stack([rs.randint(0, 30, 256), rs.randint(0, 40, 256)], 1)
y = rs.rand(256)


class RecommenderNet(keras.Model):
    def __init__(self, num_users, num_movies, embedding_size, **kwargs):
        super().__init__(**kwargs)
        self.user_embedding = layers.Embedding(
            num_users,
            embedding_size,
            embeddings_initializer="he_normal",
            embeddings_regularizer=keras.regularizers.l2(1e-6),
        )
        self.user_bias = layers.Embedding(num_users, 1)
        self.movie_embedding = layers.Embedding(
            num_movies,
            embedding_size,
            embeddings_initializer="he_normal",
            embeddings_regularizer=keras.regularizers.l2(1e-6),
        )
        self.movie_bias = layers.Embedding(num_movies, 1)

    def call(self, inputs):
        user_vector = self.user_embedding(inputs[:, 0])
        user_bias = self.user_bias(inputs[:, 0])
        movie_vector = self.movie_embedding(inputs[:, 1])
        movie_bias = self.movie_bias(inputs[:, 1])
        dot_user_movie = ops.tensordot(user_vector, movie_vector, 2)
        x = dot_user_movie + user_bias + movie_bias
        return ops.nn.sigmoid(x)


model = RecommenderNet(num_users, num_movies, EMBEDDING_SIZE)
model.compile(loss=keras.losses.BinaryCrossentropy(), optimizer=keras.optimizers.Adam(learning_rate=0.001))
history = model.fit(
    x=x[:230], y=y[:230], batch_size=64, epochs=2, verbose=0, validation_data=(x[230:], y[230:])
)
assert sorted(history.history) == ["loss", "val_loss"]
assert ops.convert_to_numpy(model.predict(x[:5], verbose=0)).flatten().argsort().shape == (5,)
# two tower with string lookup
user_vocab = ["u%d" % i for i in range(10)]


def embedding_encoder(vocabulary, embedding_dim, num_oov_indices=0, name=None):
    return keras.Sequential(
        [
            layers.StringLookup(vocabulary=vocabulary, mask_token=None, num_oov_indices=num_oov_indices),
            layers.Embedding(input_dim=len(vocabulary) + num_oov_indices, output_dim=embedding_dim),
        ],
        name=f"{name}_embedding" if name else None,
    )


user_input = layers.Input(name="user_id", shape=(), dtype="string")
ux = embedding_encoder(user_vocab, 4, name="user")(user_input)
iv = layers.Input(name="movie_id", shape=(), dtype="string")
ix = embedding_encoder(["m1", "m2"], 4, name="movie")(iv)
lg = layers.Dot(axes=1, normalize=False, name="dot_similarity")([ux, ix])
pr = keras.activations.sigmoid(lg) * 5
bm = keras.Model(inputs=[user_input, iv], outputs=pr, name="baseline_model")
bm.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss=keras.losses.MeanSquaredError(),
    metrics=[keras.metrics.MeanAbsoluteError(name="mae")],
)
ds = tf.data.Dataset.from_tensor_slices(
    ({"user_id": np.array(user_vocab), "movie_id": np.array(["m1", "m2"] * 5)}, np.arange(10.0) % 5)
).batch(5)
bm.fit(ds, epochs=1, verbose=0)
rates = ops.convert_to_numpy(bm.predict(ds, verbose=0))
user = bm.get_layer("user_embedding").layers[-1].get_weights()[0]
movie = bm.get_layer("movie_embedding").layers[-1].get_weights()[0]
scores = np.sum(np.asarray(user)[np.arange(10)] * np.asarray(movie)[np.arange(10) % 2], axis=1)
assert np.allclose(rates, 5 / (1 + np.exp(-scores[:, None])), atol=1e-5)

# pictures of one channel come without it
picture = layers.Input((14, 14, 1))
vector = layers.Dense(4)(layers.Flatten()(layers.Conv2D(2, 5, activation="tanh")(picture)))
encoder = keras.Model(picture, vector)
first, second = layers.Input((14, 14, 1)), layers.Input((14, 14, 1))
distance = layers.Lambda(
    lambda pair: ops.sum(ops.square(pair[0] - pair[1]), axis=1, keepdims=True), output_shape=(1,)
)
twins = keras.Model(
    [first, second], layers.Dense(1, activation="sigmoid")(distance([encoder(first), encoder(second)]))
)
twins.compile("rmsprop", "binary_crossentropy")
pictures = rs.rand(8, 14, 14).astype("float32")
twins.fit([pictures, pictures[::-1]], np.arange(8) % 2, epochs=1, verbose=0)
found = ops.convert_to_numpy(twins.predict([pictures, pictures], verbose=0))
assert found.shape == (8, 1) and np.allclose(found, found[0])
print("OK")
