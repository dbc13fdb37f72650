import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createContext, pipeline, SlipwayError, type RunContext, type Stage } from '../../src/core/index.js';
import { isDigest } from '../../src/core/index.js';
import { openLayout, openTarget, type TagLister } from '../../src/registry/index.js';
import { convert, download, pack, push } from '../../src/stages/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

// Nothing is tagged before the audit agrees. Files are hashed as they are read, so that a wrong byte is mostly found before
// everything has been sent (test/stages/once.test.ts); here the verdict comes at the last moment at which it may.
const at = hubAndRegistry(async ({ hub }) =>
  hub.add(MODEL, buildLlama({ layers: 2, hidden: 1024, heads: 8, kvHeads: 4, seed: 8 })),
);

/** The stage before push hands on a model whose confirmation fails. */
function turnsBad<T extends { readonly confirm?: (signal?: AbortSignal) => Promise<void> }>(
  stage: Stage<never, T>,
): Stage<never, T> {
  return {
    ...stage,
    run: async (input, context) => {
      const packed = await stage.run(input, context);
      return {
        ...packed,
        confirm: async (signal?: AbortSignal) => {
          await packed.confirm?.(signal);
          throw new SlipwayError('DIGEST_MISMATCH', 'the source is another');
        },
      };
    },
  };
}

function chain(to: string, index: boolean): Stage<void, unknown> {
  const packing = turnsBad(pack({ index }) as never) as never as ReturnType<typeof pack>;
  return pipeline(download(`hf://${MODEL}`), convert({ quantize: ['Q8_0'] }), packing, push(to)) as Stage<
    void,
    unknown
  >;
}

function context(): RunContext {
  return createContext({ env: { ...at.hub.env, HOME: at.folder } });
}

describe.each([
  ['one artifact', false],
  ['an index', true],
])('%s', (_what, index) => {
  test('of a registry: manifests by digest are all that was put there', async () => {
    const running = chain(`${at.registry.host}/models/a`, index).run(undefined, context());
    await expect(running).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const puts = at.registry.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'));
    const names = puts.map(({ path }) => decodeURIComponent(path.split('/').at(-1) ?? ''));
    // The confirmation came last: everything was there, and nothing had a tag.
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !isDigest(name))).toEqual([]);
    expect([...at.registry.tags('models/a').keys()]).toEqual([]);
  });

  test('of a layout: its index names no tag', async () => {
    const directory = join(at.folder, 'layout');
    const running = chain(`layout:${directory}`, index).run(undefined, context());
    await expect(running).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await openLayout(directory).tags()).toEqual([]);
  });

  test('of an archive: it names no tag', async () => {
    const file = join(at.folder, 'models.tar');
    const running = chain(`oci-archive:${file}`, index).run(undefined, context());
    await expect(running).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    const { target } = openTarget(`oci-archive:${file}`);
    expect(await (target as unknown as TagLister).tags().catch(() => [])).toEqual([]);
  });
});

test('the same chain with a Hub that stays right is tagged, after its manifest', async () => {
  await pipeline(
    download(`hf://${MODEL}`),
    convert({ quantize: ['Q8_0'] }),
    pack({ index: true }),
    push(`${at.registry.host}/models/a`),
  ).run(undefined, context());
  const names = at.registry.requests
    .filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'))
    .map(({ path }) => decodeURIComponent(path.split('/').at(-1) ?? ''));
  const firstTag = names.findIndex((name) => !isDigest(name));
  expect(firstTag).toBeGreaterThan(0);
  expect(names.slice(firstTag).filter((name) => isDigest(name))).toEqual([]);
});
