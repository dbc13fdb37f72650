// Peak resident memory of the whole chain without a disk, against the limit that it was given: Hub → quantizations → registry,
// store 'none'.
//   npm run bench:memory -- [--sizes GiB,…] [--limits 256MiB,…] [--quantizations 1,2,4] [--threads 2,8] [--peers DIR]
// The Hub (generated weights) and the registry are processes of their own. Ends with 1 when a run was above its limit.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts, measure, mebibytes, publish } from './harness.mjs';
import { findPeer, startHub, startRegistry } from './peers.mjs';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '2,10' },
    limits: { type: 'string', default: '256MiB,512MiB,1GiB' },
    quantizations: { type: 'string', default: '1,2,4' },
    threads: { type: 'string', default: '2,8' },
    peers: { type: 'string', default: process.env.SLIPWAY_PEERS ?? '' },
    port: { type: 'string', default: '5998' },
  },
});
const TYPES = ['Q4_K_M', 'Q8_0', 'Q5_K_M', 'Q6_K'];
const UNITS = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const list = (text) => text.split(',').map((item) => item.trim());
const bytesOf = (text) => Number.parseFloat(text) * UNITS[text.slice(-3)];

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

/** One run of the chain. What it left on the disk is counted, too. */
async function runChain(hub, { layers, limit, types, threads }) {
  const work = mkdtempSync(join(scratch, 'work-'));
  const config = join(work, 'pipeline.config.yaml');
  const lines = [
    `name: memory\nstore: none\nlimits: { memory: ${limit}, threads: ${threads} }\nstages:`,
    `  - download: { from: hf://bench/llama }\n  - convert: { quantize: [${types.join(', ')}] }\n  - pack: {}`,
    `  - push: { to: ${host}/bench/llama-${layers} }\n`,
  ];
  writeFileSync(config, lines.join('\n'));
  const before = readdirSync(tmpdir()).length;
  try {
    const outcome = await measure([process.execPath, main, 'run', config, '--progress', 'none'], {
      cwd: work,
      env: { HF_ENDPOINT: hub.url, PIPELINE_HOME: join(work, '.pipeline') },
    });
    const written = readdirSync(work, { recursive: true }).filter((name) => /(^|\/)store\//.test(name));
    return { ...outcome, stray: readdirSync(tmpdir()).length - before + written.length };
  } catch (error) {
    const refusal = /error\[MEMORY_LIMIT\][\s\S]*/.exec(error.message)?.[0];
    if (refusal === undefined) throw error;
    return { refusal: refusal.replaceAll(/\s+/g, ' ').slice(0, 160) };
  }
}

if (program === undefined) {
  console.log('no `registry` (distribution) found: run test/support/install-peers.sh DIR and pass --peers DIR');
  process.exit(0);
}
console.log(JSON.stringify(machineFacts()));
const rows = [];
let above = 0;
for (const size of list(values.sizes).map(Number)) {
  const layers = layersFor(size);
  for (const limit of list(values.limits)) {
    for (const count of list(values.quantizations).map(Number)) {
      for (const threads of list(values.threads).map(Number)) {
        const hub = await startHub('bench/llama', { llama: llama(layers) });
        const server = await startRegistry({ program, host, scratch });
        const outcome = await runChain(hub, { layers, limit, types: TYPES.slice(0, count), threads });
        hub.stop();
        await server.stop();
        const name = `${size} GiB, ${count} of it, ${threads} threads, ${limit}`;
        if (outcome.refusal !== undefined) {
          console.log(`${name.padEnd(44)} refused: ${outcome.refusal}`);
          continue;
        }
        const { seconds, peak, stray } = outcome;
        const isWithin = peak <= bytesOf(limit);
        if (!isWithin) above += 1;
        rows.push({ name, seconds, min: seconds, max: seconds, peak });
        const verdict = isWithin ? 'within' : 'ABOVE';
        console.log(
          `${name.padEnd(44)} ${verdict}   peak ${mebibytes(peak)}   ${seconds.toFixed(1)} s   files left ${stray}`,
        );
      }
    }
  }
}
publish('memory', rows);
rmSync(scratch, { recursive: true, force: true });
process.exitCode = above === 0 ? 0 : 1;
