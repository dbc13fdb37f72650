// The Hub and the registry of service.mjs, in a process of their own: their work is neither the service's nor its measure's.
//   service-fakes.mjs PIPELINES
// Prints their addresses, and ends with its parent's pipe.
import { buildLlama, startTestHub, startTestRegistry } from 'slipway/testing';

const model = (seed) => buildLlama({ layers: 4, hidden: 1024, heads: 16, kvHeads: 4, vocab: 2000, seed });
const count = Number(process.argv[2]);
const repositories = Object.fromEntries(
  Array.from({ length: count }, (_, index) => [`acme/m${index}`, model(index + 1)]),
);
const [hub, registry] = [await startTestHub({ repositories }), await startTestRegistry()];
console.log(JSON.stringify({ env: { ...hub.env, BENCH_HOST: registry.host } }));
process.stdin.resume().on('end', () => process.exit(0));
