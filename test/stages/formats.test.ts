import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FileTypeWord } from '../../src/quantize/index.js';
import { pipeline } from '../../src/core/index.js';
import { PACKAGE_FORMATS, convert, download, pack, push, type PackStageOptions } from '../../src/stages/index.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

const at = hubAndRegistry();

const context = at.context;

const chain = (types: readonly FileTypeWord[], options: PackStageOptions, tags?: readonly string[]) =>
  pipeline(
    download(`hf://${MODEL}`),
    convert({ quantize: types }),
    pack(options),
    push(`${at.registry.host}/models/a`, tags === undefined ? {} : { tags }),
  );

function manifest(tag: string): Record<string, unknown> {
  const digest = at.registry.tags('models/a').get(tag) ?? '';
  const kept = at.registry.manifests('models/a').get(digest);
  return JSON.parse(new TextDecoder().decode(kept?.bytes)) as Record<string, unknown>;
}

describe('packaging formats', () => {
  test('every format from one conversion; the raw ones share the blob of the weights', async () => {
    const pushed = await chain(['Q8_0'], { formats: PACKAGE_FORMATS }).run(undefined, context());
    expect(pushed).toHaveLength(PACKAGE_FORMATS.length);
    expect(at.registry.problems()).toEqual([]);
    const weights = ['q8_0', 'q8_0-cnai', 'q8_0-docker', 'q8_0-ollama', 'q8_0-oras'].map((tag) => {
      const layers = manifest(tag)['layers'] as { digest: string; size: number }[];
      return layers.toSorted((a, b) => b.size - a.size)[0]?.digest;
    });
    expect(new Set(weights).size).toBe(1);
  });

  test('docker shows the keys of the GGUF', async () => {
    await chain(['Q8_0'], { formats: ['docker'] }).run(undefined, context());
    const { digest } = manifest('q8_0')['config'] as { digest: `sha256:${string}` };
    const config = JSON.parse(new TextDecoder().decode(at.registry.blob(digest))) as {
      config: { gguf: Record<string, string>; quantization: string };
    };
    expect(config.config.gguf).toMatchObject({ 'general.architecture': 'llama', 'llama.block_count': '1' });
    expect(config.config.quantization).toBe('Q8_0');
  });

  test('a GGUF that nobody converted is read for its facts', async () => {
    const layout = `layout:${join(at.folder, 'layout')}`;
    await pipeline(download(`hf://${MODEL}`), convert({ quantize: 'Q8_0' }), pack(), push(layout)).run(
      undefined,
      context(),
    );
    const again = pipeline(
      download(`${layout}:q8_0`, { include: ['*.gguf'] }),
      pack({ formats: ['docker'] }),
      push(`${at.registry.host}/models/a`),
    );
    const [pushed] = await again.run(undefined, context());
    expect(pushed?.tags).toEqual(['q8_0']);
  });

  test('a format that does not exist is told with the nearest one, before anything runs', () => {
    // @ts-expect-error: the compiler knows the formats too
    expect(() => pack({ formats: ['modlepack'] })).toThrow(/did you mean 'modelpack'/);
  });
});

describe('an index over the variants', () => {
  test('lists every variant with its own tag, and has the tag latest', async () => {
    const pushed = await chain(['Q4_K_M', 'Q8_0'], { index: true, formats: ['modelpack', 'docker'] }).run(
      undefined,
      context(),
    );
    expect(pushed.map(({ tags }) => tags).flat()).toEqual([
      'q4_k_m',
      'q4_k_m-docker',
      'q8_0',
      'q8_0-docker',
      'latest',
      'latest-docker',
    ]);
    const index = manifest('latest');
    const members = index['manifests'] as { digest: string; annotations: Record<string, string> }[];
    expect(members.map(({ annotations }) => annotations['dev.slipway.variant'])).toEqual(['Q4_K_M', 'Q8_0']);
    expect(members.map(({ digest }) => digest)).toEqual([pushed[0]?.digest, pushed[2]?.digest]);
    expect(index['artifactType']).toBe(manifest('q8_0')['artifactType']);
    // The index moves after what it lists.
    expect(at.registry.tagMoves.map(({ tag }) => tag).indexOf('latest')).toBeGreaterThan(3);
  });

  test('a given tag is the index’s; a variant of it can be pulled', async () => {
    await chain(['Q4_K_M', 'Q8_0'], { index: true }, ['v1']).run(undefined, context());
    expect([...at.registry.tags('models/a').keys()].toSorted()).toEqual(['v1', 'v1-q4_k_m', 'v1-q8_0']);
    const snapshot = await download(`oci://${at.registry.host}/models/a:v1`, { variant: 'Q8_0' }).run(
      undefined,
      context(),
    );
    expect(snapshot.files.map(({ path }) => path)).toContain('tiny-llama-Q8_0.gguf');
  });
});
