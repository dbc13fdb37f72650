import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { digestedFile } from '../../src/files/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand } from './fake-terminal.js';

/** Above what is read into memory before it is sent. */
const SIZE = 3_000_000;
/** Of this format. */
const CONFIG = 2;

let registry: TestRegistry;
let cwd: string;

beforeEach(async () => {
  registry = await startTestRegistry();
  cwd = await mkdtemp(join(tmpdir(), 'slipway-unchanged-file-'));
  await writeFile(join(cwd, 'data.bin'), Buffer.alloc(SIZE, 'weights'));
});

afterEach(async () => {
  await registry.close();
  await rm(cwd, { recursive: true });
});

interface Summary {
  readonly artifacts: readonly { readonly digest: string }[];
  readonly stages: readonly { readonly stage: string; readonly bytes: number; readonly summary?: string }[];
}

/** Pushes the file from a machine that has never seen it; says what the registry got. */
async function push(
  target: string,
): Promise<{ received: number; writes: readonly string[]; digest?: string; bytes?: number; summary?: string }> {
  const before = registry.requests.length;
  const home = await mkdtemp(join(cwd, 'home-'));
  const options = ['--format', 'oras', '--include', 'data.bin', '--json', '--progress', 'none'];
  const outcome = await pipelineCommand(['push', './data.bin', target, ...options], cwd, { HOME: home });
  expect(outcome).toMatchObject({ code: 0 });
  const requests = registry.requests.slice(before);
  const { artifacts, stages } = JSON.parse(outcome.stdout) as Summary;
  const stage = stages.find((one) => one.stage === 'push');
  return {
    received: requests.reduce((sum, { received }) => sum + received, 0),
    writes: requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').map(({ method }) => method),
    ...(artifacts[0] !== undefined && { digest: artifacts[0].digest }),
    ...(stage !== undefined && { bytes: stage.bytes }),
    ...(stage?.summary !== undefined && { summary: stage.summary }),
  };
}

describe('a file that the registry has', () => {
  test('is not sent again, and an unchanged artifact is said to be one', async () => {
    const first = await push(`${registry.host}/team/model:v1`);
    expect(first).toMatchObject({ bytes: SIZE + CONFIG, summary: '1 artifact' });
    const again = await push(`${registry.host}/team/model:v1`);
    expect(again).toEqual({
      received: 0,
      writes: [],
      digest: first.digest,
      bytes: 0,
      summary: '1 artifact, unchanged',
    });
  });

  test('gets a second tag without its bytes', async () => {
    const first = await push(`${registry.host}/team/model:v1`);
    const second = await push(`${registry.host}/team/model:v2`);
    expect(second).toMatchObject({ digest: first.digest, bytes: 0, summary: '1 artifact' });
    expect(new Set(second.writes)).toEqual(new Set(['PUT']));
    expect(second.received).toBeLessThan(10_000);
  });

  test('is sent when it has other bytes of the same size', async () => {
    const first = await push(`${registry.host}/team/model:v1`);
    await writeFile(join(cwd, 'data.bin'), Buffer.alloc(SIZE, 'changed'));
    const second = await push(`${registry.host}/team/model:v1`);
    expect(second).toMatchObject({ bytes: SIZE, summary: '1 artifact' });
    expect(second.digest).not.toBe(first.digest);
  });

  test('is recognised where the account may not list tags', async () => {
    await push(`${registry.host}/team/model:v1`);
    registry.fail({ method: 'GET', path: /tags\/list/, times: Infinity, fault: { kind: 'status', status: 403 } });
    expect(await push(`${registry.host}/team/model:v1`)).toMatchObject({ received: 0, writes: [] });
  });

  test('is not read beforehand for a repository that has nothing', async () => {
    await push(`${registry.host}/team/model:v1`);
    const methods = registry.requests.filter(({ path }) => path.includes('/blobs/')).map(({ method }) => method);
    // Its digest is computed on the way: a whole file with a known one would go in one PUT.
    expect(methods).toContain('PATCH');
  });
});

test.each([
  ['layout', 'layout:', 'lay'],
  ['archive', 'oci-archive:', 'lay.tar'],
])('of an unchanged file a %s gets nothing', async (_, scheme, name) => {
  const [one, two] = ['v1', 'v2'].map((tag) => `${scheme}${join(cwd, name)}:${tag}`) as [string, string];
  const run = async (target: string): Promise<{ summary?: string; bytes: number }[]> => {
    const options = ['--format', 'oras', '--include', 'data.bin', '--json', '--progress', 'none'];
    const outcome = await pipelineCommand(['package', './data.bin', target, ...options], cwd, { HOME: cwd });
    expect(outcome).toMatchObject({ code: 0 });
    const { stages } = JSON.parse(outcome.stdout) as Summary;
    return stages
      .filter(({ stage }) => stage === 'push')
      .map(({ bytes, summary }) => ({ bytes, ...(summary !== undefined && { summary }) }));
  };
  expect(await run(one)).toEqual([{ bytes: SIZE + CONFIG, summary: '1 artifact' }]);
  const archive = async (): Promise<number> => (name.endsWith('.tar') ? (await stat(join(cwd, 'lay.tar'))).size : 0);
  const size = await archive();
  expect(await run(one)).toEqual([{ bytes: 0, summary: '1 artifact, unchanged' }]);
  expect(await archive()).toBe(size);
  expect(await run(two)).toEqual([{ bytes: 0, summary: '1 artifact' }]);
});

test('a file that changes between its digest and its reading is no other file under that digest', async () => {
  let isOther = false;
  const digested = await digestedFile({
    path: 'data.bin',
    size: 4,
    async *read() {
      yield Promise.resolve(new Uint8Array(4).fill(isOther ? 1 : 0));
    },
  });
  isOther = true;
  const reading = async (): Promise<void> => {
    for await (const _ of digested.read()) {
      // Until it ends.
    }
  };
  await expect(reading()).rejects.toSatisfy((error) => SlipwayError.is(error) && error.code === 'DIGEST_MISMATCH');
});
