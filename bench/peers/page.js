// The browser's side of `python -m bench tfjs`: asks tfjs.py for a case, runs it on TensorFlow.js, sends times and
// values back.
import { AbsentError, inputArray, prepare } from './calls.mjs';

// ---- the clock (the same protocol as bench/timing.py) --------------------------------------------------------------
function wait(t) {                                            // one element read back: all that was queued has run
  tf.tidy(() => {
    const real = t.dtype === 'complex64' ? tf.real(t) : t;
    (t.rank === 0 ? real.clone() : tf.slice(real, t.shape.map(() => 0), t.shape.map(() => 1))).dataSync();
  });
}
const sorted = (a) => Float64Array.from(a).sort();
const median = (a) => { const s = sorted(a), h = s.length >> 1; return s.length % 2 ? s[h] : (s[h - 1] + s[h]) / 2; };
const between = (lo, v, hi) => Math.max(lo, Math.min(hi, v));

async function measure(job, { call, isAsync = false }) {
  const download = job.op === 'download';
  const once = async () => {
    let start = performance.now();
    const y = isAsync ? await call() : call();
    if (download) { wait(y); start = performance.now(); y.dataSync(); } else wait(y);
    const ms = performance.now() - start;
    y.dispose();
    return ms;
  };
  const first_ms = await once();
  let estimate = await once();
  if (estimate < 300) estimate = Math.min(estimate, await once());
  const times = [];
  for (let n = between(3, Math.floor(1200 / estimate), 60); n > 0; n--) times.push(await once());
  const typical = median(times);
  const out = { first_ms, median_ms: typical, min_ms: sorted(times)[0], reps: times.length };
  if (download || isAsync || typical > 1200) return out;
  out.k = between(2, Math.round(400 / typical), 64);
  const blocks = [];
  for (let b = typical > 400 ? 1 : 3; b > 0; b--) {
    const start = performance.now();
    let held = null;                                          // alive until the next result exists: textures alternate
    for (let i = 0; i < out.k; i++) { const y = call(); held?.dispose(); held = y; }
    wait(held);
    blocks.push((performance.now() - start) / out.k);
    held.dispose();
  }
  out.amortised_ms = median(blocks);
  return out;
}

async function run(job) {
  tf.engine().startScope();
  try {
    const prepared = await prepare(job);
    const times = await measure(job, prepared);
    let values = prepared.values?.();
    if (!values) { const y = prepared.call(); values = y.dataSync(); y.dispose(); }
    await fetch('/values', { method: 'POST', body: Float32Array.from(values) });
    return times;
  } catch (error) {
    if (error instanceof AbsentError) return { absent: error.message };
    return { error: String(error?.message ?? error).slice(0, 400) };
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

const post = (path, value) => fetch(path, { method: 'POST', body: JSON.stringify(value) });
async function describe() {
  await tf.setBackend('webgl');
  await tf.ready();
  const { gl } = tf.backend().gpgpu, names = gl.getExtension('WEBGL_debug_renderer_info');
  const renderer = gl.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : gl.RENDERER);
  return { tfjs: tf.version.tfjs, renderer, gl: gl.getParameter(gl.VERSION), isolated: self.crossOriginIsolated };
}
async function firstMatmul() {                                // from the start of the navigation, scripts included
  const [a, b] = [1, 1001].map((seed) => ({ shape: [64, 64], seed }));
  const y = tf.matMul(tf.tensor(await inputArray(a), [64, 64]), tf.tensor(await inputArray(b), [64, 64]));
  y.dataSync();
  return performance.now();
}
try {
  const about = await describe();
  await post('/ready', about);
} catch (error) {
  await post('/ready', { error: String(error?.message ?? error) });
}
for (;;) {
  const job = await (await fetch('/job')).json();             // an empty answer: nothing to do yet, ask again
  if (job.stop) break;
  if (job.cold) await post('/result', { first_matmul_ms: await firstMatmul() });
  else if (job.op) await post('/result', await run(job));
}
