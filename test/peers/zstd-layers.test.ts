import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { havePeer } from '../registry/peers.js';
import { digests, openYard, type Yard } from './yard.js';

// Layers that the zstd command compressed (test/oracle/zstd_layers.py), in an artifact that oras pushed.

const present = ['registry', 'oras'].map(havePeer).every(Boolean);
const FIXTURES = join(import.meta.dirname, '../fixtures/zstd');
const TINY = 'sha256:eac2f09da9a9a4a976fb76a95431c86d1b7c9efa71f750fab450cdf0637d515d';

describe.skipIf(!present)('an artifact with zstd layers', () => {
  let yard: Yard;
  beforeAll(async () => {
    yard = await openYard();
    await mkdir(join(yard.directory, 'zstd'));
  });
  afterAll(async () => yard.close());

  async function pushed(frames: string, artifactType: string, layerType: string): Promise<string> {
    await copyFile(join(FIXTURES, `${frames}.zst`), join(yard.directory, 'layer.zst'));
    const reference = `${yard.host}/zstd/${frames}:v1`;
    const layer = `layer.zst:${layerType}`;
    await yard.run('oras', 'push', '--plain-http', '--artifact-type', artifactType, reference, layer);
    return reference;
  }

  test.each(['sized', 'streamed', 'ultra', 'frames'])('gives its files (%s)', async (frames) => {
    const type = 'application/vnd.cncf.model.manifest.v1+json';
    const reference = await pushed(frames, type, 'application/vnd.cncf.model.weight.v1.tar+zstd');
    expect(digests(await yard.pull(reference))).toEqual({ 'models/tiny.gguf': TINY });
  });

  test('that need too large a window is refused', async () => {
    const type = 'application/vnd.cncf.model.manifest.v1+json';
    const reference = await pushed('window-256-mib', type, 'application/vnd.cncf.model.weight.v1.tar+zstd');
    await expect(yard.pull(reference)).rejects.toMatchObject({
      code: expect.stringMatching(/^(FORMAT_UNSUPPORTED|MODEL_INVALID)$/),
    });
  });
});
