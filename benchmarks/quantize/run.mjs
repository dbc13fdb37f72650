// Our kernels side by side with ggml's, on the same weights, in one run: see --help.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { tensorType } from '../../dist/src/gguf/index.js';
import { createEncoderPool } from '../../dist/src/quantize/index.js';
import { prepareSetup } from '../../dist/src/quantize/pool-kernels.js';
import { encodeRows } from '../../dist/workers/encode-rows.js';
import { engineMaker } from '../../dist/workers/engines.js';
import { createMemory, rowsIn } from '../../dist/workers/row-memory.js';
import { machineFacts, publishData, rateBars } from '../harness.mjs';
import { startPeer } from './peer.mjs';
import { makeImportance, makeWeights } from './weights.mjs';

const TYPES = [
  'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K', 'IQ4_NL', 'IQ4_XS', 'IQ3_S', 'IQ3_XXS',
  'IQ2_S', 'IQ2_XS', 'IQ2_XXS', 'IQ1_M', 'IQ1_S', 'TQ1_0', 'TQ2_0', 'MXFP4', 'NVFP4', 'Q1_0', 'Q2_0',
]; // prettier-ignore
const NEEDS_IMPORTANCE = new Set(['IQ2_XXS', 'IQ2_XS', 'IQ1_S']);
const ROW_LENGTH = 4096;

const HELP = `Quantizes the same weights with our kernels and with ggml's, and compares speed and bytes.

usage: npm run bench:quantize -- [options]

  --ggml FILE       the peer: a libggml-base (default: SLIPWAY_GGML); without one only our side is measured
  --python FILE     a Python with numpy, which drives the peer (default: PYTHON, or python3)
  --types LIST      tensor types, separated by commas (default: all of them)
  --rounds N        measurements of each kind, of which the median counts (default: 7)
  --weights N       how many weights, rounded up to rows of ${ROW_LENGTH} (default: ${2 ** 20})
  --engines LIST    which of ours: native, wasm (default: those that are here)
  --threads N       workers to compare with one worker (default: as many as the machine has)
  --help            this text

One thread against one thread is measured in processor time, turn by turn: rows in memory to blocks in memory, NaN and
overflow looked for. All threads against one is measured by the clock and takes the best round: rows lie ready in the
workers' memory, results arrive in this thread. Exits with 1 when bytes differ.`;

const { values: options } = parseArgs({
  options: {
    ggml: { type: 'string', default: process.env.SLIPWAY_GGML ?? '' },
    python: { type: 'string', default: process.env.PYTHON ?? 'python3' },
    types: { type: 'string', default: TYPES.join(',') },
    rounds: { type: 'string', default: '7' },
    weights: { type: 'string', default: String(2 ** 20) },
    engines: { type: 'string', default: 'native,wasm' },
    threads: { type: 'string', default: String(availableParallelism()) },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  console.log(HELP);
  process.exit();
}
const rounds = Number(options.rounds);
const threads = Number(options.threads);
const weights = makeWeights(Math.ceil(Number(options.weights) / ROW_LENGTH) * ROW_LENGTH);
const importance = makeImportance(ROW_LENGTH);

const rate = (seconds) => weights.length / seconds / 1e6;
const show = (number, digits = 1) => (number === undefined ? '-' : number.toFixed(digits));

/** Our side of the one-thread measurement: what a worker of the pool does with rows that lie in its memory. */
async function startOurs(engine) {
  const memory = createMemory(weights.byteLength);
  const input = rowsIn(memory, weights.byteLength);
  input.set(new Uint8Array(weights.buffer));
  const engines = engineMaker(await prepareSetup(engine))(memory);
  const output = new Uint8Array(weights.byteLength);
  return (type, important) => {
    const formats = { from: tensorType('F32'), to: tensorType(type) };
    const task = { ...formats, input, memory, rowLength: ROW_LENGTH, refuseNonFinite: true };
    const outcome = encodeRows(engines, important ? { ...task, importance } : task, output);
    if (outcome.kind === 'encoded') return outcome.bytes;
    throw new Error(`${outcome.kind}: ${outcome.message ?? ''}`);
  };
}

/** Processor seconds for all weights on this thread, `repeat` times, and the digest of what was stored. */
function runOurs(encode, type, important, repeat) {
  let bytes = new Uint8Array();
  const before = process.cpuUsage();
  for (let i = 0; i < repeat; i++) bytes = encode(type, important);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6 / repeat, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function peerTask(type, important, threads, repeat) {
  const { id, blockLength, blockSize } = tensorType(type);
  return { id, blockLength, blockSize, importance: important, threads, repeat };
}

/** One type, one thread each, turn by turn: each of our engines, and the peer. */
async function compareOne(encoders, peer, type, important) {
  const ours = new Map();
  for (const [engine, encode] of encoders) {
    // V8 optimizes on other threads while the first runs go on; they do not count.
    const started = performance.now();
    for (let runs = 0; runs < 4 || performance.now() - started < 400; runs++) runOurs(encode, type, important, 1);
    const first = runOurs(encode, type, important, 1);
    ours.set(engine, { encode, repeat: Math.max(1, Math.min(64, Math.round(0.05 / first.cpu))), runs: [] });
  }
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    for (const { encode, repeat, runs } of ours.values()) runs.push(runOurs(encode, type, important, repeat));
    const repeat = Math.min(...[...ours.values()].map((one) => one.repeat));
    if (peer !== undefined) theirs.push(await peer.run(peerTask(type, important, 1, Math.ceil(repeat / 8))));
  }
  const digests = new Set([...ours.values()].flatMap(({ runs }) => runs.map(({ sha256 }) => sha256)));
  for (const { sha256 } of theirs) digests.add(sha256);
  return {
    ours: Object.fromEntries([...ours].map(([engine, { runs }]) => [engine, figure(runs)])),
    theirs: peer === undefined ? undefined : figure(theirs),
    equal: digests.size === 1,
  };
}

/** Median of M weights a second, and how far apart the middle half of the rounds lies, as a share of it. */
function figure(runs) {
  const rates = runs.map(({ cpu }) => rate(cpu)).toSorted((a, b) => a - b);
  const at = (share) => rates[Math.min(rates.length - 1, Math.floor(rates.length * share))];
  return { median: at(0.5), spread: (at(0.75) - at(0.25)) / at(0.5) };
}

/** Weights of a chunk, as the pipeline cuts them for the quickest types. */
const CHUNK = 256 * ROW_LENGTH;

/** Memory for one job, filled with weights. */
function lendFilled(pool) {
  const rows = pool.lendRows(4 * CHUNK);
  for (let at = 0; at < CHUNK; at += weights.length)
    rows.set(new Uint8Array(weights.buffer, 0, 4 * Math.min(weights.length, CHUNK - at)), 4 * at);
  return rows;
}

/**
 * Seconds by the clock for so many chunks on a pool, which is kept busy. The rows lie ready: memory that is lent again
 * still holds those of the job before.
 */
async function runPool(pool, type, chunks) {
  const ready = Array.from({ length: pool.width }, () => lendFilled(pool));
  const started = performance.now();
  let left = chunks;
  const feed = async (rows) => {
    for (let input = rows; left-- > 0; input = pool.lendRows(4 * CHUNK))
      await pool.encode({ from: 'F32', to: type, input, rowLength: ROW_LENGTH, tensor: 'benchmark' });
  };
  await Promise.all(ready.map(feed));
  return (performance.now() - started) / 1000;
}

const COPIER = `
const { parentPort, workerData } = require('node:worker_threads');
const [from, to] = [Buffer.alloc(workerData, 1), Buffer.alloc(workerData, 2)];
parentPort.on('message', (times) => {
  for (let i = 0; i < times; i++) from.copy(to);
  parentPort.postMessage(times);
});`;

/** GB read and written a second by so many threads that copy chunks from memory to memory, each its own: the best of five. */
async function copyRate(count) {
  const copiers = Array.from({ length: count }, () => new Worker(COPIER, { eval: true, workerData: 4 * CHUNK }));
  const copyAll = (times) =>
    Promise.all(
      copiers.map((copier) => {
        copier.postMessage(times);
        return new Promise((resolve) => copier.once('message', resolve));
      }),
    );
  await copyAll(8);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const started = performance.now();
    await copyAll(64);
    best = Math.min(best, (performance.now() - started) / 1000);
  }
  for (const copier of copiers) await copier.terminate();
  return (count * 64 * 2 * 4 * CHUNK) / best / 1e9;
}

/** One type on one worker, on all of them, and on all threads of the peer, turn by turn. */
async function compareAll(pools, peer, type) {
  // As much work as takes a worker a quarter of a second.
  await runPool(pools[0], type, pools[0].width);
  const first = await runPool(pools[0], type, pools[0].width);
  const chunks = Math.max(4 * pools[1].width, Math.round((0.25 / first) * pools[0].width));
  const [one, all, theirs] = [[], [], []];
  for (const pool of pools) await runPool(pool, type, chunks);
  for (let round = 0; round < rounds; round++) {
    one.push(await runPool(pools[0], type, chunks));
    all.push(await runPool(pools[1], type, chunks));
    if (peer !== undefined) theirs.push((await peer.run(peerTask(type, false, threads, 8))).wall);
  }
  const chunkRate = (times) => (chunks * CHUNK) / Math.min(...times) / 1e6;
  return {
    one: chunkRate(one),
    all: chunkRate(all),
    theirs: peer === undefined ? undefined : rate(Math.min(...theirs)),
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

const encoders = new Map();
for (const engine of options.engines.split(',')) {
  const encode = await startOurs(engine).catch((error) => console.log(`${engine}: ${error.message}`));
  if (encode !== undefined) encoders.set(engine, encode);
}
const heads = [...encoders.keys()].flatMap((engine) => [`${engine} M/s`.padStart(13), 'x ggml'.padStart(8)]).join('');
console.log(`one thread, processor time  ${heads}  ggml M/s   spread  bytes equal`);
const known = [];
const rows = [];
for (const type of options.types.split(',')) {
  for (const important of NEEDS_IMPORTANCE.has(type) ? [true] : [false, true]) {
    const result = await compareOne(encoders, peer, type, important).catch((error) => error);
    const name = `${type}${important ? ', importance' : ''}`.padEnd(28);
    if (result instanceof Error) {
      console.log(`${name}${result.message}`);
      break;
    }
    if (!important) known.push(type);
    const { ours, theirs, equal } = result;
    const [fastest] = Object.values(ours);
    rows.push({ name: name.trim(), ours: fastest.median, theirs: theirs?.median, equal, engines: ours });
    const ratio = (of) => (theirs === undefined ? undefined : of.median / theirs.median);
    const cells = Object.values(ours).map((of) => show(of.median).padStart(13) + show(ratio(of), 2).padStart(8));
    const spread = Math.max(
      ...[...Object.values(ours), ...(theirs === undefined ? [] : [theirs])].map((of) => of.spread),
    );
    console.log(
      `${name}${cells.join('')}${show(theirs?.median).padStart(10)} ${`${show(100 * spread)} %`.padStart(8)}  ${equal ? 'yes' : 'NO'}`,
    );
    if (!equal) process.exitCode = 1;
  }
}
publishData(
  'quantize',
  { machine: machineFacts(), rounds, peer: peer && `ggml ${peer.version}`, rows },
  rateBars(rows),
);

const copying = { one: await copyRate(1), all: await copyRate(threads) };
console.log(
  `\nmemcpy of rows: ${show(copying.one)} GB/s read and written by one thread, ${show(copying.all)} by ${threads}`,
);
console.log(`all threads, by the clock     1 worker  ${threads} workers    gain   ggml M/s   ratio  GB/s of memory`);
const [engine] = encoders.keys();
const pools = [createEncoderPool({ threads: 1, engine }), createEncoderPool({ threads, engine })];
for (const type of ['Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'].filter((type) => known.includes(type))) {
  const { one, all, theirs } = await compareAll(pools, peer, type);
  const ratio = theirs === undefined ? undefined : all / theirs;
  const { blockLength, blockSize } = tensorType(type);
  // Rows are read; results are written, and copied into memory of their own: read and written again.
  const moved = (all * 1e6 * (4 + (3 * blockSize) / blockLength)) / 1e9;
  console.log(
    `${type.padEnd(28)}${show(one).padStart(10)} ${show(all).padStart(10)} ${show(all / one, 2).padStart(7)} ${show(theirs).padStart(10)} ${show(ratio, 2).padStart(7)} ${show(moved).padStart(15)}`,
  );
}
await Promise.all(pools.map((pool) => pool.close()));
peer?.close();
await rm(folder, { recursive: true });
