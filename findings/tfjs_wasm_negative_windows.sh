#!/usr/bin/env bash
# Where does TensorFlow.js's wasm backend send the gradient of a max pool whose window holds no positive number?
#
# Guess: to the window's maximum, as its own cpu backend does and as finite differences say.
# Versions: @tensorflow/tfjs 4.22.0, @tensorflow/tfjs-backend-wasm 4.22.0 (SIMD), Node 20.
# Behaviour: to the very first number of the whole batch if that lies in the window, and nowhere if not. The kernels
# start their search for a maximum from the smallest positive float32 (std::numeric_limits<float>::min()), not from the
# lowest. For the same reason the forward passes of maxPool3d and dilation2d give 1.17549e-38 there; the forward pass of
# maxPool is another kernel and is right, so only training goes wrong.
# Seen:
#   x = [-2,-1,-4,-3] in windows of 2
#   maxPool cpu [-1,-3] wasm [-1,-3]
#   gradient of its sum: cpu [0,1,0,1] wasm [1,0,0,0], by finite differences on wasm [0,1,0,1]
#   gradient at x + 5: cpu [0,1,0,1] wasm [0,1,0,1]
#   maxPool3d cpu [-1,-3] wasm [1.17549e-38,1.17549e-38]
#   dilation2d cpu [-1,-1,-3] wasm [1.17549e-38,1.17549e-38,1.17549e-38]
# Exits 0 where that is so, 1 where it changed, 0 with SKIPPED where there is no Node or no package to be had.
set -euo pipefail
command -v npm >/dev/null || { echo "SKIPPED: no npm"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" \
  @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0 || { echo "SKIPPED: the packages cannot be had"; exit 0; }
cat > try.js <<'JS'
console.warn = () => {};  // the advice to use tfjs-node
const tf = require('@tensorflow/tfjs');
require('@tensorflow/tfjs-backend-wasm');
const values = [-2, -1, -4, -3];
const pool = x => tf.maxPool(x, [1, 2], [1, 2], 'valid');
const text = numbers => JSON.stringify(Array.from(numbers, v => Number(v.toPrecision(6))));
const show = tensor => text(tensor.dataSync());

function byFiniteDifferences() {
  const sum = numbers => pool(tf.tensor(numbers, [1, 1, 4, 1])).sum().dataSync()[0];
  const moved = (i, step) => values.map((v, j) => v + (i === j ? step : 0));
  return text(values.map((_, i) => sum(moved(i, 0.25)) - sum(moved(i, -0.25))).map(d => d / 0.5));
}

async function main() {
  const seen = {};
  for (const backend of ['cpu', 'wasm']) {
    if (!await tf.setBackend(backend)) throw new Error(`no backend ${backend}`);
    const x = tf.tensor(values, [1, 1, 4, 1]);
    seen[backend] = {
      pooled: show(pool(x)),
      gradient: show(tf.grad(pool)(x)),
      positive: show(tf.grad(pool)(x.add(5))),
      pooled3d: show(tf.maxPool3d(x.reshape([1, 1, 1, 4, 1]), [1, 1, 2], [1, 1, 2], 'valid')),
      dilated: show(tf.dilation2d(x, tf.zeros([1, 2, 1]), 1, 'valid')),
    };
  }
  const both = name => `cpu ${seen.cpu[name]} wasm ${seen.wasm[name]}`;
  console.log(`x = ${text(values)} in windows of 2`);
  console.log(`maxPool ${both('pooled')}`);
  console.log(`gradient of its sum: ${both('gradient')}, by finite differences on wasm ${byFiniteDifferences()}`);
  console.log(`gradient at x + 5: ${both('positive')}`);
  console.log(`maxPool3d ${both('pooled3d')}`);
  console.log(`dilation2d ${both('dilated')}`);
}
main().catch(error => console.log(String(error)));
JS
wanted='x = [-2,-1,-4,-3] in windows of 2
maxPool cpu [-1,-3] wasm [-1,-3]
gradient of its sum: cpu [0,1,0,1] wasm [1,0,0,0], by finite differences on wasm [0,1,0,1]
gradient at x + 5: cpu [0,1,0,1] wasm [0,1,0,1]
maxPool3d cpu [-1,-3] wasm [1.17549e-38,1.17549e-38]
dilation2d cpu [-1,-1,-3] wasm [1.17549e-38,1.17549e-38,1.17549e-38]'
seen=$(node try.js 2>/dev/null)
echo "$seen"
[ "$seen" = "$wanted" ]
