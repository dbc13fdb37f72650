import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { havePeer } from '../registry/peers.js';
import { digests, filesOf, GGUF, openYard, type Yard } from './yard.js';

// KitOps' kit, both ways. It cannot be had everywhere: put it into SLIPWAY_PEERS or PATH to run these.

const present = ['registry', 'kit'].map(havePeer).every(Boolean);

describe.skipIf(!present)('kit', () => {
  let yard: Yard;
  beforeAll(async () => {
    yard = await openYard();
  });
  afterAll(async () => yard.close());

  test('inspects and unpacks our ModelKit', async () => {
    const digest = await yard.push('kitops');
    const ours = `${yard.host}/ours/kitops:v1`;
    const seen = JSON.parse(await yard.run('kit', 'inspect', '--remote', '--plain-http', ours)) as {
      digest: string;
      kitfile: { model: { path: string; license: string; format: string } };
    };
    expect(seen.digest).toBe(digest);
    expect(seen.kitfile.model).toMatchObject({ path: GGUF, license: 'Apache-2.0', format: 'gguf' });
    await yard.run('kit', 'unpack', '--plain-http', ours, '-d', 'unpacked');
    const { Kitfile, ...files } = digests(await filesOf(join(yard.directory, 'unpacked')));
    expect(Kitfile).toBeDefined();
    expect(files).toEqual(digests(await filesOf(yard.model)));
  });

  test.each(['none', 'gzip'])('what it packed with compression %s is pulled by us', async (compression) => {
    const data = join(yard.model, 'data/below');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'a.txt'), 'some text');
    await writeFile(
      join(yard.model, 'Kitfile'),
      `manifestVersion: 1.0.0
package: { name: tiny, license: Apache-2.0 }
model: { name: tiny, path: ./${GGUF} }
docs: [{ path: ./README.md }, { path: ./LICENSE }]
datasets: [{ name: data, path: ./data }]
`,
    );
    const theirs = `${yard.host}/theirs/kit-${compression}:v1`;
    await yard.run('kit', 'pack', 'model', '-t', theirs, '--compression', compression);
    await yard.run('kit', 'push', '--plain-http', theirs);
    const { Kitfile: _kitfile, ...expected } = digests(await filesOf(yard.model));
    expect(digests(await yard.pull(theirs))).toEqual(expected);
  });
});
