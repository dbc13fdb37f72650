import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SlipwayError } from '../../src/core/index.js';
import { mutated, Random } from './mutate.js';
import { TARGETS, type FuzzTarget } from './targets.js';

const MOST_MS = Number(process.env['FUZZ_MOST_MS'] ?? 1000);
const MOST_GROWTH = 300 * 1024 * 1024;
/** Inputs of a target that are kept, and their largest size. */
const KEPT = 40;
const KEPT_BYTES = 4096;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    inputs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const CORPUS = join(process.cwd(), 'test', 'fuzz', 'corpus');
const FAILURES = join(process.cwd(), '.cache', 'fuzz-failures');

interface Tally {
  inputs: number;
  accepted: number;
  slowestMs: number;
  failures: number;
  readonly kinds: Map<string, number>;
}

/** What an input led to: nothing, a code with the shape of its message, or something that must not be. */
async function outcomeOf(target: FuzzTarget, input: Uint8Array): Promise<{ kind: string; fault: boolean; ms: number }> {
  const started = performance.now();
  const before = process.memoryUsage().rss;
  let [kind, fault] = ['accepted', false];
  try {
    await target.read(input);
  } catch (error) {
    const shape = (message: string): string => message.replaceAll(/'[^']*'|\d+/g, '#').slice(0, 80);
    fault = !SlipwayError.is(error) || error.code === 'INTERNAL';
    kind = SlipwayError.is(error)
      ? `${error.code} ${shape(error.message)} ${shape(error.details.got ?? '')}`
      : `FAULT ${String(error)}`;
  }
  const ms = performance.now() - started;
  if (ms > MOST_MS) [kind, fault] = [`SLOW ${Math.round(ms)} ms: ${kind}`, true];
  const growth = process.memoryUsage().rss - before;
  if (growth > MOST_GROWTH) [kind, fault] = [`MEMORY ${growth} bytes: ${kind}`, true];
  return { kind, fault, ms };
}

function kept(folder: string): Uint8Array[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .map((name) => readFileSync(join(folder, name)))
    : [];
}

function write(folder: string, input: Uint8Array, note = ''): void {
  mkdirSync(folder, { recursive: true });
  const name = createHash('sha256').update(input).digest('hex').slice(0, 16);
  writeFileSync(join(folder, name), input);
  if (note !== '') writeFileSync(join(folder, `${name}.txt`), note);
}

async function fuzz(target: FuzzTarget, until: (inputs: number) => boolean, random: Random): Promise<Tally> {
  const folder = join(CORPUS, target.name);
  const corpus = [...(await target.seeds()), ...kept(folder)];
  const tally: Tally = { inputs: 0, accepted: 0, slowestMs: 0, failures: 0, kinds: new Map() };
  if (corpus.length === 0) return tally;
  let saved = kept(folder).length;
  const take = async (input: Uint8Array): Promise<void> => {
    const { kind, fault, ms } = await outcomeOf(target, input);
    tally.inputs++;
    tally.slowestMs = Math.max(tally.slowestMs, ms);
    if (kind === 'accepted') tally.accepted++;
    if (fault) {
      tally.failures++;
      write(join(FAILURES, target.name), input, kind);
    }
    const isNew = !tally.kinds.has(kind);
    tally.kinds.set(kind, (tally.kinds.get(kind) ?? 0) + 1);
    if (!isNew || corpus.length > 400) return;
    // An input that led somewhere new is where the next ones start.
    corpus.push(input);
    if (!values.keep || fault || saved >= KEPT || input.byteLength > KEPT_BYTES) return;
    write(folder, input);
    saved++;
  };
  // What they lead to is added meanwhile.
  const first = corpus.slice();
  for (const input of first) await take(input);
  while (!until(tally.inputs)) await take(mutated(random.pick(corpus), random.pick(corpus), random));
  return tally;
}

const targets = TARGETS.filter(({ name }) => values.only === undefined || name.includes(values.only));
let failures = 0;
let inputs = 0;
for (const [index, target] of targets.entries()) {
  const end = performance.now() + (Number(values.seconds) * 1000) / targets.length;
  const most = values.inputs === undefined ? undefined : Number(values.inputs);
  const until = (count: number): boolean => (most === undefined ? performance.now() >= end : count >= most);
  const tally = await fuzz(target, until, new Random(Number(values.seed) * 1000 + index));
  failures += tally.failures;
  inputs += tally.inputs;
  process.stdout.write(
    `${target.name.padEnd(34)} ${String(tally.inputs).padStart(8)} inputs  ${String(tally.accepted).padStart(7)} accepted  ` +
      `${String(tally.kinds.size).padStart(4)} outcomes  slowest ${tally.slowestMs.toFixed(0)} ms  ${tally.failures} failures\n`,
  );
}
process.stdout.write(
  `${inputs} inputs, ${failures} failures, seed ${values.seed}${failures > 0 ? `: see ${FAILURES}` : ''}\n`,
);
process.exitCode = failures > 0 ? 1 : 0;
