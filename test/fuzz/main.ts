import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SlipwayError } from '../../src/core/index.js';
import { mutated, Random } from './mutate.js';
import { Reference } from './reference.js';
import { TARGETS } from './targets/index.js';
import type { FuzzTarget } from './targets/target.js';

const MOST_MS = Number(process.env['FUZZ_MOST_MS'] ?? 1000);
const MOST_GROWTH = 300 * 1024 * 1024;
/** Inputs of a target that are kept, and their largest size. */
const KEPT = 40;
const KEPT_BYTES = 4096;
/** Inputs that others start from, and their largest size: small ones are read by the thousand. */
const MOST_STARTS = 400;
const START_BYTES = 16 * 1024;
const MOST_KINDS = 2000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    inputs: { type: 'string' },
    'most-seconds': { type: 'string' },
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
  /** Accepted inputs that readers of others were asked about. */
  compared: number;
  slowestMs: number;
  failures: number;
  readonly kinds: Map<string, number>;
}

interface Outcome {
  readonly kind: string;
  readonly fault: boolean;
  readonly ms: number;
}

/** What an input led to: nothing, a code with the shape of its message, or something that must not be. */
async function outcomeOf(target: FuzzTarget, input: Uint8Array): Promise<Outcome> {
  const before = process.memoryUsage.rss();
  const started = process.cpuUsage();
  let [kind, fault] = ['accepted', false];
  try {
    await target.read(input);
  } catch (error) {
    const shape = (message: string): string => message.replaceAll(/'[^']*'|\d+/g, '#').slice(0, 60);
    fault = !SlipwayError.is(error) || error.code === 'INTERNAL';
    kind = SlipwayError.is(error)
      ? `${error.code} ${shape(error.message)} ${shape(error.details.got ?? '')}`
      : `FAULT ${String(error)} ${error instanceof Error ? (error.stack ?? '').slice(0, 1000) : ''}`;
  }
  const { user, system } = process.cpuUsage(started);
  // Of the processor's time: a pause of a busy machine is no slow input.
  const ms = (user + system) / 1000;
  if (ms > MOST_MS) [kind, fault] = [`SLOW ${Math.round(ms)} ms: ${kind}`, true];
  const growth = process.memoryUsage.rss() - before;
  if (growth > MOST_GROWTH) [kind, fault] = [`MEMORY ${growth} bytes: ${kind}`, true];
  return { kind, fault, ms };
}

/** What is slow or large once and not again was the machine: other work, a collection of garbage. */
async function settledOutcome(target: FuzzTarget, input: Uint8Array): Promise<Outcome> {
  let outcome = await outcomeOf(target, input);
  for (let again = 0; again < 3 && /^(SLOW|MEMORY)/.test(outcome.kind); again++)
    outcome = await outcomeOf(target, input);
  return outcome;
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

async function compared(input: Uint8Array, references: readonly Reference[]): Promise<Outcome | undefined> {
  for (const reference of references) {
    const refusal = await reference.refusal(input);
    if (refusal !== undefined) return { kind: `DIFFERS ${reference.name}: ${refusal}`, fault: true, ms: 0 };
  }
  return undefined;
}

async function fuzz(target: FuzzTarget, until: (inputs: number) => boolean, random: Random): Promise<Tally> {
  const folder = join(CORPUS, target.name);
  const corpus = [...(await target.seeds()), ...kept(folder)];
  const tally: Tally = { inputs: 0, accepted: 0, compared: 0, slowestMs: 0, failures: 0, kinds: new Map() };
  if (corpus.length === 0) return tally;
  const references = await referencesOf(target);
  let saved = kept(folder).length;
  const take = async (input: Uint8Array): Promise<void> => {
    let { kind, fault, ms } = await settledOutcome(target, input);
    if (kind === 'accepted') {
      tally.accepted++;
      if (references.length > 0) tally.compared++;
      ({ kind, fault } = (await compared(input, references)) ?? { kind, fault });
    }
    tally.inputs++;
    tally.slowestMs = Math.max(tally.slowestMs, ms);
    if (fault) {
      tally.failures++;
      if (tally.failures < 200) write(join(FAILURES, target.name), input, kind);
    }
    const isNew = !tally.kinds.has(kind);
    if (tally.kinds.size < MOST_KINDS) tally.kinds.set(kind, (tally.kinds.get(kind) ?? 0) + 1);
    if (!isNew || corpus.length > MOST_STARTS || input.byteLength > START_BYTES) return;
    // An input that led somewhere new is where the next ones start.
    corpus.push(input);
    if (!values.keep || fault || saved >= KEPT || input.byteLength > KEPT_BYTES) return;
    write(folder, input);
    saved++;
  };
  // What they lead to is added meanwhile.
  const first = corpus.slice();
  for (const input of first) await take(input);
  while (!until(tally.inputs)) {
    const isGenerated = target.generate !== undefined && random.next() < 0.5;
    await take(isGenerated ? target.generate(random) : mutated(random.pick(corpus), random.pick(corpus), random));
  }
  for (const reference of references) reference.close();
  return tally;
}

async function referencesOf({ references = [] }: FuzzTarget): Promise<readonly Reference[]> {
  const found: Reference[] = [];
  for (const name of references) {
    const reference = await Reference.find(name);
    if (reference === undefined) process.stdout.write(`no Python here has ${name}: nothing is compared with it\n`);
    else found.push(reference);
  }
  return found;
}

const targets = TARGETS.filter(({ name }) => values.only === undefined || name.includes(values.only));
let failures = 0;
let inputs = 0;
for (const [index, target] of targets.entries()) {
  const most = values.inputs === undefined ? Infinity : Number(values.inputs);
  const share = most === Infinity ? Number(values.seconds) / targets.length : Infinity;
  const end = performance.now() + Number(values['most-seconds'] ?? share) * 1000;
  const started = performance.now();
  const until = (count: number): boolean => count >= most || performance.now() >= end;
  const tally = await fuzz(target, until, new Random(Number(values.seed) * 1000 + index));
  failures += tally.failures;
  inputs += tally.inputs;
  process.stdout.write(
    `${target.name.padEnd(34)} ${String(tally.inputs).padStart(8)} inputs  ${String(tally.accepted).padStart(7)} accepted  ` +
      `${String(tally.compared).padStart(7)} compared  ${String(tally.kinds.size).padStart(4)} outcomes  ` +
      `slowest ${tally.slowestMs.toFixed(0)} ms  ${tally.failures} failures  ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
  );
}
process.stdout.write(
  `${inputs} inputs, ${failures} failures, seed ${values.seed}${failures > 0 ? `: see ${FAILURES}` : ''}\n`,
);
process.exitCode = failures > 0 ? 1 : 0;
