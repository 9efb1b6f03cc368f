"""A transformer for texts whose layers hold models and have configs of their own, saved and loaded.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""

import numpy as np
import glbackend as keras
from glbackend import layers, ops

keras.utils.set_random_seed(3)


@keras.saving.register_keras_serializable()
class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.embed_dim, self.num_heads, self.ff_dim, self.rate = embed_dim, num_heads, ff_dim, rate
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="gelu"), layers.Dense(embed_dim)])
        self.norm1 = layers.LayerNormalization(epsilon=1e-6)
        self.norm2 = layers.LayerNormalization(epsilon=1e-6)
        self.drop = layers.Dropout(rate)

    def call(self, inputs, training=None):
        attended = self.norm1(inputs + self.att(inputs, inputs))
        return self.norm2(attended + self.drop(self.ffn(attended), training=training))

    def get_config(self):
        config = super().get_config()
        config.update({"embed_dim": self.embed_dim, "num_heads": self.num_heads, "ff_dim": self.ff_dim,
                       "rate": self.rate})
        return config


class PositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, dim, **kwargs):
        super().__init__(**kwargs)
        self.tokens = layers.Embedding(vocab_size, dim)
        self.positions = layers.Embedding(maxlen, dim)
        self.sizes = {"maxlen": maxlen, "vocab_size": vocab_size, "dim": dim}

    def call(self, x):
        return self.tokens(x) + self.positions(ops.arange(0, ops.shape(x)[-1]))

    def get_config(self):
        return {**super().get_config(), **self.sizes}


inputs = keras.Input((10,))
x = PositionEmbedding(10, 30, 8)(inputs)
x = TransformerBlock(8, 2, 16)(x)
x = layers.GlobalAveragePooling1D()(x)
model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
model.compile(keras.optimizers.AdamW(1e-2, weight_decay=1e-4), "sparse_categorical_crossentropy")
tokens = np.random.default_rng(0).integers(0, 30, (64, 10))
labels = (tokens < 15).mean(1).round().astype("int32")
losses = model.fit(tokens, labels, epochs=8, verbose=0).history["loss"]
assert losses[-1] < losses[0], losses
model.save("model.keras")
loaded = keras.saving.load_model("model.keras", custom_objects={"PositionEmbedding": PositionEmbedding})
assert np.abs(np.array(loaded.predict(tokens, verbose=0)) - np.array(model.predict(tokens, verbose=0))).max() < 1e-6
assert loaded.layers[1].get_config()["vocab_size"] == 30
print("OK")
