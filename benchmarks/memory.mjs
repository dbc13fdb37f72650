// Peak memory of the whole chain without a disk, as the model grows: Hub → Q4_K_M and Q8_0 → registry, store 'none'.
//   npm run bench:memory -- [--sizes GiB,GiB,…] [--peers DIR]
// The Hub (generated weights) and the registry are processes of their own.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts, measure, mebibytes, publish } from './harness.mjs';
import { findPeer, startHub, startRegistry } from './peers.mjs';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '0.5,2' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
    port: { type: 'string', default: '5998' },
  },
});
const program = findPeer('registry', values.peers);
const main = join(import.meta.dirname, '../dist/lib/cli/main.js');
const scratch = mkdtempSync(join(tmpdir(), 'slipway-memory-'));
const host = `127.0.0.1:${values.port}`;

/** Bytes of one layer and of the rest of the generated Llama, BF16. */
const [LAYER, REST] = [121e6, 262e6];
const layersFor = (gibibytes) => Math.max(1, Math.round((gibibytes * 2 ** 30 - REST) / LAYER));

/** The options of a generated Llama with so many layers, in shards of 16. */
const llama = (layers) => ({
  layers,
  hidden: 2048,
  intermediate: 8192,
  heads: 32,
  kvHeads: 8,
  vocab: 32000,
  shards: Math.ceil(layers / 16),
});

if (program === undefined) {
  console.log('no `registry` (distribution) found: run test/support/install-peers.sh DIR and pass --peers DIR');
  process.exit(0);
}
console.log(JSON.stringify(machineFacts()));
const rows = [];
for (const size of values.sizes.split(',').map(Number)) {
  const layers = layersFor(size);
  const hub = await startHub('bench/llama', { llama: llama(layers) });
  const server = await startRegistry({ program, host, scratch });
  const work = mkdtempSync(join(scratch, 'work-'));
  const config = join(work, 'pipeline.config.yaml');
  writeFileSync(
    config,
    `name: memory\nstore: none\nstages:\n  - download: { from: hf://bench/llama }\n  - convert: { quantize: [Q4_K_M, Q8_0] }\n  - pack: {}\n  - push: { to: ${host}/bench/llama-${layers} }\n`,
  );
  const before = readdirSync(tmpdir()).length;
  const { seconds, peak } = await measure([process.execPath, main, 'run', config, '--progress', 'none'], {
    cwd: work,
    env: { HF_ENDPOINT: hub.url, PIPELINE_HOME: join(work, '.pipeline') },
  });
  const written = readdirSync(work, { recursive: true }).filter((name) => /(^|\/)store\//.test(name));
  const stray = readdirSync(tmpdir()).length - before;
  rows.push({ name: `${size} GiB`, seconds, min: seconds, max: seconds, peak });
  console.log(
    `${String(size).padStart(5)} GiB model (${layers} layers)   ${seconds.toFixed(1)} s   peak ${mebibytes(peak)}   store files ${written.length}, stray temporary files ${stray}`,
  );
  hub.stop();
  await server.stop();
}
publish('memory', rows);
rmSync(scratch, { recursive: true, force: true });
