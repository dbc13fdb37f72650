// How much of a repository is fetched for a model that goes from a Hub through Q4_K_M to a registry without a store: bytes and
// requests, as the Hub counts them.
//   node benchmarks/fetched.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { convert, createContext, download, pack, pipeline, push } from 'slipway';
import { buildLlama, startTestHub, startTestRegistry } from 'slipway/testing';
import { machineFacts } from './harness.mjs';

const MODEL = 'acme/llama';
const shapes = [
  { name: 'one file, 12 layers', options: { layers: 12, hidden: 512, intermediate: 1536, seed: 1 } },
  { name: 'three files, 24 layers', options: { layers: 24, hidden: 512, intermediate: 1024, shards: 3, seed: 2 } },
];
const rows = [];
for (const { name, options } of shapes) {
  const repository = buildLlama(options);
  const size = repository.reduce((sum, file) => sum + file.size, 0);
  const hub = await startTestHub({ repositories: { [MODEL]: repository } });
  const registry = await startTestRegistry();
  const context = createContext({ env: hub.env });
  try {
    const to = `${registry.host}/models/llama`;
    const chain = pipeline(download(`hf://${MODEL}`), convert({ quantize: ['Q4_K_M'] }), pack(), push(to));
    await chain.plan?.(undefined, context);
    await chain.run(undefined, context);
    const asked = hub.requests.filter(({ host }) => host === 'storage');
    const fetched = asked.reduce((sum, { range }) => {
      const [, from = '0', until = '-1'] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      return sum + Number(until) - Number(from) + 1;
    }, 0);
    rows.push({ name, size, fetched, requests: asked.length, ratio: fetched / size });
    console.log(`${name}: ${fetched} of ${size} bytes, ${(fetched / size).toFixed(3)} x, ${asked.length} requests`);
  } finally {
    await context.close();
    await registry.close();
    await hub.close();
  }
}
const folder = join(import.meta.dirname, 'results');
mkdirSync(folder, { recursive: true });
writeFileSync(
  join(folder, 'fetched.json'),
  `${JSON.stringify({ benchmark: 'fetched', machine: machineFacts(), rows }, null, 2)}\n`,
);
