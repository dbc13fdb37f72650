import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createContext, pipeline, type SlipwayError } from '../../src/core/index.js';
import { convert, download, evaluate, pack, push } from '../../src/stages/index.js';
import { CAN_MOE, MOBY, NEEDS } from '../evaluate/glass.js';
import { moeRepository } from '../evaluate/moe.js';
import { hubAndRegistry } from '../support/hub-and-registry.js';

const KILLS = 20;
const at = hubAndRegistry();

/** Processes that this one has started and not seen end: their state, and whether they run models. */
async function children(): Promise<{ pid: number; state: string; runsModels: boolean }[]> {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const facts = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name stands in parentheses, and may have spaces.
    const [state = '', parent] = facts.slice(facts.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) !== process.pid) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    found.push({ pid: Number(pid), state, runsModels: command.includes('llama-process') });
  }
  return found;
}

async function childThatRunsModels(until: () => boolean): Promise<number | undefined> {
  while (!until()) {
    const child = (await children()).find(({ runsModels, state }) => runsModels && state !== 'Z');
    if (child !== undefined) return child.pid;
    await pause(2);
  }
  return undefined;
}

/** One run with a gate; the child is killed so many milliseconds after it was started, if it still lives then. */
async function run(repository: string, killAfter: number): Promise<{ error: SlipwayError | undefined; lived: number }> {
  const temporary = join(at.folder, 'temporary');
  await mkdir(temporary, { recursive: true });
  const context = createContext({
    env: { ...at.hub.env, HOME: at.folder, TMPDIR: temporary },
    limits: { concurrency: 1, threads: 1, memory: 256 * 1024 ** 2 },
  });
  const chain = pipeline(
    download('hf://acme/moe'),
    convert({ outtype: 'f16', quantize: 'Q4_0', fallback: 'allow' }),
    evaluate({ text: MOBY, context: 64, chunks: 32, gate: 'kld.mean<10' }),
    pack(),
    push(`${at.registry.host}/${repository}`),
  );
  let over = false;
  const running = chain.run(undefined, context).then(
    () => undefined,
    (error: unknown) => error as SlipwayError,
  );
  const done = running.finally(() => (over = true));
  const pid = await childThatRunsModels(() => over);
  const born = performance.now();
  await Promise.race([done, pause(killAfter)]);
  if (pid !== undefined && !over) process.kill(pid, 'SIGKILL');
  const error = await done;
  const lived = performance.now() - born;
  await context.close();
  expect(await readdir(temporary)).toEqual([]);
  expect((await children()).filter(({ runsModels, state }) => runsModels || state === 'Z')).toEqual([]);
  return { error, lived };
}

describe.skipIf(!CAN_MOE || process.platform !== 'linux')(`the process that runs models (${NEEDS})`, () => {
  test(`killed at ${KILLS} moments: an error that says so, no zombie, no file, no tag`, async () => {
    at.hub.add('acme/moe', moeRepository());
    const { error: none, lived } = await run('models/moe', 1e6);
    expect(none).toBeUndefined();
    expect([...at.registry.tags('models/moe').keys()]).toEqual(['q4_0']);
    let seed = 7;
    const codes = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const repository = `models/moe-${kill}`;
      const { error } = await run(repository, (lived * seed) / 2 ** 32);
      // It may have had nothing left to do when it was killed.
      codes.add(error?.code ?? 'done');
      if (error === undefined) continue;
      expect(error.code).toBe('WORKER_DIED');
      expect(`${error.message} ${error.details.got}`).toMatch(/process that runs (?:the model|models?).*SIGKILL/s);
      expect([...at.registry.tags(repository).keys()]).toEqual([]);
    }
    expect(codes).toContain('WORKER_DIED');
  });
});
