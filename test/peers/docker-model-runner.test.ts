import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { havePeer } from '../registry/peers.js';
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

  test.each(['cnai', 'ollama', 'modelcar', 'oras'] as const)('it refuses our %s, as `readers` says', async (format) => {
    await yard.push(format);
    await expect(yard.run(PROGRAM, 'pull', `store-${format}`, `${yard.host}/ours/${format}:v1`)).rejects.toThrow(
      'unsupported model config media type',
    );
  });
});
