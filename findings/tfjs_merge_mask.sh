#!/usr/bin/env bash
# Which mask does TensorFlow.js's `tf.layers.add` hand on when its inputs are masked embeddings?
#
# Guess: where all inputs are valid, [batch, steps], as in Keras 2, from which it was ported.
# Versions: @tensorflow/tfjs 4.22.0 (its cpu backend), Node 20. tf_keras 2.19.0 gives [[1,1,0,0]] for the first line.
# Behaviour: [1, batch, steps], and the last input has no say: each mask gets a new axis 0, and the loop that joins them
# stops one too early. So it is for every elementwise merge. A recurrent layer behind it takes the axes for others: it
# fails, with padding or without, or, where batch, steps and units are equal, runs and is wrong.
# Seen:
#   masks [1,1,1,0] and [1,1,0,0]: shape [1,1,4], [[[1,1,1,0]]]
#   with [1,0,0,0] as the third: shape [1,1,4], [[[1,1,0,0]]]
#   SimpleRNN behind add, batch 2, 4 steps, 3 units, no padding: Operands could not be broadcast together [...]
#   batch 4, 4 steps, 4 units: runs, outputs equal those with the right mask given: false
#   the same behind a dense layer instead of add: true
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no Node or no package to be had.
set -euo pipefail
command -v npm >/dev/null || { echo "SKIPPED: no npm"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" @tensorflow/tfjs@4.22.0 \
  || { echo "SKIPPED: the package cannot be had"; exit 0; }
cat > try.js <<'JS'
console.warn = () => {};  // the advice to use tfjs-node
const tf = require('@tensorflow/tfjs');

function joined(...masks) {
  const inputs = masks.map(() => tf.zeros([1, 4, 2]));
  const mask = tf.layers.add().computeMask(inputs, masks.map(m => tf.tensor2d([m], [1, 4], 'bool')));
  return `shape ${JSON.stringify(mask.shape)}, ${JSON.stringify(mask.arraySync())}`;
}

// What the model gives for two equal inputs `ids`, and what its recurrent layer gives for the mask of `ids`.
function outputs(ids, units, merge) {
  const input = tf.input({shape: [ids.shape[1]]});
  const embed = () => tf.layers.embedding({inputDim: 6, outputDim: 2, maskZero: true}).apply(input);
  const merged = merge(embed);
  const rnn = tf.layers.simpleRNN({units});
  const model = tf.model({inputs: input, outputs: rnn.apply(merged)});
  const sequence = tf.model({inputs: input, outputs: merged}).predict(ids);
  return [model.predict(ids), rnn.apply(sequence, {mask: ids.notEqual(0)})];
}

async function main() {
  await tf.setBackend('cpu');
  console.log('masks [1,1,1,0] and [1,1,0,0]:', joined([1, 1, 1, 0], [1, 1, 0, 0]));
  console.log('with [1,0,0,0] as the third:', joined([1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]));
  const add = embed => tf.layers.add().apply([embed(), embed()]);
  const dense = embed => tf.layers.dense({units: 2}).apply(embed());
  let told = 'runs';
  try {
    outputs(tf.tensor2d([[1, 2, 3, 4], [4, 3, 2, 1]]), 3, add);
  } catch (error) {
    told = error.message.replace(/ with shapes.*/, ' [...]');
  }
  console.log('SimpleRNN behind add, batch 2, 4 steps, 3 units, no padding:', told);
  const padded = tf.tensor2d([[1, 2, 0, 0], [3, 0, 0, 0], [1, 2, 3, 0], [1, 2, 3, 4]]);
  const same = ([one, other]) => one.sub(other).abs().max().dataSync()[0] < 1e-6;
  console.log('batch 4, 4 steps, 4 units: runs, outputs equal those with the right mask given:',
    same(outputs(padded, 4, add)));
  console.log('the same behind a dense layer instead of add:', same(outputs(padded, 4, dense)));
}
main().catch(error => console.log(String(error)));
JS
wanted='masks [1,1,1,0] and [1,1,0,0]: shape [1,1,4], [[[1,1,1,0]]]
with [1,0,0,0] as the third: shape [1,1,4], [[[1,1,0,0]]]
SimpleRNN behind add, batch 2, 4 steps, 3 units, no padding: Operands could not be broadcast together [...]
batch 4, 4 steps, 4 units: runs, outputs equal those with the right mask given: false
the same behind a dense layer instead of add: true'
seen=$(node try.js 2>/dev/null)
echo "$seen"
[ "$seen" = "$wanted" ]
