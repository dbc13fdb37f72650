// What it costs to let N machines derive one model, as N grows, and what would hold many machines up.
//   npm run bench:scale -- [--layers 6] [--hidden 1024] [--split 4M] [--parts 1,2,4,8] [--quantize Q4_K_M]
// The Hub and the registry are the test fakes, in a process of their own: the Hub counts the bytes of weights that it sends.
// Parts run one after another, as each would on a machine of its own; nothing is shared but the registry.
// Printed: for each N the bytes read, the CPU seconds and the peak memory of its parts, whether the digests are those of
// one machine, and a model of the limits from the measured costs of one thread.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts, mebibytes } from './harness.mjs';

const { values } = parseArgs({
  options: {
    layers: { type: 'string', default: '6' },
    hidden: { type: 'string', default: '1024' },
    split: { type: 'string', default: '4M' },
    parts: { type: 'string', default: '1,2,4,8' },
    quantize: { type: 'string', default: 'Q4_K_M' },
    threads: { type: 'string', default: '16' },
  },
});
const main = join(import.meta.dirname, '../dist/lib/cli/main.js');
const scratch = mkdtempSync(join(tmpdir(), 'slipway-scale-'));
const counts = values.parts.split(',').map(Number);
const [layers, hidden] = [Number(values.layers), Number(values.hidden)];
const llama = { layers, hidden, intermediate: hidden * 3, heads: 16, kvHeads: 4, vocab: 8192, shards: 1, seed: 3 };

/** Writes what a process has used to a file when it ends: its threads are in it. */
const meter = join(scratch, 'meter.mjs');
writeFileSync(
  meter,
  `import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
if (isMainThread) process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(process.env.METER_FILE, JSON.stringify({ cpu: (userCPUTime + systemCPUTime) / 1e6, peak: maxRSS * 1024 }));
});
`,
);

/** A Hub that counts the bytes it sends of weights, and a registry, in a process of their own. */
async function startFakes() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'scale-fakes.mjs'), JSON.stringify(llama)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = [];
  const waiting = [];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n').filter((one) => one !== ''))
      (waiting.shift() ?? ((one) => lines.push(one)))(line);
  });
  const next = async () => lines.shift() ?? new Promise((resolve) => waiting.push(resolve));
  const { hub, registry, weights } = JSON.parse(await next());
  const sent = async () => {
    child.stdin.write('sent\n');
    return Number(await next());
  };
  return { hub, registry, weights, sent, close: () => child.stdin.end() };
}

async function run(fakes, args, threads = 1) {
  const file = join(scratch, `meter-${Math.random().toString(36).slice(2)}.json`);
  const child = spawn(process.execPath, ['--import', meter, main, ...args, '--progress', 'none', '--json'], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      HF_ENDPOINT: fakes.hub,
      METER_FILE: file,
      PIPELINE_HOME: join(scratch, 'home'),
      PIPELINE_THREADS: String(threads),
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const before = await fakes.sent();
  const started = performance.now();
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}\n${stderr.slice(-1500)}${stdout.slice(-500)}`);
  const seconds = (performance.now() - started) / 1000;
  const { cpu, peak } = JSON.parse(readFileSync(file, 'utf8'));
  return { json: JSON.parse(stdout), cpu, peak, seconds, read: (await fakes.sent()) - before };
}

function writeConfig(name, fakes, convert) {
  const path = join(scratch, `${name}.yaml`);
  const stages = [
    { download: { from: 'hf://bench/llama' } },
    { convert },
    { pack: { splitMaxSize: values.split } },
    { push: { to: `${fakes.registry}/bench/${name}` } },
  ];
  writeFileSync(path, JSON.stringify({ name: 'scale', store: 'none', stages }));
  return path;
}

const digestsOf = ({ json }) => json.artifacts.map(({ digest }) => digest).join(' ');
const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

/** One machine after another: the plan, each part, the last step. */
async function runParts(fakes, count) {
  const config = writeConfig(`parts-${count}`, fakes, { quantize: [values.quantize] });
  const plan = join(scratch, `plan-${count}.json`);
  const planned = await run(fakes, ['shard', 'plan', config, '--parts', String(count), '-o', plan]);
  const parts = [];
  for (let index = 0; index < count; index += 1) {
    parts.push(await run(fakes, ['shard', 'run', plan, '--index', String(index)]));
  }
  // What is there is left alone: what a process costs before it derives anything.
  const idle = await run(fakes, ['shard', 'run', plan, '--index', '0']);
  const finish = await run(fakes, ['shard', 'finish', plan]);
  return { planned, parts, finish, idle };
}

/** Seconds of CPU that one thread needs for a byte of source, by what is done with it. */
async function threadCosts(fakes) {
  const alone = async (name, args) => (await run(fakes, args(join(scratch, `${name}.gguf`)))).cpu;
  const start = (await run(fakes, ['version'])).cpu;
  const copy = await alone('f16', (path) => ['convert', 'hf://bench/llama', '--outtype', 'f16', '-o', path]);
  const quantized = await alone('q', (path) => [
    'convert',
    'hf://bench/llama',
    '--quantize',
    values.quantize,
    '-o',
    path,
  ]);
  return {
    start,
    // Receiving, hashing and converting; writing is in it, as sending would be.
    move: Math.max(0, copy - start) / fakes.weights,
    quantize: Math.max(0, quantized - copy) / fakes.weights,
  };
}

/** Seconds that machines need for a model, and what they wait for. */
function limits(costs, { source, output }, machines, gigabits, threads) {
  const wire = (gigabits * 1e9 * 0.9) / 8;
  const resources = {
    'threads of a machine': ((costs.move + costs.quantize) * source) / machines / threads + costs.start,
    "a machine's line in": source / machines / wire,
    "a machine's line out": output / machines / wire,
    "the registry's line": output / wire,
  };
  const [bottleneck, seconds] = Object.entries(resources).reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return { seconds, bottleneck };
}

const MODELS = [
  { name: '70B', source: 140e9, output: 42.5e9 },
  { name: '670B', source: 1340e9, output: 407e9 },
];

function printLimits(costs, threads) {
  console.log(
    `\nModel of the limits: measured costs of one thread, ${threads} threads a machine, ${values.quantize} of BF16;`,
  );
  console.log(
    'receiving, deriving and sending overlap, lines carry nine tenths, the Hub gives what is asked, one registry.',
  );
  console.log('| model | line | machines | minutes | held up by |\n| --- | --- | --- | --- | --- |');
  const rows = [];
  for (const model of MODELS) {
    for (const gigabits of [10, 25]) {
      for (const machines of [1, 2, 4, 8, 16, 32, 64]) {
        const { seconds, bottleneck } = limits(costs, model, machines, gigabits, threads);
        rows.push({ model: model.name, gigabits, machines, seconds, bottleneck });
        console.log(
          `| ${model.name} | ${gigabits} Gbit/s | ${machines} | ${(seconds / 60).toFixed(1)} | ${bottleneck} |`,
        );
      }
    }
  }
  return rows;
}

const fakes = await startFakes();
try {
  console.log(JSON.stringify(machineFacts()));
  console.log(
    `source: ${mebibytes(fakes.weights)} of BF16 in one file, ${values.quantize}, files of ${values.split}, one thread a part\n`,
  );
  const alone = await run(fakes, ['run', writeConfig('alone', fakes, { quantize: [values.quantize] })]);
  console.log(
    '| parts | read, of the model | planned | CPU s of the work (to 1) | CPU s a process beside | CPU s, most of a part | peak memory, most | same digests |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  const rows = [];
  for (const count of counts) {
    const { planned, parts, finish, idle } = await runParts(fakes, count);
    const reading = planned.json.plan?.reading ?? planned.json.reading;
    // Of work that grows with the model; every process starts, reads headers and asks the registry beside.
    const cpu = sum(parts, 'cpu') - count * idle.cpu;
    const row = {
      parts: count,
      read: (sum(parts, 'read') + finish.read) / fakes.weights,
      planned: reading.parts / reading.model,
      cpu,
      idle: idle.cpu,
      most: Math.max(...parts.map((part) => part.cpu)),
      peak: Math.max(...parts.map((part) => part.peak)),
      same: digestsOf(finish) === digestsOf(alone),
    };
    rows.push(row);
    const times = (row.cpu / (rows[0]?.cpu ?? row.cpu)).toFixed(2);
    console.log(
      `| ${count} | ${row.read.toFixed(3)} | ${row.planned.toFixed(3)} | ${row.cpu.toFixed(1)} (${times}) | ${row.idle.toFixed(2)} | ${row.most.toFixed(1)} | ${mebibytes(row.peak)} | ${row.same ? 'yes' : 'NO'} |`,
    );
  }
  const costs = await threadCosts(fakes);
  const nano = (seconds) => `${(seconds * 1e9).toFixed(2)} ns`;
  console.log(
    `\none thread, a byte of source: ${nano(costs.move)} to receive, hash, convert and hand on; ${nano(costs.quantize)} to quantize; a process starts in ${costs.start.toFixed(2)} CPU s`,
  );
  const model = printLimits(costs, Number(values.threads));
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'scale.json'),
    `${JSON.stringify({ benchmark: 'scale', machine: machineFacts(), llama, rows, costs, model }, null, 2)}\n`,
  );
  console.log('\nwritten: benchmarks/results/scale.json');
  if (rows.some(({ same, read }) => !same || read > 1.1)) process.exitCode = 1;
} finally {
  fakes.close();
  rmSync(scratch, { recursive: true, force: true });
}
