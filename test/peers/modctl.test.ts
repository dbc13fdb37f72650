import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { havePeer } from '../registry/peers.js';
import { digests, filesOf, GGUF, openYard, type Yard } from './yard.js';

// modctl, the ModelPack project's own client, both ways. Put it into SLIPWAY_PEERS or PATH to run these.

const present = ['registry', 'modctl'].map(havePeer).every(Boolean);

describe.skipIf(!present)('modctl', () => {
  let yard: Yard;
  beforeAll(async () => {
    yard = await openYard();
  });
  afterAll(async () => yard.close());

  test.each(['modelpack', 'cnai', 'kitops'] as const)('pulls our %s with all files', async (format) => {
    await yard.push(format);
    const from = `${yard.host}/ours/${format}:v1`;
    const to = join(yard.directory, `modctl-${format}`);
    await yard.run('modctl', 'pull', '--plain-http', from, '--extract-dir', to, '--extract-from-remote');
    expect(digests(await filesOf(to))).toEqual(digests(await filesOf(yard.model)));
  });

  test.each(['modelpack', 'cnai'] as const)('inspects our %s', async (format) => {
    const digest = await yard.push(format);
    const seen: unknown = JSON.parse(
      await yard.run('modctl', 'inspect', '--remote', '--plain-http', `${yard.host}/ours/${format}:v1`),
    );
    expect(seen).toMatchObject({ Digest: digest, Family: 'llama', Format: 'gguf', Quantization: 'Q8_0' });
  });

  test.each(['true', 'false'])('what it built with --raw=%s is pulled by us', async (raw) => {
    await writeFile(
      join(yard.model, 'Modelfile'),
      `NAME tiny\nARCH transformer\nFAMILY llama\nFORMAT gguf\nMODEL ${GGUF}\nDOC README.md\nDOC LICENSE\n`,
    );
    const theirs = `${yard.host}/theirs/modctl-raw-${raw}:v1`;
    await yard.run('modctl', 'build', `--raw=${raw}`, '-f', 'model/Modelfile', '-t', theirs, 'model');
    await yard.run('modctl', 'push', '--plain-http', theirs);
    const { Modelfile: _modelfile, ...expected } = digests(await filesOf(yard.model));
    expect(digests(await yard.pull(theirs))).toEqual(expected);
  });
});
