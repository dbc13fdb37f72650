import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MEDIA_TYPES, openTarget } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

let registry: TestRegistry;
let cwd: string;

beforeEach(async () => {
  registry = await startTestRegistry();
  cwd = await mkdtemp(join(tmpdir(), 'slipway-lifecycle-'));
  await mkdir(join(cwd, 'model'));
  await writeFile(join(cwd, 'model', 'data.bin'), 'weights');
});
afterEach(async () => {
  await registry.close();
  await rm(cwd, { recursive: true });
});

const run = async (...argv: string[]): Promise<Outcome> =>
  pipelineCommand([...argv, '--progress', 'none'], cwd, { HOME: cwd });

async function pushed(target: string): Promise<string> {
  const { stdout } = await run(
    'push',
    './model',
    `${target}:v1`,
    '--format',
    'oras',
    '--include',
    '**',
    '--tag',
    'old',
  );
  return /@(sha256:[0-9a-f]{64})/.exec(stdout)?.[1] ?? '';
}

/** Something that refers to a manifest, as a signature does. */
async function attach(address: string, subject: string): Promise<void> {
  const { target } = openTarget(address);
  const { descriptor } = await target.readManifest(subject);
  const config = await target.pushBlob({ path: 'c', size: 2, read: () => once(Buffer.from('{}')) });
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: 'application/vnd.example.signature',
    config: { mediaType: MEDIA_TYPES.empty, digest: config.digest, size: config.size },
    layers: [],
    subject: { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size },
  };
  await target.pushManifest(Buffer.from(JSON.stringify(manifest)), MEDIA_TYPES.manifest);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

describe.each(['registry', 'layout'])('in a %s', (kind) => {
  const address = (): string => (kind === 'registry' ? `${registry.host}/team/m` : `layout:${cwd}/models`);

  test('tags are listed, made and removed', async () => {
    const digest = await pushed(address());
    expect((await run('tag', `${address()}:v1`, 'v2', 'stable')).code).toBe(0);
    const listed = JSON.parse((await run('ls', address(), '--json')).stdout) as {
      tags: { tag: string; digest: string }[];
    };
    expect(listed.tags.map(({ tag }) => tag).sort()).toEqual(['old', 'stable', 'v1', 'v2']);
    expect(new Set(listed.tags.map((one) => one.digest))).toEqual(new Set([digest]));
    expect((await run('untag', `${address()}:old`, '--dry-run')).stdout).toContain('would untag');
    expect((await run('untag', `${address()}:old`)).code).toBe(0);
    expect((await run('ls', address(), '--quiet')).stdout.trim().split('\n').sort()).toEqual(['stable', 'v1', 'v2']);
  });

  test('an artifact is deleted with its tags and what refers to it', async () => {
    const digest = await pushed(address());
    await attach(address(), digest);
    const dry = JSON.parse((await run('rm', `${address()}:v1`, '--dry-run', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(dry).toMatchObject({
      dryRun: true,
      digest,
      tags: ['old', 'v1'],
      referrers: [expect.stringContaining('sha256:')],
    });
    expect((await run('ls', address(), '--quiet')).stdout.trim().split('\n')).toHaveLength(2);
    expect((await run('rm', `${address()}:v1`)).code).toBe(0);
    expect((await run('ls', address(), '--quiet')).stdout.trim()).toBe('');
    await expect(openTarget(address()).target.readManifest(digest)).rejects.toMatchObject({
      code: expect.stringContaining('NOT_FOUND'),
    });
  });

  test('a tag of something else is not moved when told', async () => {
    await pushed(address());
    await writeFile(join(cwd, 'model', 'data.bin'), 'other weights');
    await run('push', './model', `${address()}:v9`, '--format', 'oras', '--include', '**');
    const { code, stderr } = await run('tag', `${address()}:v9`, 'v1', '--no-overwrite');
    expect([code, stderr]).toEqual([11, expect.stringContaining('TAG_EXISTS')]);
  });
});

test.each([
  ['cp', 'pipeline copy'],
  ['discover', 'pipeline inspect'],
  ['delete', 'pipeline rm'],
  ['catalog', 'pipeline ls'],
  ['save', 'pipeline copy'],
])('what others call %s is answered with %s', async (word, answer) => {
  const { code, stderr } = await run(word, 'x');
  expect([code, stderr]).toEqual([2, expect.stringContaining(answer)]);
});

test('a layout or an archive without its word is recognised', async () => {
  await pushed(`layout:${cwd}/models`);
  expect((await run('inspect', join(cwd, 'models'))).code).toBe(0);
  const copied = await run('copy', `${join(cwd, 'models')}:v1`, `oci-archive:${cwd}/models.tar`);
  expect([copied.code, copied.stdout]).toEqual([0, expect.stringContaining('models.tar:v1@sha256:')]);
  const listed = await run('ls', join(cwd, 'models.tar'), '--quiet');
  expect(listed.stdout.trim()).toBe('v1');
  // A place that is not there yet is named with the word that it needs.
  const refused = await run('copy', `layout:${cwd}/models:v1`, join(cwd, 'new.tar'));
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`oci-archive:${cwd}/new.tar`)]);
});
