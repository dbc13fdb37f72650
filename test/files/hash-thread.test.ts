import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type * as WorkerThreads from 'node:worker_threads';
import type { Worker } from 'node:worker_threads';
import { beforeEach, expect, test, vi } from 'vitest';
import { createDigester } from '../../src/files/index.js';

// What becomes of those who wait for the hashing thread when it dies.

const threads: Worker[] = vi.hoisted(() => []);
vi.mock('node:worker_threads', async (original) => {
  const real = await original<typeof WorkerThreads>();
  class Watched extends real.Worker {
    constructor(...given: ConstructorParameters<typeof Worker>) {
      super(...given);
      threads.push(this);
    }
  }
  return { ...real, Worker: Watched };
});

const LARGE = 20 * 1024 * 1024;
const content = new Uint8Array(LARGE);
const newest = (): Worker => threads.at(-1) ?? expect.fail('no thread was started');

beforeEach(() => vi.restoreAllMocks());

const deaths: readonly (readonly [string, () => unknown])[] = [
  ['is ended from outside', () => newest().terminate()],
  ['throws', () => newest().postMessage({ kind: 'digest', stream: -1 })],
  [
    'takes no order',
    () =>
      vi.spyOn(newest(), 'postMessage').mockImplementation(() => {
        throw new Error('no memory for a message');
      }),
  ],
];

// With a single processor everything is hashed in place.
test.skipIf(availableParallelism() < 2).each(deaths)(
  'a thread that %s ends every stream with an error of ours, and the next gets a new thread',
  async (_, kill) => {
    const [first, second] = [createDigester(LARGE), createDigester(LARGE)];
    await first.update(content.subarray(0, 1000));
    expect(await second.digest()).toContain('sha256:');
    const started = threads.length;
    void kill();
    for (const digester of [first, second]) {
      const refusal = await digester.digest().catch((error: unknown) => error);
      expect(refusal).toMatchObject({ name: 'SlipwayError', code: 'WORKER_DIED' });
      await expect(async () => digester.update(content)).rejects.toMatchObject({ code: 'WORKER_DIED' });
      await expect(digester.rewind(0)).rejects.toMatchObject({ code: 'WORKER_DIED' });
      expect(() => digester.close()).not.toThrow();
    }
    const next = createDigester(LARGE);
    await next.update(content);
    expect(await next.digest()).toBe(`sha256:${createHash('sha256').update(content).digest('hex')}`);
    next.close();
    expect(threads).toHaveLength(started + 1);
  },
);
