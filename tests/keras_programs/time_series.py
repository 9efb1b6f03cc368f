"""Time-series classification and anomaly detection with Conv1D, class-based functional tricks.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras` and `tensorflow`, it
runs there as it stands.
"""
import numpy as np
import glbackend as keras
from glbackend import layers, ops, losses, metrics, optimizers, initializers, regularizers

keras.utils.set_random_seed(21)
x_train = np.random.randn(80, 64)
y_train = np.random.randint(-1, 1, size=80) * 2 + 1
x_train[y_train == 1] += np.sin(np.arange(64) / 3)
x_train = x_train.reshape((x_train.shape[0], x_train.shape[1], 1))
idx = np.random.permutation(len(x_train))
x_train, y_train = x_train[idx], y_train[idx]
y_train[y_train == -1] = 0
num_classes = len(np.unique(y_train))


def make_model(input_shape):
    input_layer = keras.layers.Input(input_shape)
    conv1 = keras.layers.Conv1D(filters=8, kernel_size=3, padding="same")(input_layer)
    conv1 = keras.layers.BatchNormalization()(conv1)
    conv1 = keras.layers.ReLU()(conv1)
    conv2 = layers.Conv1D(8, 3, padding="causal", dilation_rate=2)(conv1)
    conv2 = layers.LayerNormalization()(conv2)
    conv2 = layers.PReLU()(conv2) + conv1
    squeeze = layers.GlobalAveragePooling1D(keepdims=True)(conv2)
    gate = layers.Dense(8, activation="hard_sigmoid")(layers.Dense(2, activation="elu")(squeeze))
    conv2 = conv2 * gate
    conv2 = layers.SpatialDropout1D(0.1)(conv2)
    gap = ops.mean(conv2, axis=1)
    last = conv2[:, -1, :]
    both = ops.concatenate([gap, last], axis=-1)
    both = ops.relu(both) - 0.1
    output_layer = keras.layers.Dense(num_classes, activation="softmax")(both)
    return keras.models.Model(inputs=input_layer, outputs=output_layer)


model = make_model(input_shape=x_train.shape[1:])
model.summary()
model.compile(
    optimizer=optimizers.Adam(0.005), loss=losses.SparseCategoricalCrossentropy(),
    metrics=["sparse_categorical_accuracy", metrics.SparseCategoricalCrossentropy(name="xent")],
)
history = model.fit(
    x_train, y_train, batch_size=16, epochs=3, validation_split=0.2, verbose=0,
    callbacks=[keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=20, min_lr=0.0001)],
)
assert {"sparse_categorical_accuracy", "val_xent"} <= set(history.history)
test_loss, test_acc, _ = model.evaluate(x_train, y_train, verbose=0)
model.save("ts.keras")
again = keras.models.load_model("ts.keras")
np.testing.assert_allclose(again.predict(x_train, verbose=0), model.predict(x_train, verbose=0), atol=1e-5)


# gradients of the inputs (saliency) and of one's own
import glbackend as tf

images = keras.Variable(x_train[:4], dtype="float32")
with tf.GradientTape() as tape:
    pred = model(images, training=False)
    class_idxs_sorted = np.argsort(pred.numpy().flatten())[::-1]
    loss = pred[0][int(class_idxs_sorted[0]) % 2]
grads = tape.gradient(loss, images)
assert grads.shape == (4, 64, 1)
constant = ops.convert_to_tensor(x_train[:2], dtype="float32")
with tf.GradientTape(persistent=True) as tape:
    tape.watch(constant)
    z = ops.sum(constant ** 2)
g = tape.gradient(z, constant)
np.testing.assert_allclose(g.numpy(), 2 * x_train[:2], rtol=1e-5)
h = losses.Huber()(np.array([1.0, 2.0]), np.array([1.5, 4.0]))
print(float(h))
assert abs(float(h) - (0.125 + 1.5) / 2) < 1e-6
m = metrics.Mean()
m.update_state([1, 2, 3])
m.update_state(5, sample_weight=2)
assert abs(float(m.result()) - 16 / 5) < 1e-6
kl = losses.KLDivergence(reduction="none")(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))
assert kl.shape == (1,)
a = ops.convert_to_tensor([[1.0, 2.0], [3.0, 4.0]])
v, i = ops.top_k(a, 1)
lhs = ops.einsum("ij,jk->ik", a, a)
s = ops.where(a > 2, a, 0.0)
u = ops.unstack(a, axis=0) if hasattr(ops, "unstack") else None
r = ops.repeat(a, 2, axis=0)
t = ops.transpose(a)
n = ops.norm(a)
p = ops.pad(a, [[0, 0], [1, 1]])
c = ops.clip(a, 1.5, 3.5)
l = ops.logsumexp(a, axis=-1)
sc = ops.scan(lambda carry, x: (carry + x, carry), ops.zeros((2,)), a)
sg = ops.stop_gradient(a)
seg = ops.segment_sum(ops.array([1.0, 2.0, 3.0]), ops.array([0, 0, 1]), num_segments=2)
lin = ops.linspace(0.0, 1.0, 5)
tk = ops.take(a, [1, 0], axis=1)
ta = ops.take_along_axis(a, ops.argsort(a, axis=1), axis=1)
sl = ops.slice(a, [0, 1], [2, 1])
su = ops.slice_update(a, [0, 0], ops.zeros((1, 1)))
im = ops.image.resize(ops.ones((1, 4, 4, 3)), (2, 2))
fl = ops.flip(a, axis=1)
me = ops.meshgrid(ops.arange(2), ops.arange(3))
va = ops.var(a, axis=0)
cu = ops.cumsum(a, axis=0)
lg = ops.log_softmax(a)
oh = ops.nn.one_hot([0, 1], 3)
bc = ops.broadcast_to(a, (2, 2, 2))
an = ops.any(a > 3), ops.all(a > 0), ops.isnan(a), ops.logical_and(a > 1, a < 3)
fo = ops.fori_loop(0, 3, lambda i, x: x + 1, ops.zeros(()))
wl = ops.while_loop(lambda i: i < 3, lambda i: (i + 1,), (0,))
vm = ops.vectorized_map(lambda x: x * 2, a)
assert float(fo) == 3
print("OK")
