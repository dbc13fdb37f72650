// Our kernels side by side with ggml's, on the same weights, in one run. After `npm run build`:
//
//   node benchmarks/quantize/run.mjs [--ggml path/to/libggml-base.so] [--python python3] [--types Q4_K,Q8_0]
//
// One thread against one thread by processor time, interleaved, medians; then all threads against all by the clock.
// The peer needs Python with numpy. Without --ggml (or SLIPWAY_GGML) only our side is measured.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tensorType } from '../../dist/src/gguf/index.js';
import { createEncoderPool, createLocalEncoder } from '../../dist/src/quantize/index.js';
import { startPeer } from './peer.mjs';
import { makeImportance, makeWeights } from './weights.mjs';

const TYPES = [
  'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K', 'IQ4_NL', 'IQ4_XS', 'IQ3_S', 'IQ3_XXS',
  'IQ2_S', 'IQ2_XS', 'IQ2_XXS', 'IQ1_M', 'IQ1_S', 'TQ1_0', 'TQ2_0', 'MXFP4', 'NVFP4', 'Q1_0', 'Q2_0',
]; // prettier-ignore
const NEEDS_IMPORTANCE = new Set(['IQ2_XXS', 'IQ2_XS', 'IQ1_S']);
const ROW_LENGTH = 4096;

const { values: options } = parseArgs({
  options: {
    ggml: { type: 'string', default: process.env.SLIPWAY_GGML ?? '' },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    types: { type: 'string', default: TYPES.join(',') },
    rounds: { type: 'string', default: '7' },
    weights: { type: 'string', default: String(2 ** 20) },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const weights = makeWeights(Math.ceil(Number(options.weights) / ROW_LENGTH) * ROW_LENGTH);
const importance = makeImportance(ROW_LENGTH);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rate = (seconds) => weights.length / seconds / 1e6;
const show = (number, digits = 1) => (number === undefined ? '-' : number.toFixed(digits));

function jobFor(to, important, part = weights) {
  const job = {
    from: 'F32',
    to,
    input: new Uint8Array(part.slice().buffer),
    rowLength: ROW_LENGTH,
    tensor: 'benchmark',
  };
  return important ? { ...job, importance } : job;
}

// One buffer, refilled for every run: what allocating and collecting costs is not the kernels' affair.
const input = new Float32Array(weights.length);

/** Processor seconds for all weights `repeat` times on this thread, and the digest of what was stored. */
async function runOurs(encoder, type, important, repeat) {
  let [cpu, bytes] = [0, new Uint8Array()];
  for (let i = 0; i < repeat; i++) {
    input.set(weights);
    const job = { ...jobFor(type, important, weights.subarray(0, 0)), input: new Uint8Array(input.buffer) };
    const before = process.cpuUsage();
    bytes = await encoder.encode(job);
    const { user, system } = process.cpuUsage(before);
    cpu += (user + system) / 1e6;
  }
  return { cpu: cpu / repeat, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function peerTask(type, important, threads, repeat) {
  const { id, blockLength, blockSize } = tensorType(type);
  return { id, blockLength, blockSize, importance: important, threads, repeat };
}

/** One type, one thread each, turn by turn. */
async function compareOne(encoder, peer, type, important) {
  // V8 optimizes while the first runs go on; they do not count.
  const first = await runOurs(encoder, type, important, 4);
  const repeat = Math.max(1, Math.min(16, Math.round(0.05 / first.cpu)));
  const [ours, theirs] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await runOurs(encoder, type, important, repeat));
    if (peer !== undefined) theirs.push(await peer.run(peerTask(type, important, 1, repeat > 4 ? 4 : 1)));
  }
  return {
    ours: rate(median(ours.map(({ cpu }) => cpu))),
    theirs: peer === undefined ? undefined : rate(median(theirs.map(({ cpu }) => cpu))),
    equal: peer === undefined ? undefined : ours.every(({ sha256 }) => sha256 === theirs[0].sha256),
  };
}

/** Seconds by the clock for all weights `repeat` times, in chunks of 64 rows, on a pool. */
async function runPool(pool, type, repeat) {
  const size = 64 * ROW_LENGTH;
  const jobs = [];
  for (let i = 0; i < repeat; i++)
    for (let at = 0; at < weights.length; at += size) jobs.push(jobFor(type, false, weights.subarray(at, at + size)));
  const started = performance.now();
  let next = 0;
  const feed = async () => {
    while (next < jobs.length) await pool.encode(jobs[next++]);
  };
  await Promise.all(Array.from({ length: pool.width }, feed));
  return (performance.now() - started) / 1000 / repeat;
}

/** One type on one worker, on all of them, and on all threads of the peer, turn by turn. */
async function compareAll(pools, peer, type) {
  const repeat = 4;
  const [one, all, theirs] = [[], [], []];
  for (const pool of pools) await runPool(pool, type, repeat);
  for (let round = 0; round < rounds; round++) {
    one.push(await runPool(pools[0], type, repeat));
    all.push(await runPool(pools[1], type, repeat));
    if (peer !== undefined) theirs.push((await peer.run(peerTask(type, false, threads, repeat))).wall);
  }
  return {
    one: rate(median(one)),
    all: rate(median(all)),
    theirs: peer === undefined ? undefined : rate(median(theirs)),
  };
}

function printMachine(peer) {
  const load = loadavg().map((value) => value.toFixed(1));
  console.log(`node ${process.version}, ${cpus()[0]?.model}, ${availableParallelism()} threads, ` +
      `${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${load.join(' ')}`); // prettier-ignore
  console.log(
    peer === undefined ? 'peer: none (name a libggml-base with --ggml or SLIPWAY_GGML)' : `peer: ggml ${peer.version}`,
  );
  console.log(`${weights.length} weights in rows of ${ROW_LENGTH}, medians of ${rounds} interleaved rounds\n`);
}

async function start(folder) {
  if (options.ggml === '') return undefined;
  const files = { weights: join(folder, 'weights.f32'), importance: join(folder, 'importance.f32') };
  await writeFile(files.weights, weights);
  await writeFile(files.importance, importance);
  return startPeer({ python: options.python, ggml: options.ggml, ...files });
}

const folder = await mkdtemp(join(tmpdir(), 'slipway-benchmark-'));
const peer = await start(folder);
printMachine(peer);

const encoder = createLocalEncoder('wasm');
console.log('one thread, processor time    ours M/s   ggml M/s   ratio   bytes equal');
const known = [];
for (const type of options.types.split(',')) {
  for (const important of NEEDS_IMPORTANCE.has(type) ? [true] : [false, true]) {
    const result = await compareOne(encoder, peer, type, important).catch((error) => error);
    const name = `${type}${important ? ', importance' : ''}`.padEnd(28);
    if (result instanceof Error) {
      console.log(`${name}${result.message}`);
      break;
    }
    if (!important) known.push(type);
    const ratio = result.theirs === undefined ? undefined : result.ours / result.theirs;
    const equal = result.equal === undefined ? '-' : result.equal ? 'yes' : 'NO';
    console.log(
      `${name}${show(result.ours).padStart(10)} ${show(result.theirs).padStart(10)} ${show(ratio, 2).padStart(7)}   ${equal}`,
    );
    if (result.equal === false) process.exitCode = 1;
  }
}

console.log(`\nall threads, by the clock     1 worker  ${threads} workers    gain   ggml M/s   ratio`);
const pools = [createEncoderPool({ threads: 1, kernel: 'wasm' }), createEncoderPool({ threads, kernel: 'wasm' })];
for (const type of ['Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'].filter((type) => known.includes(type))) {
  const { one, all, theirs } = await compareAll(pools, peer, type);
  const ratio = theirs === undefined ? undefined : all / theirs;
  console.log(
    `${type.padEnd(28)}${show(one).padStart(10)} ${show(all).padStart(10)} ${show(all / one, 2).padStart(7)} ${show(theirs).padStart(10)} ${show(ratio, 2).padStart(7)}`,
  );
}
await Promise.all(pools.map((pool) => pool.close()));
peer?.close();
await rm(folder, { recursive: true });
