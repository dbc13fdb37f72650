import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SmallDisk } from './disk.js';
import { distribution, type Upstream } from './places.js';
import { layoutRun, registryRun, type Outcome } from './scenario.js';

// A run belongs to a place by its seed: two of five to layouts, one to the fake registry, to distribution 2 and 3.
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    'most-seconds': { type: 'string', default: '1000000' },
    // Times five runs side by side: which place a seed belongs to depends on it.
    width: { type: 'string', default: '1' },
  },
});
const [runs, first] = [Number(values.runs), Number(values.seed)];
const done = new Map<string, number>();
const kinds = new Map<string, number>();
let [total, starts, bad] = [0, 0, 0];
const started = performance.now();
const seconds = (): number => Math.round((performance.now() - started) / 1000);

function report(outcome: Outcome): void {
  total++;
  starts += outcome.starts + 1;
  kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
  for (const [name, count] of outcome.done) done.set(name, (done.get(name) ?? 0) + count);
  if (outcome.problems.length > 0) {
    bad++;
    console.log(`seed ${outcome.seed} (${outcome.kind}): ${outcome.problems.join('; ')}`);
  }
  if (total % 100 === 0) console.log(`${total} runs, ${starts} attempts, ${bad} bad, ${seconds()} s`);
}

// This file runs compiled (see run.mjs), and the process that gets killed lies beside it in one file.
const program = [join(import.meta.dirname, 'push', 'push-process.js')];
const widths = Array.from({ length: Number(values.width) });
const disks = widths.flatMap(() => [new SmallDisk(128), new SmallDisk(128)]);
const upstreams: Upstream[] = [];
for (const _ of widths) {
  for (const name of ['docker-registry', 'registry'] as const) {
    const upstream = await distribution(name);
    if (upstream === undefined) console.log(`${name} is not installed: it is left out`);
    else upstreams.push(upstream);
  }
}

/** Runs of one place, one after the other; places side by side, since each mostly waits. */
async function lane(index: number, lanes: number, run: (seed: number) => Promise<Outcome>): Promise<void> {
  for (let seed = first + index; seed < first + runs; seed += lanes) {
    if (seconds() > Number(values['most-seconds'])) return;
    report(
      await run(seed).catch((error: unknown) => ({
        seed,
        kind: 'run',
        starts: 0,
        done: new Map(),
        problems: [`the run itself ended with ${String(error)}`],
      })),
    );
  }
}

const lanes = [
  ...disks.map((disk) => async (seed: number) => layoutRun(seed, program, disk)),
  ...widths.map(() => async (seed: number) => registryRun(seed, program)),
  ...upstreams.map((upstream) => async (seed: number) => registryRun(seed, program, upstream)),
];
await Promise.all(lanes.map(async (run, index) => lane(index, lanes.length, run)));
for (const disk of disks) disk.close();
for (const upstream of upstreams) await upstream.close();

console.log(
  `${total} runs from seed ${first}, ${starts} attempts, ${bad} runs with lost or wrong bytes, ${seconds()} s`,
);
for (const map of [kinds, done]) {
  for (const [name, count] of [...map].sort(([a], [b]) => a.localeCompare(b))) console.log(`  ${name} ${count}`);
}
process.exitCode = bad === 0 ? 0 : 1;
