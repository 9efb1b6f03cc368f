#!/usr/bin/env bash
# Does a recurrent layer of Keras 3 skip padded steps when it is given `initial_state` (a decoder, say)?
#
# Guess: yes. The mask that Masking or Embedding(mask_zero=True) left on the sequence reaches the layer as it does
# without an initial state, and as it does in tf_keras 2.19.0, where all three layers skip the steps.
# Versions: keras 3.15.1 on jax 0.6.0, numpy 2.2.6, Python 3.11.
# Behaviour: no, and nothing is said. `Layer.__call__` fills the argument `mask` only if a single argument holds tensors;
# with two it looks for arguments `sequence_mask` and `initial_state_mask`, which recurrent layers do not have.
# `mask=` given by hand is heeded. It is so in eager calls and in functional models.
# Seen:
#   a sequence of 2 steps and 2 padded ones; is the output that of the 2 steps alone?
#   SimpleRNN: no state True, initial_state False, in a model False, initial_state and mask= True
#   GRU: no state True, initial_state False, in a model False, initial_state and mask= True
#   LSTM: no state True, initial_state False, in a model False, initial_state and mask= True
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no package to be had.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target "$folder" \
  keras==3.15.1 jax==0.6.0 jaxlib==0.6.0 numpy==2.2.6 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > "$folder/try.py" <<'PYTHON'
import keras, numpy as np
from keras import layers
short = np.random.default_rng(0).normal(size=(1, 2, 2)).astype("float32")
padded = np.concatenate([short, np.zeros_like(short)], axis=1)
masking = layers.Masking(mask_value=0.0)
print("a sequence of 2 steps and 2 padded ones; is the output that of the 2 steps alone?")
for kind, count in (layers.SimpleRNN, 1), (layers.GRU, 1), (layers.LSTM, 2):
    layer = kind(3)
    state = [np.full((1, 3), 0.5, "float32")] * count
    sequence, states = keras.Input((4, 2)), [keras.Input((3,)) for _ in state]
    model = keras.Model([sequence, *states], layer(masking(sequence), initial_state=states))
    masked = masking(padded)
    alone, alone_from_state = layer(short), layer(short, initial_state=state)
    by_hand = layer(masked, initial_state=state, mask=np.array([[True, True, False, False]]))
    print(
        f"{kind.__name__}: no state {np.allclose(layer(masked), alone)},",
        f"initial_state {np.allclose(layer(masked, initial_state=state), alone_from_state)},",
        f"in a model {np.allclose(model([padded, *state]), alone_from_state)},",
        f"initial_state and mask= {np.allclose(by_hand, alone_from_state)}",
    )
PYTHON
wanted='a sequence of 2 steps and 2 padded ones; is the output that of the 2 steps alone?
SimpleRNN: no state True, initial_state False, in a model False, initial_state and mask= True
GRU: no state True, initial_state False, in a model False, initial_state and mask= True
LSTM: no state True, initial_state False, in a model False, initial_state and mask= True'
seen=$(PYTHONPATH="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu python3 "$folder/try.py" 2>/dev/null) || true
echo "$seen"
[ "$seen" = "$wanted" ]
