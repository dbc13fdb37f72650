import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipeline } from '../../src/core/index.js';
import { readWhole, sha256 } from '../../src/files/index.js';
import { download, pack, push } from '../../src/stages/index.js';
import { havePeer } from '../registry/peers.js';
import { languageModel, loraAdapter, projector } from '../support/beside-weights.js';
import { digests, filesOf, GGUF, openYard, type Yard } from './yard.js';

// Docker Model Runner's own packager and store (test/support/docker-model-runner), both ways.

const PROGRAM = 'docker-model-runner';
const present = ['registry', PROGRAM].map(havePeer).every(Boolean);

interface Pulled {
  readonly id: string;
  readonly gguf: string;
  readonly config: { readonly format?: string; readonly quantization?: string; readonly config?: object };
}

describe.skipIf(!present)('Docker Model Runner', () => {
  let yard: Yard;
  beforeAll(async () => {
    yard = await openYard();
  });
  afterAll(async () => yard.close());

  test.each(['docker', 'cncf'])('what it packaged as %s is pulled by us', async (kind) => {
    const theirs = `${yard.host}/theirs/${kind}:v1`;
    await yard.run(PROGRAM, 'package', kind, join(yard.model, GGUF), join(yard.model, 'LICENSE'), theirs);
    const { 'README.md': _readme, ...expected } = digests(await filesOf(yard.model));
    expect(digests(await yard.pull(theirs))).toEqual(expected);
  });

  test.each(['docker', 'modelpack'] as const)('it pulls our %s and would serve the same bytes', async (format) => {
    const digest = await yard.push(format);
    const pulled = JSON.parse(
      await yard.run(PROGRAM, 'pull', `store-${format}`, `${yard.host}/ours/${format}:v1`),
    ) as Pulled;
    expect(pulled.id).toBe(digest);
    const served = await readFile(join(yard.directory, pulled.gguf));
    expect(sha256(served)).toBe(sha256(await readFile(join(yard.model, GGUF))));
    expect({ ...pulled.config, ...pulled.config.config }).toMatchObject({ format: 'gguf', quantization: 'Q8_0' });
  });

  test.each(['docker', 'modelpack'] as const)('it finds the projector in our %s', async (format) => {
    const seeing = join(yard.directory, 'seeing');
    await mkdir(seeing, { recursive: true });
    for (const file of [await languageModel('tiny-F16.gguf'), await projector('mmproj-tiny-F16.gguf', 'vision')])
      await writeFile(join(seeing, file.path), await readWhole(file, 2 ** 24));
    const reference = `${yard.host}/seeing/${format}`;
    await pipeline(download(seeing), pack({ formats: [format] }), push(reference, { tags: ['v1'] })).run(
      undefined,
      yard.context,
    );
    const { directory, gguf } = JSON.parse(
      await yard.run(PROGRAM, 'pull', `store-seeing-${format}`, `${reference}:v1`),
    ) as Pulled & { readonly directory: string };
    const files = await filesOf(join(yard.directory, directory));
    const served = [...files].filter(([path]) => /mmproj/.test(path)).map(([, bytes]) => sha256(bytes));
    expect(served).toEqual([sha256(await readFile(join(seeing, 'mmproj-tiny-F16.gguf')))]);
    expect(sha256(await readFile(join(yard.directory, gguf)))).toBe(
      sha256(await readFile(join(seeing, 'tiny-F16.gguf'))),
    );
  });

  test('an adapter alone is nothing that it could serve, as `readers` says', async () => {
    const folder = join(yard.directory, 'adapter');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'lora.gguf'), await readWhole(await loraAdapter('lora.gguf'), 2 ** 24));
    const reference = `${yard.host}/adapter/docker`;
    await pipeline(download(folder), pack({ formats: ['docker'] }), push(reference, { tags: ['v1'] })).run(
      undefined,
      yard.context,
    );
    await expect(yard.run(PROGRAM, 'pull', 'store-adapter', `${reference}:v1`)).rejects.toThrow(/gguf|GGUF|format/);
  });

  test.each(['cnai', 'ollama', 'modelcar', 'oras'] as const)('it refuses our %s, as `readers` says', async (format) => {
    await yard.push(format);
    await expect(yard.run(PROGRAM, 'pull', `store-${format}`, `${yard.host}/ours/${format}:v1`)).rejects.toThrow(
      'unsupported model config media type',
    );
  });
});
