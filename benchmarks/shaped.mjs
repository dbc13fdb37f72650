// From a Hub through Q4_K_M to a registry over lines of 1 and 10 Gbit/s: how close a run comes to the slower of its two lines, or to
// what the processors can do where that is more, and what it says held it up.
//   node benchmarks/shaped.mjs [--layers 16] [--hidden 2048] [--rounds 3] [--peers DIR]
// Linux, as root: the lines are classes of traffic (tc, htb) of a network of its own (unshare -n). The Hub is the test fake, the
// registry distribution (`registry` on PATH or in DIR); both run on the same processors.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { buildLlama } from 'slipway/testing';
import { machineFacts, median, publishData } from './harness.mjs';
import { findPeer, startHub, startRegistry } from './peers.mjs';

const { values } = parseArgs({
  options: {
    layers: { type: 'string', default: '16' },
    hidden: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '3' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
  },
});
const RATES = [undefined, 10, 1];

if (process.env.SLIPWAY_SHAPED === undefined) process.exit(inOwnNetwork());
await main();

/** The same again where nothing else uses the loopback interface. */
function inOwnNetwork() {
  const again = ['-n', process.execPath, ...process.argv.slice(1)];
  const { status, error } = spawnSync('unshare', again, {
    stdio: 'inherit',
    env: { ...process.env, SLIPWAY_SHAPED: '1' },
  });
  if (error !== undefined || status === null) console.log('left out: no network of its own (unshare -n needs root)');
  return status ?? 0;
}

async function main() {
  const tc = (...args) => execFileSync('tc', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  const scratch = mkdtempSync(join(tmpdir(), 'slipway-shaped-'));
  const places = await startPlaces(scratch);
  const rows = [];
  try {
    for (const gigabits of RATES) {
      if (gigabits !== undefined) shape(tc, places, gigabits);
      const runs = [];
      for (let round = 0; round < Number(values.rounds); round++)
        runs.push(await run(places, scratch, rows.length + round * 10));
      rows.push({ gigabits, seconds: median(runs.map(({ seconds }) => seconds)), ...runs[0] });
    }
  } finally {
    await places.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  report(places, rows);
}

/** Two lines: what goes to the registry, and all that comes from the Hub. What else there is, is small. */
function shape(tc, { registry }, gigabits) {
  const port = registry.split(':')[1];
  try {
    tc('qdisc', 'del', 'dev', 'lo', 'root');
  } catch {
    // There was none.
  }
  tc('qdisc', 'add', 'dev', 'lo', 'root', 'handle', '1:', 'htb', 'default', '2');
  for (const line of [1, 2])
    tc(
      'class',
      'add',
      'dev',
      'lo',
      'parent',
      '1:',
      'classid',
      `1:${line}`,
      'htb',
      'rate',
      `${gigabits}gbit`,
      'burst',
      '1mb',
    );
  const match = ['u32', 'match', 'ip', 'dport', port, '0xffff', 'flowid', '1:1'];
  tc('filter', 'add', 'dev', 'lo', 'parent', '1:', 'protocol', 'ip', ...match);
}

/** A Hub that serves files, so that it costs little, and a registry that people use. */
async function startPlaces(scratch) {
  const hidden = Number(values.hidden);
  const llama = {
    layers: Number(values.layers),
    hidden,
    intermediate: hidden * 3,
    heads: 16,
    kvHeads: 4,
    vocab: 8192,
    seed: 3,
  };
  const folder = join(scratch, 'model');
  mkdirSync(folder);
  let weights = 0;
  for (const file of buildLlama(llama)) {
    if (file.path.endsWith('.safetensors')) weights += file.size;
    await pipeline(file.read(), createWriteStream(join(folder, file.path)));
  }
  const host = '127.0.0.1:5998';
  const registry = await startRegistry({ program: findPeer('registry', values.peers), host, scratch });
  const hub = await startHub('bench/llama', { folder });
  return {
    hub: hub.url,
    registry: host,
    weights,
    async close() {
      hub.stop();
      await registry.stop();
    },
  };
}

function writeConfig(registry, path, index) {
  const stages = [
    { download: { from: 'hf://bench/llama' } },
    { convert: { quantize: ['Q4_K_M'] } },
    { pack: {} },
    { push: { to: `${registry}/bench/shaped-${index}` } },
  ];
  writeFileSync(path, JSON.stringify({ name: 'shaped', store: 'none', stages }));
}

async function run({ hub, registry }, scratch, index) {
  const path = join(scratch, `${index}.yaml`);
  writeConfig(registry, path, index);
  const command = [join(import.meta.dirname, '../dist/lib/cli/main.js'), 'run', path, '--json', '--progress', 'none'];
  const child = spawn(process.execPath, command, {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, HF_ENDPOINT: hub, PIPELINE_HOME: join(scratch, `home-${index}`) },
  });
  const out = [];
  child.stdout.on('data', (chunk) => out.push(chunk));
  const started = performance.now();
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  if (code !== 0) throw new Error(`the run ended with ${code}`);
  const { artifacts, bottleneck } = JSON.parse(Buffer.concat(out).toString());
  return { seconds, pushed: artifacts[0].size, bottleneck };
}

/** The limit is the slower line, or the run without lines: the processors carry Hub and registry as well. */
function report({ weights }, rows) {
  const [free] = rows;
  const figures = rows.map(({ gigabits, seconds, pushed, bottleneck }) => {
    const line = gigabits === undefined ? 0 : (Math.max(weights, pushed) * 8) / (gigabits * 1e9);
    const by = bottleneck === null ? 'nothing' : `${bottleneck.by} (${Math.round(bottleneck.share * 100)} %)`;
    const name = gigabits === undefined ? 'loopback' : `${gigabits} Gbit/s`;
    return { name, seconds, limit: Math.max(line, free.seconds), by };
  });
  console.log(`${Math.round(weights / 2 ** 20)} MiB of BF16 to Q4_K_M`);
  for (const { name, seconds, limit, by } of figures)
    console.log(
      `${name}: ${seconds.toFixed(2)} s, limit ${limit.toFixed(2)} s, ${(seconds / limit).toFixed(2)} x, held up by ${by}`,
    );
  publishData('shaped', { machine: machineFacts(), weights, rows: figures });
}
