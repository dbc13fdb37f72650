import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { layoutRun, registryRun, type Outcome } from './scenario.js';

// Every third run is against an image layout, the others against a registry.
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
});
const [runs, first] = [Number(values.runs), Number(values.seed)];
const faults = new Map<string, number>();
let [kills, starts, bad] = [0, 0, 0];

function report(outcome: Outcome): void {
  kills += outcome.kills;
  starts += outcome.starts;
  for (const [name, count] of outcome.faults) faults.set(name, (faults.get(name) ?? 0) + count);
  if (outcome.problems.length === 0) return;
  bad++;
  console.log(`seed ${outcome.seed} (${outcome.kind}): ${outcome.problems.join('; ')}`);
}

// This file runs compiled (see run.mjs), and so does the process that gets killed.
const program = [join(import.meta.dirname, 'push-process.js')];

const started = performance.now();
for (let seed = first; seed < first + runs; seed++) {
  report(seed % 3 === 0 ? await layoutRun(seed, program) : await registryRun(seed, program));
  if ((seed - first + 1) % 25 === 0) console.log(`${seed - first + 1} runs, ${kills} kills, ${bad} bad`);
}
const total = [...faults.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `${runs} runs, ${starts} processes, ${kills} killed, ${total} faults, ${bad} runs with lost or wrong bytes`,
);
for (const [name, count] of [...faults].sort(([a], [b]) => a.localeCompare(b))) console.log(`  ${name} ${count}`);
console.log(`${((performance.now() - started) / 1000).toFixed(0)} s`);
process.exitCode = bad === 0 ? 0 : 1;
