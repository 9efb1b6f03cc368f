"""A translator with attention as classes: masks, teacher forcing, a loss that leaves padding out.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as gl
from glbackend import layers, ops
from tests.keras_judge import Judge, init

WANTED = {
    "logits": [3.014533, 2.118501, -2.133854, -2.045769],
    "one": [4.081278, 0.0],
    "w1[0]": [0.1323683, -0.09926105, 0.7292314, -0.07562764],
    "hist.loss": [3.715957, 3.330139, 3.090416],
    "hist.masked_acc": [0.0, 0.0, 0.02964254],
    "p": [0.8421943, 0.9113835, -1.099368, -0.7927906],
    "n": [0.8421943, 0.9113835, -1.099368, -0.7927906],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


V, U = 20, 8
class Encoder(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.embed = layers.Embedding(V, units, mask_zero=True)
        self.rnn = layers.Bidirectional(layers.GRU(units, reset_after=True, recurrent_activation="sigmoid", return_sequences=True), merge_mode="sum")
    def call(self, x):
        e = self.embed(x)
        return self.rnn(e, mask=self.embed.compute_mask(x))
class CrossAttention(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.mha = layers.MultiHeadAttention(num_heads=2, key_dim=units // 2)
        self.norm = layers.LayerNormalization()
        self.add = layers.Add()
    def call(self, x, context, mask=None):
        out, scores = self.mha(query=x, value=context, attention_mask=mask, return_attention_scores=True)
        self.last_shape = scores.shape
        return self.norm(self.add([x, out]))
class Decoder(layers.Layer):
    def __init__(self, units, **kw):
        super().__init__(**kw)
        self.embed = layers.Embedding(V, units, mask_zero=True)
        self.rnn = layers.GRU(units, reset_after=True, recurrent_activation="sigmoid", return_sequences=True, return_state=True)
        self.attn = CrossAttention(units)
        self.out = layers.Dense(V)
    def call(self, context, x, cmask, state=None, return_state=False):
        e = self.embed(x)
        h, state = self.rnn(e, initial_state=state, mask=self.embed.compute_mask(x))
        h = self.attn(h, context, mask=cmask[:, None, :])
        logits = self.out(h)
        return (logits, state) if return_state else logits
class Translator(gl.Model):
    def __init__(self, units):
        super().__init__()
        self.encoder = Encoder(units)
        self.decoder = Decoder(units)
    def call(self, inputs):
        src, tgt = inputs
        ctx = self.encoder(src)
        return self.decoder(ctx, tgt, ops.not_equal(src, 0))
    def translate(self, src, steps=5):
        ctx = self.encoder(src)
        token = ops.ones((src.shape[0], 1), dtype="int32")
        state = None
        out = []
        for _ in range(steps):
            logits, state = self.decoder(ctx, token, ops.not_equal(src, 0), state=state, return_state=True)
            token = ops.cast(ops.argmax(logits, axis=-1), "int32")
            out.append(token)
        return ops.concatenate(out, axis=1)
def masked_loss(y_true, y_pred):
    loss_fn = gl.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    loss = loss_fn(y_true, y_pred)
    mask = ops.cast(y_true != 0, loss.dtype)
    loss *= mask
    return ops.sum(loss) / ops.sum(mask)
def masked_acc(y_true, y_pred):
    y_pred = ops.argmax(y_pred, axis=-1)
    y_pred = ops.cast(y_pred, y_true.dtype)
    match = ops.cast(y_true == y_pred, "float32")
    mask = ops.cast(y_true != 0, "float32")
    return ops.sum(match * mask) / ops.sum(mask)
rng = np.random.RandomState(3)
src = rng.randint(1, V, (16, 7)); tgt = rng.randint(1, V, (16, 6))
for k in range(16):
    src[k, rng.randint(3, 8):] = 0
    tgt[k, rng.randint(2, 7):] = 0
tin = np.concatenate([np.ones((16, 1), int), tgt[:, :-1]], 1)
m = Translator(U)
m((src, tin))
init(m, 5)
report("logits", m((src, tin)))
report("tr", m.translate(src[:3]))
m.compile(optimizer=gl.optimizers.Adam(1e-2, clipnorm=1.0), loss=masked_loss, metrics=[masked_acc])
report("one", m.train_on_batch((src, tin), tgt))
weights("w1", m)
h = m.fit((src, tin), tgt, batch_size=8, epochs=3, shuffle=False, verbose=0)
report("hist", h.history)
report("p", m.predict((src, tin), batch_size=5, verbose=0))
m.save_weights("tr.weights.h5")
n = Translator(U); n((src, tin)); n.load_weights("tr.weights.h5")
report("n", n((src[:2], tin[:2])))
print(m.decoder.attn.last_shape)

assert not WANTED, WANTED
print("OK")
