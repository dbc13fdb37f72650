import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SlipwayError } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import { openLayout, openRegistry, parseManifest, type LayoutTarget } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/registry.js';
import { FaultProxy } from './fault-proxy.js';
import { Random } from './random.js';
import { expectedDigests, workload } from './workload.js';

const MOST_STARTS = 40;
const HERE = import.meta.dirname;
/** Starts the process under test from its source; run.mjs compiles it first, because it starts thousands. */
const FROM_SOURCE: readonly string[] = [
  resolve(HERE, '../../node_modules/jiti/lib/jiti-cli.mjs'),
  join(HERE, 'push-process.ts'),
];

/** What happened in one run. `problems` is empty unless something was lost or wrong. */
export interface Outcome {
  readonly seed: number;
  readonly kind: 'registry' | 'layout';
  readonly starts: number;
  readonly kills: number;
  readonly faults: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
}

/** Pushes to a registry behind a faulty proxy, killed and started again, and then pulls through the same proxy. */
export async function registryRun(seed: number, program: readonly string[] = FROM_SOURCE): Promise<Outcome> {
  const random = new Random(seed);
  const late: { registry?: TestRegistry } = {};
  const proxy = new FaultProxy({ random, rate: 0.2, expireTokens: () => late.registry?.expireTokens() });
  const host = await proxy.listen();
  const registry = await startTestRegistry({
    auth: 'bearer',
    realm: `http://${host}/token`,
    referrers: random.next() < 0.5,
  });
  late.registry = registry;
  proxy.connect(registry.host);
  try {
    const artifacts = workload(seed);
    const expected = await expectedDigests(artifacts);
    const problems: string[] = [];
    const { starts, kills } = await pushUntilDone([...program, `${host}/chaos/model`, String(seed)], random, problems);
    problems.push(...registry.problems());
    for (const { tag, complete } of registry.tagMoves)
      if (!complete) problems.push(`tag ${tag} moved to something incomplete`);
    for (const [format, digest] of expected) {
      for (const tag of [format, `${format}-latest`]) {
        const actual = registry.tags('chaos/model').get(tag);
        if (actual !== digest) problems.push(`tag ${tag} is ${actual}, not ${digest}`);
      }
    }
    for (const digest of expected.values()) problems.push(...(await pull(host, digest)));
    return { seed, kind: 'registry', starts, kills, faults: proxy.counts, problems };
  } finally {
    await proxy.close();
    await registry.close();
  }
}

/** Pushes to an image layout, killed and started again; what is there is checked after every kill. */
export async function layoutRun(seed: number, program: readonly string[] = FROM_SOURCE): Promise<Outcome> {
  const random = new Random(seed);
  const root = await mkdtemp(join(tmpdir(), 'slipway-chaos-'));
  try {
    const expected = await expectedDigests(workload(seed));
    const problems: string[] = [];
    const layout = openLayout(root);
    const check = async (): Promise<void> => void problems.push(...(await layoutProblems(root, layout)));
    const { starts, kills } = await pushUntilDone(
      [...program, `layout:${root}`, String(seed)],
      random,
      problems,
      check,
    );
    const before = await layout.collectGarbage();
    await check();
    const again = await layout.collectGarbage();
    if (again.blobs > 0) problems.push(`a second collection found ${again.blobs} blobs after ${before.blobs}`);
    for (const [format, digest] of expected) {
      const actual = (await layout.resolve(format)).digest;
      if (actual !== digest) problems.push(`tag ${format} is ${actual}, not ${digest}`);
    }
    return { seed, kind: 'layout', starts, kills, faults: new Map(), problems };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function pushUntilDone(
  command: readonly string[],
  random: Random,
  problems: string[],
  afterKill?: () => Promise<void>,
): Promise<{ starts: number; kills: number }> {
  const wanted = 1 + random.below(3);
  let kills = 0;
  for (let starts = 1; starts <= MOST_STARTS; starts++) {
    const killAfterMs = kills < wanted ? random.below(500) : undefined;
    const end = await pushOnce(command, killAfterMs);
    if (end.killed) kills++;
    if (end.killed) await afterKill?.();
    if (end.code === 0) return { starts, kills };
    // Bytes that were spoilt on the way may end a push; it must never be believed to have worked.
    if (!end.killed && end.code !== 6) problems.push(`the process ended with ${end.code}: ${end.said}`);
    if (end.said.includes('INTERNAL')) problems.push(end.said);
  }
  problems.push(`not done after ${MOST_STARTS} starts`);
  return { starts: MOST_STARTS, kills };
}

async function pushOnce(
  command: readonly string[],
  killAfterMs: number | undefined,
): Promise<{ code: number | null; killed: boolean; said: string }> {
  const child = spawn(process.execPath, [...command], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [killed, said] = [false, ''];
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.once('data', () => {
    if (killAfterMs !== undefined) setTimeout(() => (killed = child.kill('SIGKILL')), killAfterMs).unref();
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, killed: killed && code === null, said };
}

/** Reads an artifact back through the proxy until that works; wrong bytes must fail, never pass. */
async function pull(host: string, digest: string): Promise<string[]> {
  const target = openRegistry(`${host}/chaos/model`, {
    retryDelayMs: 2,
    credentials: async () => ({ kind: 'basic', username: 'user', password: 'password', origin: 'chaos' }),
  });
  for (let attempt = 0; attempt < MOST_STARTS; attempt++) {
    try {
      const { bytes } = await target.readManifest(digest);
      if (sha256(bytes) !== digest) return [`manifest ${digest} was read wrong`];
      for (const blob of parseManifest(bytes, digest).blobs) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of target.readBlob(blob)) chunks.push(chunk);
        if (sha256(Buffer.concat(chunks)) !== blob.digest) return [`blob ${blob.digest} was read wrong`];
      }
      return [];
    } catch (error) {
      if (!SlipwayError.is(error) || error.code === 'INTERNAL') return [`pull failed with ${String(error)}`];
    }
  }
  return [`${digest} could not be read in ${MOST_STARTS} attempts`];
}

async function layoutProblems(root: string, layout: LayoutTarget): Promise<string[]> {
  const problems: string[] = [];
  const directory = join(root, 'blobs', 'sha256');
  for (const name of await readdir(directory).catch(() => [])) {
    if (sha256(await readFile(join(directory, name))) !== `sha256:${name}`) problems.push(`${name} holds other bytes`);
  }
  for (const tag of await layout.tags()) {
    const { bytes } = await layout.readManifest(tag);
    for (const blob of parseManifest(bytes, tag).blobs) {
      if (!(await layout.hasBlob(blob.digest))) problems.push(`${tag} lacks ${blob.digest}`);
    }
  }
  return problems;
}
