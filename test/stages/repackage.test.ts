import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline } from '../../src/core/index.js';
import { DiskStore, sha256 } from '../../src/files/index.js';
import { convert, download, pack, push, repackage } from '../../src/stages/index.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';
import { pipelineCommand } from '../cli/fake-terminal.js';

const at = hubAndRegistry(async () => {
  const chain = pipeline(
    download(`hf://${MODEL}`),
    convert({ outtype: 'f16' }),
    pack({ index: true }),
    push(`${at.registry.host}/models/a`),
  );
  await chain.run(undefined, context());
});

const context = at.context;

/** Bytes of blobs that were sent or fetched since `from` requests. */
const uploads = (from: number): string[] =>
  at.registry.requests.slice(from).flatMap(({ method, path }) => (method === 'PATCH' ? [path] : []));

describe('repackage', () => {
  test('into another repository and format: the weights are mounted, facts are kept', async () => {
    const before = at.registry.requests.length;
    const [pushed] = await repackage(`oci://${at.registry.host}/models/a:f16`, `${at.registry.host}/docker/a`, {
      formats: ['docker'],
      tags: ['v1'],
    }).run(undefined, context());
    expect(pushed?.tags).toEqual(['v1']);
    expect(at.registry.problems()).toEqual([]);
    const weights = [...at.registry.blobs()].toSorted(([, a], [, b]) => b - a)[0];
    expect(at.registry.requests.slice(before).some(({ path }) => path.includes('mount='))).toBe(true);
    expect(uploads(before)).toEqual([]);
    const kept = at.registry.manifests('docker/a').get(pushed?.digest ?? 'sha256:');
    const manifest = JSON.parse(new TextDecoder().decode(kept?.bytes)) as {
      layers: { digest: string }[];
      annotations?: Record<string, string>;
    };
    expect(manifest.layers.map(({ digest }) => digest)).toContain(weights?.[0]);
    expect(manifest.annotations).toMatchObject({ 'org.opencontainers.image.title': 'tiny-llama' });
  });

  test('a member of an index is chosen by its variant', async () => {
    const [pushed] = await repackage(`oci://${at.registry.host}/models/a:latest`, `${at.registry.host}/oras/a`, {
      formats: ['oras'],
      variant: 'F16',
    }).run(undefined, context());
    expect(pushed?.tags).toEqual(['f16']);
  });
});

describe('commands', () => {
  const pipe = async (...argv: readonly string[]) => pipelineCommand(argv, at.folder, {});

  test('repackage and readers', async () => {
    const ref = `${at.registry.host}/models/a`;
    const made = await pipe('repackage', `${ref}:f16`, `${ref}:f16-docker`, '--format', 'docker');
    expect([made.code, made.stdout]).toEqual([0, expect.stringMatching(/:f16-docker@sha256:[0-9a-f]{64}\n$/)]);
    const answer = await pipe('readers', `${ref}:f16-docker`, '--json');
    const { format, shape, readers } = JSON.parse(answer.stdout) as {
      format: string;
      shape: string;
      readers: { reader: string; verdict: string }[];
    };
    expect([format, shape]).toEqual(['docker', 'docker-gguf']);
    expect(readers.find(({ reader }) => reader === 'Docker Model Runner')?.verdict).toBe('yes');
    expect(readers.find(({ reader }) => reader === 'Ollama')).toMatchObject({ verdict: 'no', why: expect.any(String) });
    const wrong = await pipe('repackage', `${ref}:f16`, `${ref}:x`, '--format', 'dokcer');
    expect(wrong.stderr).toContain("did you mean 'docker'");
  });

  test('cache ls, path and prune', async () => {
    const directory = join(at.folder, '.pipeline', 'store');
    const store = new DiskStore(directory);
    const [old, young] = [new Uint8Array(1000).fill(1), new Uint8Array(500).fill(2)];
    for (const bytes of [old, young])
      await store.write(
        (async function* () {
          yield bytes;
        })(),
      );
    await utimes(store.path(sha256(old)), 0, 0);
    await writeFile(join(directory, 'partial', 'left'), 'x');
    const listed = JSON.parse((await pipe('cache', 'ls', '--json')).stdout) as { bytes: number };
    expect(listed.bytes).toBe(1500);
    expect((await pipe('cache', 'path')).stdout.trim()).toBe(directory);
    const dry = await pipe('cache', 'prune', '--older-than', '30d', '--dry-run');
    expect(dry.stdout).toContain('would remove 1 files');
    expect(await store.list()).toHaveLength(2);
    await pipe('cache', 'prune', '--older-than', '30d');
    expect((await store.list()).map(({ digest }) => digest)).toEqual([sha256(young)]);
    await pipe('cache', 'prune');
    expect(await readdir(join(directory, 'partial'))).toEqual([]);
    expect((await pipe('cache', 'prune', '--older-than', 'soon')).code).toBe(2);
  });
});
