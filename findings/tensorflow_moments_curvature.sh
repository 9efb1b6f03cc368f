#!/usr/bin/env bash
# Does TensorFlow differentiate tf.nn.moments twice rightly, as a gradient penalty through a layer normalisation needs?
#
# Guess: yes, the variance is a polynomial: its second derivative is that of the mean of squared distances from the mean.
# Versions: tensorflow-cpu 2.21.0, numpy 2.2.6, Python 3.11.
# Behaviour: the first derivative is right, the second lacks the part that comes by way of the mean: it is 2/n on the
# diagonal and 0 beside it, where 2/n - 2/n^2 and -2/n^2 are right. The same variance written with reduce_mean has both.
# No error, no warning; Keras's LayerNormalization on TensorFlow inherits it, and so does WGAN-GP with such a critic.
# Seen (the variance of 1, 2, 4, 8, its slopes weighed by 1, -2, 3, 0.5, and the slopes of that sum):
#   tf.nn.moments: first [-1.375, -0.875, 0.125, 2.125], second [0.5, -1.0, 1.5, 0.25]
#   by reduce_mean: first [-1.375, -0.875, 0.125, 2.125], second [0.1875, -1.3125, 1.1875, -0.0625]
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  tensorflow-cpu==2.21.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import tensorflow as tf

x = tf.constant([1.0, 2.0, 4.0, 8.0], tf.float64)
weights = tf.constant([1.0, -2.0, 3.0, 0.5], tf.float64)


def by_hand(x):
    return tf.reduce_mean(tf.square(x - tf.reduce_mean(x)))


for name, variance in ("tf.nn.moments", lambda x: tf.nn.moments(x, 0)[1]), ("by reduce_mean", by_hand):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = variance(x)
        first = inner.gradient(value, x)
        total = tf.reduce_sum(first * weights)
    second = outer.gradient(total, x)
    print(f"{name}: first {first.numpy().tolist()}, second {second.numpy().tolist()}")
PYTHON
wanted='tf.nn.moments: first [-1.375, -0.875, 0.125, 2.125], second [0.5, -1.0, 1.5, 0.25]
by reduce_mean: first [-1.375, -0.875, 0.125, 2.125], second [0.1875, -1.3125, 1.1875, -0.0625]'
seen=$(PYTHONPATH="$folder" TF_CPP_MIN_LOG_LEVEL=3 python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]
