import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type SlipwayError, type Credential, type RunContext } from '../../src/core/index.js';
import { memoryFile, type Snapshot } from '../../src/files/index.js';
import {
  applyHarbor,
  createRobot,
  getProject,
  getQuota,
  openHarbor,
  projectStorage,
  setQuota,
  type Right,
} from '../../src/harbor/index.js';
import { createHttpClient } from '../../src/http/index.js';
import { variablePrefix } from '../../src/registry/index.js';
import { pack, push } from '../../src/stages/index.js';
import { startTestHarbor, type TestHarbor } from '../../src/testing/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';

// A project whose quota has no room for what is about to be sent.

const ADMIN: Credential = { kind: 'basic', username: 'admin', password: 'Harbor12345', origin: 'test' };
const http = createHttpClient();
let harbor: TestHarbor;
let cwd: string;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-quota-'));
});
afterAll(async () => {
  await http.close();
  await rm(cwd, { recursive: true, force: true });
});
beforeEach(async () => {
  harbor = await startTestHarbor();
});
afterEach(() => harbor.close());

const api = (credential: Credential = ADMIN): ReturnType<typeof openHarbor> =>
  openHarbor({ url: harbor.url, http, credential });

async function quota(size: string): Promise<void> {
  await applyHarbor(api(), { project: 'models', quota: size });
}

/** A model of some weights; digests are not known beforehand unless told. */
function model(size: number, digest?: `sha256:${string}`): Snapshot {
  const { read, path } = memoryFile('w.gguf.txt', new Uint8Array(size));
  const weights = { path, size, read, ...(digest !== undefined && { digest }) };
  return {
    source: { kind: 'directory', name: 'tiny', url: 'file:///tiny', revision: `${size}` },
    files: [weights, memoryFile('config.json', '{}')],
  };
}

function contextFor(credential: Credential): RunContext {
  return createContext({ credentials: async () => credential, env: {} });
}

async function send(
  snapshot: Snapshot,
  options: Parameters<typeof push>[1] = {},
  to = 'models/tiny',
  credential = ADMIN,
): Promise<unknown> {
  const stage = pipeline(pack({ formats: ['oras'] }), push(`${harbor.host}/${to}`, options));
  return stage.run(snapshot, contextFor(credential)).catch((error: unknown) => error);
}

/** A new robot of the project. */
async function robotOf(rights: 'push' | 'pull' | readonly Right[]): Promise<Credential> {
  const { name, secret } = await createRobot(api(), 'models', { name: 'ci', rights });
  return { kind: 'basic', username: name, password: secret, origin: 'test' };
}

function credentialsOf(username: string, password: string): Record<string, string> {
  const prefix = variablePrefix(harbor.host);
  return { [`${prefix}_USERNAME`]: username, [`${prefix}_PASSWORD`]: password };
}

const uploads = (): number =>
  harbor.requests.filter(({ method, path }) => method === 'POST' && /uploads/.test(path)).length;

describe('a push for which there is no room', () => {
  test('is refused with the sizes before anything is sent', async () => {
    await quota('1 MiB');
    const error = (await send(model(3_000_000))) as SlipwayError;
    expect(error).toMatchObject({
      code: 'OCI_STORAGE_FULL',
      message: "the quota of the project 'models' has no room for this push",
      details: {
        got: '2.9 MiB to send, 1 MiB free of 1 MiB',
        context: { needed: 3_000_002, limit: 1_048_576, used: 0 },
      },
    });
    expect(uploads()).toBe(0);
    const stage = pipeline(pack({ formats: ['oras'] }), push(`${harbor.host}/models/tiny`));
    const planned = await stage.plan?.(model(3_000_000), contextFor(ADMIN));
    expect(planned?.reports.at(-1)?.warnings).toEqual([
      "the quota of the project 'models': 2.9 MiB to send, 1 MiB free of 1 MiB",
    ]);
  });

  test('is refused to a robot made for CI too, which is told the two numbers and nothing else of the project', async () => {
    await quota('1 MiB');
    const robot = await robotOf('push');
    expect(await send(model(3_000_000), {}, 'models/tiny', robot)).toMatchObject({ code: 'OCI_STORAGE_FULL' });
    expect(uploads()).toBe(0);
    expect(await projectStorage(api(robot), 'models')).toEqual({ limit: 1_048_576, used: 0 });
    const [refused] = await Promise.allSettled([api(robot).api.list({ path: '/quotas', doing: 'list quotas' })]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'HARBOR_DENIED' } });
  });

  test('is tried all the same when that is asked for: then Harbor refuses', async () => {
    await quota('1 MiB');
    expect(await send(model(3_000_000), { quotaCheck: false })).toMatchObject({ code: 'OCI_STORAGE_FULL' });
    expect(uploads()).toBeGreaterThan(0);
  });

  test('pushes side by side that each had room: the one that comes too late is told so when its file has arrived', async () => {
    await quota('4 MiB');
    const sizes = [2_600_000, 2_600_001];
    const ends = await Promise.all(sizes.map(async (size) => send(model(size), {}, `models/m${size}`)));
    const [refused] = ends.filter((end) => end instanceof Error);
    expect([refused, ends.filter(Array.isArray)]).toMatchObject([{ code: 'OCI_STORAGE_FULL' }, [[{}]]]);
    expect((refused as SlipwayError).details.where).toMatch(/^PUT .*\/blobs\/uploads\//);
  });

  test('a project over its quota takes what adds nothing, and begins no upload', async () => {
    await quota('4 MiB');
    const first = model(3_000_000);
    expect(await send(first, { tags: ['a'] })).toHaveLength(1);
    // Slipway itself would not set such a quota.
    const { id } = await getQuota(api(), (await getProject(api(), 'models')).id);
    await setQuota(api(), id, 1_048_576);
    const env = credentialsOf('admin', 'Harbor12345');
    for (const to of ['tiny:b', 'again:a']) {
      const argv = ['copy', `${harbor.host}/models/tiny:a`, `${harbor.host}/models/${to}`];
      expect(await pipelineCommand(argv, cwd, env)).toMatchObject({ code: 0 });
    }
    expect(await send(model(10), { quotaCheck: false })).toMatchObject({
      code: 'OCI_STORAGE_FULL',
      details: { where: expect.stringMatching(/^POST .*\/blobs\/uploads\//) },
    });
  });

  test('what the repository has already does not count', async () => {
    await quota('4 MiB');
    const first = (await send(model(3_000_000), { tags: ['a'] })) as readonly { tags: readonly string[] }[];
    expect(first[0]?.tags).toEqual(['a']);
    // The same weights beside another text, and the same with a digest that is known.
    const changed = model(3_000_000);
    const files = [...changed.files.slice(0, 1), memoryFile('config.json', '{ }')];
    expect(await send({ ...changed, files }, { tags: ['b'] })).toHaveLength(1);
    const digest = [...harbor.registry.blobs()].find(([, size]) => size === 3_000_000)?.[0] as `sha256:${string}`;
    expect(await send(model(3_000_000, digest), { tags: ['c'] })).toHaveLength(1);
    expect(await send(model(3_000_001), { tags: ['d'] })).toMatchObject({ code: 'OCI_STORAGE_FULL' });
    expect(await send(model(3_000_001), { tags: ['d'] }, 'models/other')).toMatchObject({ code: 'OCI_STORAGE_FULL' });
  });

  test.each(['without a limit', 'with an account that is not told', 'with an answer that makes no sense'])(
    'nothing is refused %s',
    async (how) => {
      await quota(how === 'without a limit' ? 'unlimited' : '8 MiB');
      if (how.endsWith('sense')) harbor.fail({ path: /summary/, fault: { kind: 'html' } });
      const robot = await robotOf([
        { resource: 'repository', action: 'pull' },
        { resource: 'repository', action: 'push' },
      ]);
      if (how.includes('account')) expect(await projectStorage(api(robot), 'models')).toBeUndefined();
      expect(await send(model(3_000_000), {}, 'models/tiny', how.includes('account') ? robot : ADMIN)).toHaveLength(1);
    },
  );
});

test('an artifact of a layout is refused too, and goes with --no-quota-check or room', async () => {
  await writeFile(join(cwd, 'w.txt'), new Uint8Array(3_000_000));
  await quota('1 MiB');
  const env = credentialsOf('admin', 'Harbor12345');
  const run = async (...argv: string[]): ReturnType<typeof pipelineCommand> => pipelineCommand(argv, cwd, env);
  // Not a relative one: that would be beside the tests.
  const layout = `layout:${join(cwd, 'out')}:v1`;
  expect((await run('package', '.', layout, '--format', 'oras')).code).toBe(0);
  for (const command of ['push', 'copy']) {
    const refused = await run(command, layout, `${harbor.host}/models/tiny:v1`);
    expect([refused.code, refused.stderr]).toEqual([10, expect.stringContaining('2.9 MiB to send, 1 MiB free')]);
    expect(uploads()).toBe(0);
  }
  await quota('4 MiB');
  expect((await run('push', layout, `${harbor.host}/models/tiny:v1`)).code).toBe(0);
  expect((await run('push', layout, `${harbor.host}/models/tiny:v2`)).code).toBe(0);
  const tried = await run('copy', layout, `${harbor.host}/models/tiny:v3`, '--no-quota-check');
  expect(tried.code).toBe(0);
});
