"""A U-Net with skip connections, a Dice loss of one's own, weights of examples and of pixels.

A program of Keras 3.15: but for its import lines, where `glbackend` stands for `keras`, it runs there as it
stands. WANTED is what Keras comes to.
"""
import numpy as np
import glbackend as gl
from glbackend import layers
from tests.keras_judge import Judge, init

WANTED = {
    "pred": [0.7069312, 0.5834291, 0.1738459, 0.3278883],
    "one": [0.2565329, 0.3846908, 0.3876953, 0.5168106],
    "w1[0]": [0.4873252, -0.1835507, -0.1584349, -0.3218463],
    "hist.loss": [0.295958, 0.2933814],
    "hist.val_iou": [0.398858, 0.4009471],
    "w2[5]": [0.05889334, 0.03636885, -0.2013871, 0.1136763],
    "again": [0.6140698, 0.6030673, 0.6105554, 0.6169938],
    "ev.loss": [0.2919014],
    "pix": [0.2603817],
    "w3[0]": [0.4889048, -0.1844613, -0.1573866, -0.3233116],
}


judge = Judge(WANTED)
report, weights = judge.report, judge.weights


@gl.saving.register_keras_serializable(package="seg")
class DiceLoss(gl.losses.Loss):
    def __init__(self, smooth=1.0, name="dice", reduction="sum_over_batch_size", **kw):
        super().__init__(name=name, reduction=reduction, **kw)
        self.smooth = smooth
    def call(self, y_true, y_pred):
        y_true = gl.ops.cast(y_true, y_pred.dtype)
        axes = tuple(range(1, len(y_pred.shape)))
        inter = gl.ops.sum(y_true * y_pred, axis=axes)
        union = gl.ops.sum(y_true, axis=axes) + gl.ops.sum(y_pred, axis=axes)
        return 1.0 - (2.0 * inter + self.smooth) / (union + self.smooth)
    def get_config(self):
        return {**super().get_config(), "smooth": self.smooth}

def block(x, f, name):
    x = layers.Conv2D(f, 3, padding="same", use_bias=False, name=name + "_c1")(x)
    x = layers.BatchNormalization(momentum=0.9, name=name + "_bn")(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(f, 3, padding="same", activation="relu", name=name + "_c2")(x)
    return x

def unet():
    i = gl.Input((16, 16, 2))
    skips = []
    x = i
    for k, f in enumerate((4, 8)):
        x = block(x, f, f"d{k}")
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = block(x, 12, "mid")
    for k, (f, s) in enumerate(zip((8, 4), reversed(skips))):
        x = layers.Conv2DTranspose(f, 2, strides=2, padding="same", name=f"u{k}_t")(x)
        x = layers.Concatenate()([x, s])
        x = block(x, f, f"u{k}")
    o = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    return gl.Model(i, o, name="unet")

m = init(unet(), 1)
rng = np.random.RandomState(0)
x = rng.rand(12, 16, 16, 2).astype("float32")
y = (rng.rand(12, 16, 16, 1) > 0.6).astype("uint8")
sw = rng.rand(12).astype("float32")
report("pred", m.predict(x, verbose=0))
m.compile(optimizer=gl.optimizers.SGD(0.05, momentum=0.9, nesterov=True), loss=DiceLoss(),
          metrics=[gl.metrics.BinaryIoU(target_class_ids=[1], threshold=0.5, name="iou"), "accuracy"],
          weighted_metrics=[gl.metrics.MeanIoU(num_classes=2, sparse_y_pred=True, name="miou") if False else "mae"])
report("one", m.train_on_batch(x[:4], y[:4], sample_weight=sw[:4]))
weights("w1", m)
h = m.fit(x, y, sample_weight=sw, batch_size=4, epochs=2, shuffle=False, validation_data=(x[:5], y[:5], sw[:5]), verbose=0)
report("hist", h.history)
weights("w2", m)
m.save("unet.keras")
again = gl.models.load_model("unet.keras")
assert isinstance(again.loss, DiceLoss) and again.loss.smooth == 1.0
report("again", again.predict(x[:2], verbose=0))
pass
report("ev", again.evaluate(x, y, sample_weight=sw, batch_size=5, verbose=0, return_dict=True))
report("fwd_train", again(x[:3], training=True))
print(m.count_params(), [l.name for l in m.layers if isinstance(l, layers.Conv2DTranspose)])
m.compile(loss=lambda t, p: gl.ops.mean(gl.ops.abs(t - p), axis=-1), optimizer=gl.optimizers.Adam())
pw = rng.rand(12, 16, 16).astype("float32")
report("pix", m.train_on_batch(x, y.astype("float32"), sample_weight=pw, return_dict=True)["loss"])
weights("w3", m)

assert not WANTED, WANTED
print("OK")
