"""Transformer block (text), positional embedding layer; a small GPT with a causal mask and generation.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import ops, layers

keras.utils.set_random_seed(14)


class TransformerBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs):
        attn_output = self.att(inputs, inputs)
        attn_output = self.dropout1(attn_output)
        out1 = self.layernorm1(inputs + attn_output)
        ffn_output = self.ffn(out1)
        ffn_output = self.dropout2(ffn_output)
        return self.layernorm2(out1 + ffn_output)


class TokenAndPositionEmbedding(layers.Layer):
    def __init__(self, maxlen, vocab_size, embed_dim):
        super().__init__()
        self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

    def call(self, x):
        maxlen = ops.shape(x)[-1]
        positions = ops.arange(start=0, stop=maxlen, step=1)
        positions = self.pos_emb(positions)
        x = self.token_emb(x)
        return x + positions


vocab_size, maxlen, embed_dim, num_heads, ff_dim = 50, 12, 16, 2, 16
sequences = [list(np.random.randint(1, vocab_size, size=np.random.randint(4, 20))) for _ in range(64)]
x_train = keras.utils.pad_sequences(sequences, maxlen=maxlen)
y_train = (np.array([s[-1] for s in x_train]) > 25).astype("int64")
inputs = layers.Input(shape=(maxlen,))
embedding_layer = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)
x = embedding_layer(inputs)
transformer_block = TransformerBlock(embed_dim, num_heads, ff_dim)
x = transformer_block(x)
x = layers.GlobalAveragePooling1D()(x)
x = layers.Dropout(0.1)(x)
x = layers.Dense(20, activation="relu")(x)
outputs = layers.Dense(2, activation="softmax")(x)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=16, epochs=2, validation_data=(x_train[:8], y_train[:8]), verbose=0)
assert np.isfinite(history.history["loss"]).all()


def causal_attention_mask(batch_size, n_dest, n_src, dtype):
    i = ops.arange(n_dest)[:, None]
    j = ops.arange(n_src)
    m = i >= j - n_src + n_dest
    mask = ops.cast(m, dtype)
    return ops.reshape(mask, [1, n_dest, n_src])


class CausalBlock(layers.Layer):
    def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads, embed_dim)
        self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="gelu"), layers.Dense(embed_dim)])
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)

    def call(self, inputs):
        input_shape = ops.shape(inputs)
        batch_size = input_shape[0]
        seq_len = input_shape[1]
        causal_mask = causal_attention_mask(batch_size, seq_len, seq_len, "bool")
        attention_output = self.att(inputs, inputs, attention_mask=causal_mask)
        attention_output = self.dropout1(attention_output)
        out1 = self.layernorm1(inputs + attention_output)
        return self.layernorm2(out1 + self.ffn(out1))


inputs = layers.Input(shape=(maxlen,), dtype="int32")
x = TokenAndPositionEmbedding(maxlen, vocab_size, embed_dim)(inputs)
x = CausalBlock(embed_dim, num_heads, ff_dim)(x)
outputs = layers.Dense(vocab_size)(x)
gpt = keras.Model(inputs=inputs, outputs=[outputs, x])
loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
gpt.compile("adam", loss=[loss_fn, None])
text = np.tile(np.arange(maxlen + 1) % 5 + 1, (32, 1))
first = gpt.fit(text[:, :-1], text[:, 1:], epochs=1, batch_size=8, verbose=0).history["loss"][0]
last = gpt.fit(text[:, :-1], text[:, 1:], epochs=6, batch_size=8, verbose=0).history["loss"][-1]
assert last < first


def sample_from(logits, k=3):
    logits, indices = ops.top_k(logits, k=k, sorted=True)
    indices = np.asarray(indices).astype("int32")
    preds = keras.activations.softmax(ops.expand_dims(logits, 0))[0]
    preds = np.asarray(preds).astype("float64")
    return np.random.choice(indices, p=preds / preds.sum())


tokens = [1, 2, 3]
while len(tokens) < 8:
    x = np.array([tokens + [0] * (maxlen - len(tokens))])
    y, _ = gpt.predict(x, verbose=0)
    tokens.append(sample_from(y[0][len(tokens) - 1]))
print(tokens)
# the future does not matter: causal
a, _ = gpt(np.ones((1, maxlen), "int32"))
b = np.ones((1, maxlen), "int32")
b[0, -1] = 7
np.testing.assert_allclose(ops.convert_to_numpy(gpt(b)[0])[0, :-1], ops.convert_to_numpy(a)[0, :-1], atol=1e-4)
mha = layers.MultiHeadAttention(2, 4)
q = keras.Input((6, 8))
o, s = mha(q, q, return_attention_scores=True, use_causal_mask=True)
print(o.shape, s.shape)
assert o.shape == (None, 6, 8) and s.shape == (None, 2, 6, 6)
att = layers.Attention()([q, q])
add = layers.AdditiveAttention()([q, q])
cat = layers.Concatenate(axis=-1)([att, add])
assert cat.shape == (None, 6, 16)
print("OK")
