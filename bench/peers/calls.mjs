// The bench's cases as calls of TensorFlow.js, for the browser (page.js) and for Node (wasm.mjs). Inputs and weights come
// as bytes from tfjs.py, so that the recipe exists once (bench/inputs.py).

const camel = (name) => (name === 're_lu' ? 'reLU' : name.replace(/_(\w)/g, (_, c) => c.toUpperCase()));
const camelKeys = (o) => Object.fromEntries(Object.entries(o).map(([k, v]) => [camel(k), v]));
const numel = (shape) => shape.reduce((a, b) => a * b, 1);

async function bytes(path, params) {
  const answer = await fetch((globalThis.origin_of_arrays ?? '') + path + '?' + new URLSearchParams({ spec: JSON.stringify(params) }));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.arrayBuffer();
}
export async function inputArray(spec) {
  const raw = await bytes('/input', spec);
  return new ({ int32: Int32Array, bool: Uint8Array }[spec.dtype] ?? Float32Array)(raw);
}
const inputTensor = (values, { shape, dtype }) => {
  if (dtype !== 'complex64') return tf.tensor(values, shape, dtype ?? 'float32');
  const parts = [0, 1].map((at) => tf.tensor(values.filter((_, i) => i % 2 === at), shape));
  return tf.complex(...parts);
};
const weight = async (number, shape, name) => tf.tensor(new Float32Array(await bytes('/weight', { number, shape, name })), shape);

// ---- what each case calls ----------------------------------------------------------------------------------------
function layerNorm(x, scale, shift, eps) {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
  return tf.add(tf.mul(tf.mul(centred, inverse), scale), shift);
}
const CALLS = {
  add: ([a, b]) => tf.add(a, b),
  chain10: ([a, b]) => {
    const inner = tf.tanh(tf.sub(tf.relu(tf.add(tf.mul(a, b), a)), b));
    return tf.exp(tf.sigmoid(tf.add(tf.square(tf.mul(inner, a)), b)));
  },
  sum: ([x], { axis }) => tf.sum(x, axis),
  mean: ([x], { axis }) => tf.mean(x, axis),
  max: ([x], { axis }) => tf.max(x, axis),
  transpose: ([x], { perm }) => tf.transpose(x, perm),
  concat: (x, { axis }) => tf.concat(x, axis),
  slice: ([x], { begin, size }) => tf.slice(x, begin, size),
  gather: ([x, i], { axis }) => tf.gather(x, i, axis),
  matmul: ([a, b]) => tf.matMul(a, b),
  conv2d: ([x, f], { strides, pad }) => tf.conv2d(x, f, strides, pad),
  depthwise_conv2d: ([x, f], { strides, pad }) => tf.depthwiseConv2d(x, f, strides, pad),
  fused_conv2d: ([x, filter, bias], attrs) => tf.fused.conv2d({ x, filter, bias, ...attrs }),
  max_pool: ([x], { size, strides, pad }) => tf.maxPool(x, size, strides, pad),
  batch_norm: ([x, mean, variance, offset, scale], { eps }) => tf.batchNorm(x, mean, variance, offset, scale, eps),
  resize_bilinear: ([x], a) => tf.image.resizeBilinear(x, a.size, a.align_corners, a.half_pixel_centers),
  layer_norm: ([x, scale, shift], { eps }) => layerNorm(x, scale, shift, eps),
  cumsum: ([x], { axis }) => tf.cumsum(x, axis),
  topk: ([x], { k }) => tf.topk(x, k).values,
  download: ([x]) => tf.neg(x),
};
// A case of families.json: "#n" is input n; `wrt` asks for the gradient, with the last input as dy; `computed` makes the
// inputs results of an op, that is, on the device and nowhere else.
CALLS.call = (given, _, { call, tfjs, args, wrt, take, computed }) => {
  const x = computed ? given.map((one) => tf.add(one, tf.scalar(0, one.dtype))) : given;
  const path = (tfjs ?? camel(call)).split('.');
  const run = (inputs) => path.reduce((at, part) => at[part], tf)(
    ...args.map((a) => (typeof a === 'string' && a[0] === '#' ? inputs[a.slice(1)] : a)));
  if (wrt !== undefined) return tf.grad((v) => run(x.with(wrt, v)))(x[wrt], x.at(-1));
  return take === undefined ? run(x) : Object.values(run(x))[take];
};
for (const unary of ['relu', 'exp', 'tanh', 'sigmoid', 'softmax']) CALLS[unary] = ([x]) => tf[unary](x);

// ---- models ------------------------------------------------------------------------------------------------------
async function buildLayers(layers) {
  const model = tf.sequential({ layers: layers.map(([name, args]) => tf.layers[camel(name)](camelKeys(args))) });
  await setWeights(model.layers);
  return model;
}
async function setWeights(layers) {
  let number = 0;
  for (const layer of layers) {
    const fresh = [];
    for (const v of layer.weights) fresh.push(await weight(number++, v.shape, v.originalName));
    if (fresh.length) layer.setWeights(fresh);
    tf.dispose(fresh);
  }
}
async function buildTransformer({ tokens, width, heads, blocks, eps }, shapes) {
  const stack = [];
  for (let b = 0; b < blocks; b++) {
    const w = {};
    for (const [i, [name, shape, kind]] of shapes.entries()) w[name] = await weight(b * shapes.length + i, shape, kind);
    stack.push(w);
  }
  const affine = (x, w, c) => tf.add(tf.matMul(x, w), c);
  const split = (x) => tf.transpose(tf.reshape(x, [tokens, heads, width / heads]), [1, 0, 2]);
  const attend = (h, w) => {
    const [q, k, v] = ['q', 'k', 'v'].map((n) => split(affine(h, w['w' + n], w['b' + n])));
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
    const context = tf.transpose(tf.matMul(tf.softmax(scores), v), [1, 0, 2]);
    return affine(tf.reshape(context, [tokens, width]), w.wo, w.bo);
  };
  return (x) => stack.reduce((h, w) => {
    const a = tf.add(h, attend(layerNorm(h, w.gamma1, w.beta1, eps), w));
    const f = tf.relu(affine(layerNorm(a, w.gamma2, w.beta2, eps), w.w1, w.c1));
    return tf.add(a, affine(f, w.w2, w.c2));
  }, x);
}
async function trainer(job, model, x) {
  const y = tf.tensor(await inputArray({ labels: x.shape[0] }), [x.shape[0], 10]);
  const adam = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);
  const variables = model.trainableWeights.map((w) => w.read());
  const last = variables[variables.length - 1];              // updated last, so waiting for it waits for the step
  const losses = [];
  const values = () => Float32Array.from(losses.map((l) => (typeof l === 'number' ? l : l.dataSync()[0])));
  if (job.mode === 'train_on_batch') {
    model.compile({ optimizer: adam, loss: 'categoricalCrossentropy' });
    const call = async () => {
      const loss = await model.trainOnBatch(x, y);
      if (losses.length < 3) losses.push(loss);
      return tf.add(last, 0);
    };
    return { call, values, isAsync: true };
  }
  const loss = () => {
    const p = tf.clipByValue(model.apply(x, { training: true }), 1e-7, 1 - 1e-7);
    return tf.mean(tf.neg(tf.sum(tf.mul(y, tf.log(p)), -1)));
  };
  const call = () => {
    const cost = adam.minimize(loss, true, variables);
    if (losses.length < 3) losses.push(cost); else cost.dispose();
    return tf.add(last, 0);
  };
  return { call, values };
}

// ---- models of the zoo: their files come from the server too --------------------------------------------------------
async function zooModel(job, x) {
  for (const [flag, value] of Object.entries(job.flags)) tf.env().set(flag, value);
  const place = `${globalThis.origin_of_arrays ?? location.origin}/zoo/${job.name}/model.json`;
  let run;
  if (job.layers_model) {
    const model = await tf.loadLayersModel(place);
    run = () => model.predict(x[0], { batchSize: x[0].shape[0] });
  } else {
    const model = await tf.loadGraphModel(place);
    const fed = Object.fromEntries(job.inputs.map(({ name }, i) => [name, x[i]]));
    run = () => model[job.is_async ? 'executeAsync' : 'execute'](fed, job.outputs);
  }
  const listed = (y) => (Array.isArray(y) ? y : [y]);
  const outputs = listed(await run());
  const numbers = outputs.filter((one) => one.dtype !== 'string').flatMap((one) => Array.from(one.dataSync()));
  tf.dispose(outputs);
  const first = (y) => { const [one, ...others] = listed(y); tf.dispose(others); return one; };
  const call = job.is_async ? async () => first(await run()) : () => first(run());
  return { call, values: () => Float32Array.from(numbers), isAsync: job.is_async };
}

// ---- layers: of the same config, that Keras would write ------------------------------------------------------------
async function oneLayer({ class_name, config: layerConfig, inputs, training }, x) {
  const [known] = tf.serialization.SerializationMap.getMap().classNameMap[class_name] ?? [];
  if (!(known?.prototype instanceof tf.layers.Layer)) throw new AbsentError(class_name);
  const names = inputs.map((_, i) => `input_${i}`);
  const layers = inputs.map(({ shape, dtype }, i) => ({
    class_name: 'InputLayer', name: names[i], inbound_nodes: [],
    config: { name: names[i], batch_input_shape: shape, dtype: dtype ?? 'float32' },
  }));
  const calls = names.map((name) => [name, 0, 0]);
  layers.push({ class_name, name: 'it', config: { ...layerConfig, name: 'it' }, inbound_nodes: [calls.map((call) => [...call, {}])] });
  const config = { name: 'model', layers, input_layers: calls, output_layers: [['it', 0, 0]] };
  const layer = (await tf.models.modelFromJSON({ class_name: 'Model', config })).getLayer('it');
  await setWeights([layer]);
  const given = x.length > 1 ? x : x[0];
  return () => {
    const y = layer.apply(given, { training });
    return y === given ? y.clone() : y;
  };
}
export class AbsentError extends Error {}

// What a job times: call() gives the tensor to wait for; values() the numbers to judge, where not that tensor's.
export async function prepare(job) {
  const arrays = [];
  for (const spec of job.inputs) arrays.push(spec.values ?? await inputArray(spec));
  if (job.op === 'upload') {
    const { shape } = job.inputs[0];
    const call = () => tf.tidy(() => tf.slice(tf.tensor(arrays[0], shape), shape.map(() => 0), shape.map(() => 1)));
    const values = () => tf.tidy(() => tf.neg(tf.neg(tf.tensor(arrays[0], shape))).dataSync());
    return { call, values };
  }
  const x = job.inputs.map((spec, i) => inputTensor(arrays[i], spec));
  if (job.op === 'zoo') return zooModel(job, x);
  if (job.op === 'layer') {
    const run = await oneLayer(job, x);
    return { call: () => tf.tidy(run) };
  }
  if (job.op !== 'model') return { call: () => tf.tidy(() => CALLS[job.op](x, job.attrs, job)) };
  if (job.transformer) {
    const run = await buildTransformer(job.transformer, job.weight_shapes);
    return { call: () => tf.tidy(() => run(x[0])) };
  }
  const model = await buildLayers(job.layers);
  if (job.mode !== 'predict') return trainer(job, model, x[0]);
  return { call: () => tf.tidy(() => model.predict(x[0], { batchSize: x[0].shape[0] })) };
}
