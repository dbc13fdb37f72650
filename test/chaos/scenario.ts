import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SlipwayError } from '../../src/core/index.js';
import { DiskStore, sha256 } from '../../src/files/index.js';
import {
  openLayout,
  openRegistry,
  parseManifest,
  type LayoutTarget,
  type ReadableTarget,
} from '../../src/registry/index.js';
import { collect } from '../registry/samples.js';
import { holdsEmptyBlob, rot, type SmallDisk } from './disk.js';
import { FaultProxy } from './fault-proxy.js';
import { attempt, INTERRUPTIONS, type Attempt, type Interruption } from './interruptions.js';
import { fakeRegistry, type Upstream } from './places.js';
import { CLIENT } from './push-workload.js';
import { Random } from './random.js';
import { expectedDigests, workload } from './workload.js';

const MOST_STARTS = 40;
const AT_THE_END = 'at the end';
const HERE = import.meta.dirname;
/** Starts the process under test from its source; run.mjs joins it into one file first, because it starts thousands. */
const FROM_SOURCE: readonly string[] = [
  resolve(HERE, '../../node_modules/jiti/lib/jiti-cli.mjs'),
  join(HERE, 'push-process.ts'),
];

/** What happened in one run. `problems` is empty unless something was lost or wrong. */
export interface Outcome {
  readonly seed: number;
  readonly kind: string;
  readonly starts: number;
  /** How often each thing was done to it. */
  readonly done: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

interface Course {
  starts: number;
  readonly done: Map<string, number>;
  readonly problems: string[];
}

const count = (course: Course, what: string): unknown => course.done.set(what, (course.done.get(what) ?? 0) + 1);

/** Which interruptions a run gets: most are cheap, some start a process. */
function interruptionsOf(random: Random): Interruption[] {
  const costly = random.next() < 0.25;
  return Array.from({ length: 1 + random.below(2) }, () =>
    random.pick(costly ? INTERRUPTIONS : INTERRUPTIONS.slice(0, 2)),
  );
}

/** Pushes through interruptions until an attempt ends well; what is there is checked after each of them. */
async function pushUntilDone(it: Attempt, course: Course, between: () => Promise<void>): Promise<void> {
  const planned = interruptionsOf(it.random);
  let why: string | undefined;
  for (; course.starts < MOST_STARTS; course.starts++) {
    const how = planned.shift();
    if (how !== undefined) count(course, how);
    const end = await attempt(how, it);
    if (end.problem !== undefined) course.problems.push(end.problem);
    if (how !== undefined) await between();
    // An interruption that came too late was none: the workload is there, and what follows must find it whole.
    if (end.isDone && planned.length === 0) return;
    why = end.why;
  }
  course.problems.push(`not done after ${MOST_STARTS} starts: ${why}`);
}

/** A push to an image layout on a disk that fills up, forgets, and has other writers. */
export async function layoutRun(
  seed: number,
  program: readonly string[] = FROM_SOURCE,
  disk?: SmallDisk,
): Promise<Outcome> {
  const random = new Random(seed);
  const folder = disk === undefined ? mkdtempSync(join(tmpdir(), 'slipway-chaos-')) : join(disk.path, String(seed));
  const root = join(folder, 'layout');
  const store = random.next() < 0.4 ? join(folder, 'store') : undefined;
  mkdirSync(root, { recursive: true });
  const course: Course = { starts: 0, done: new Map(), problems: [] };
  const layout = openLayout(root);
  try {
    const expected = await expectedDigests(workload(seed));
    const it: Attempt = { address: `layout:${root}`, seed, store, program, random };
    if (disk !== undefined && random.next() < 0.25) {
      disk.fill(random.below(3_000_000));
      count(course, 'full disk');
      await attempt(undefined, it);
      disk.relieve();
      await requireWhole(layout, course, 'after a full disk');
    }
    let rotten = false;
    await pushUntilDone(it, course, async () => {
      if (!rotten) await requireWhole(layout, course, 'after an interruption');
      if (random.next() >= 0.2) return;
      const place =
        store !== undefined && random.next() < 0.5 ? join(store, 'blobs/sha256') : join(root, 'blobs/sha256');
      const hasRotted = rot(place, random);
      if (hasRotted) count(course, 'rot');
      rotten ||= hasRotted && place.startsWith(root);
    });
    // What the disk changed in an index that no push reads again is for `cache verify`.
    if (rotten) await attempt(undefined, it);
    await requireWhole(layout, course, AT_THE_END);
    await requireTags(layout, expected, course);
    if (random.next() < 0.1) await requireGarbageGone(layout, course);
    if (store !== undefined) await requireStore(store, course);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { seed, kind: 'layout', ...course };
}

/** A push to a registry behind a proxy that drops, spoils and delays; then everything is pulled through the same proxy. */
export async function registryRun(
  seed: number,
  program: readonly string[] = FROM_SOURCE,
  upstream?: Upstream,
): Promise<Outcome> {
  const random = new Random(seed);
  const late: { upstream?: Upstream } = {};
  const proxy = new FaultProxy({ random, rate: 0.15, expireTokens: () => late.upstream?.expireTokens() });
  const host = await proxy.listen();
  const registry = upstream ?? (await fakeRegistry(host, random.next() < 0.5));
  late.upstream = registry;
  proxy.connect(registry.host);
  const repository = `chaos/s${seed}`;
  const course: Course = { starts: 0, done: proxy.counts, problems: [] };
  try {
    const expected = await expectedDigests(workload(seed));
    const it: Attempt = { address: `${host}/${repository}`, seed, store: undefined, program, random };
    const direct = openRegistry(`${registry.host}/${repository}`, CLIENT);
    const through = openRegistry(`${host}/${repository}`, CLIENT);
    if (registry.disk?.isReal === true && random.next() < 0.2) {
      registry.disk.fill(random.below(2_000_000));
      count(course, 'full disk');
      await attempt(undefined, it);
      registry.disk.relieve();
      if (holdsEmptyBlob(registry.disk)) {
        await requireRefused(direct, it, course);
        return { seed, kind: registry.name, ...course };
      }
    }
    // The fake asks for tokens through the proxy: there everything is read by it once the faults have stopped.
    const look = async (when: string): Promise<void> =>
      upstream === undefined ? undefined : requireWhole(direct, course, when);
    await pushUntilDone(it, course, async () => look('after an interruption'));
    course.problems.push(...registry.problems());
    await pull(through, [...expected.values()], course);
    proxy.active = false;
    const reader = upstream === undefined ? through : direct;
    await requireWhole(reader, course, AT_THE_END);
    await requireTags(reader, expected, course);
  } finally {
    await proxy.close();
    if (upstream === undefined) await registry.close();
    else registry.clear();
  }
  return { seed, kind: registry.name, ...course };
}

/** distribution 2 keeps a manifest that it could not write, and takes the same one again: no push may name it. */
async function requireRefused(direct: ReadableTarget, it: Attempt, course: Course): Promise<void> {
  count(course, 'damaged by its disk');
  for (let tries = 0; tries < 3; tries++) await attempt(undefined, it);
  await requireWhole(direct, course, AT_THE_END);
}

/** Everything under every tag is there and is what its digest says. */
async function requireWhole(target: ReadableTarget, course: Course, when: string): Promise<void> {
  const tags = await target.tags().catch((error: unknown) => {
    if (SlipwayError.is(error) && error.code === 'OCI_NOT_FOUND') return [];
    throw error;
  });
  for (const tag of tags) {
    try {
      const { bytes, descriptor } = await target.readManifest(tag);
      if (sha256(bytes) !== descriptor.digest) course.problems.push(`${when}: ${tag} has another manifest`);
      for (const blob of parseManifest(bytes, tag).blobs) {
        const content = await collect(target.readBlob(blob));
        if (sha256(content) !== blob.digest) course.problems.push(`${when}: ${tag} has other bytes in ${blob.digest}`);
      }
    } catch (error) {
      // A registry that is in the middle of a request that was given up lists a tag before it has it.
      const code = when !== AT_THE_END && SlipwayError.is(error) ? error.code : undefined;
      // A disk that was full leaves the file of a tag empty (distribution 2): the next push that comes to its end fills it.
      const isUnwritten = code === 'OCI_UNAVAILABLE' && course.done.has('full disk');
      if (code !== 'OCI_NOT_FOUND' && !isUnwritten)
        course.problems.push(`${when}: ${tag} cannot be read: ${String(error)}`);
    }
  }
}

async function requireTags(
  target: ReadableTarget,
  expected: ReadonlyMap<string, string>,
  course: Course,
): Promise<void> {
  for (const [format, digest] of expected) {
    for (const tag of [format, `${format}-latest`]) {
      const actual = await target.resolve(tag).then((one) => one.digest, String);
      if (actual !== digest) course.problems.push(`tag ${tag} is ${actual}, not ${digest}`);
    }
  }
}

/** Reads artifacts through the faults until that works; wrong bytes must fail, never pass. */
async function pull(target: ReadableTarget, digests: readonly string[], course: Course): Promise<void> {
  for (const digest of digests) {
    let done = false;
    for (let tries = 0; !done && tries < MOST_STARTS; tries++) {
      try {
        const { bytes } = await target.readManifest(digest);
        if (sha256(bytes) !== digest) course.problems.push(`manifest ${digest} was read wrong`);
        for (const blob of parseManifest(bytes, digest).blobs) {
          const content = await collect(target.readBlob(blob));
          if (sha256(content) !== blob.digest) course.problems.push(`blob ${blob.digest} was read wrong`);
        }
        done = true;
      } catch (error) {
        if (!SlipwayError.is(error) || error.code === 'INTERNAL')
          course.problems.push(`pull failed with ${String(error)}`);
      }
    }
    if (!done) course.problems.push(`${digest} could not be read in ${MOST_STARTS} attempts`);
  }
}

async function requireGarbageGone(layout: LayoutTarget, course: Course): Promise<void> {
  const before = await layout.collectGarbage();
  await requireWhole(layout, course, 'after a collection');
  const again = await layout.collectGarbage();
  if (again.blobs > 0) course.problems.push(`a second collection found ${again.blobs} blobs after ${before.blobs}`);
}

/** What the store still has is sound, or is found not to be. */
async function requireStore(directory: string, course: Course): Promise<void> {
  await new DiskStore(directory).verify();
  const folder = join(directory, 'blobs/sha256');
  // Not one file of the workload had a digest: nothing was stored.
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (sha256(readFileSync(join(folder, name))) !== `sha256:${name}`)
      course.problems.push(`the store has a wrong ${name}`);
  }
}
