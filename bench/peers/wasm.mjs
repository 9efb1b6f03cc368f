// Node's side of `python -m bench cpu`: TensorFlow.js's wasm backend (SIMD, one thread), measured in CPU time.
//   node wasm.mjs FOLDER_OF_NODE_MODULES ORIGIN      jobs are lines of JSON on stdin, answers lines of JSON on stdout
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { prepare } from './calls.mjs';

const [modules, origin] = process.argv.slice(2);
globalThis.origin_of_arrays = origin;
const require = createRequire(modules + '/x.js');
const tf = globalThis.tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');
wasm.setWasmPaths(modules + '/@tensorflow/tfjs-backend-wasm/dist/');
console.log = console.warn = () => {};                       // stdout is for answers
const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\n');

let subject = null;
const run = async () => {
  const y = subject.isAsync ? await subject.call() : subject.call();
  y.dispose();
};
async function serve(job) {
  if (job.prepare) {
    tf.engine().endScope();
    tf.disposeVariables();
    tf.engine().startScope();
    subject = await prepare(job.prepare);
    const y = subject.values ? null : subject.call();
    for (let i = 0; subject.values && i < 3; i++) await run();
    writeFileSync(job.values, Float32Array.from(y ? y.dataSync() : subject.values()));
    y?.dispose();
    return {};
  }
  let least = Infinity;
  for (let group = 0; group < job.groups; group++) {
    const before = process.cpuUsage();
    for (let i = 0; i < job.calls; i++) await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return { ms: least / 1000 / job.calls };
}

await tf.setBackend('wasm');
await tf.ready();
tf.engine().startScope();
say({ version: tf.version.tfjs });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say(await serve(JSON.parse(line)));
  } catch (error) {
    say({ error: String(error?.message ?? error).slice(0, 200) });
  }
}
