// Loads graph models with TensorFlow.js and runs them: `node tfjs_graph.mjs MODULES FOLDER...`.
// Each folder holds a model and inputs.json ({name: {dtype, shape, values}}); results go to stdout as one JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, ...folders] = process.argv.slice(2);
const tf = createRequire(join(modules, "index.js"))("@tensorflow/tfjs");
await tf.setBackend("cpu");

async function run(folder) {
  const { weightsManifest, ...model } = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
  const parts = weightsManifest.flatMap((group) => group.paths.map((path) => readFileSync(join(folder, path))));
  const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const loaded = await tf.loadGraphModel(tf.io.fromMemory({ ...model, weightSpecs, weightData }));
  const inputs = {};
  for (const [name, one] of Object.entries(JSON.parse(readFileSync(join(folder, "inputs.json"), "utf8")))) {
    const values = one.values.map((value) => (typeof value === "string" ? Number(value) : value));
    inputs[name] = tf.tensor(values, one.shape, one.dtype);
  }
  const names = Object.values(model.signature.outputs).map((output) => output.name);
  const found = [loaded.execute(inputs, names)].flat();
  return found.map((one) => ({
    dtype: one.dtype, shape: one.shape, values: Array.from(one.dataSync(), (value) => Number.isFinite(value) ? value : String(value)),
  }));
}

const results = [];
for (const folder of folders) {
  results.push(await run(folder).catch((error) => ({ error: String(error.message ?? error) })));
}
console.log(JSON.stringify(results));
