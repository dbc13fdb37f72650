import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { havePeer, runPeer } from '../registry/peers.js';

// A file with its bundle: every member of the bundle and of the statement in it is made another, one at a time, and the file too. cosign and
// we refuse each of them.

const SLOW = 240_000;
const TYPE = 'https://slsa.dev/provenance/v1';

type Json = Record<string, unknown>;

describe.skipIf(!havePeer('cosign3'))('what was changed', () => {
  let folder = '';
  let bundle = '';
  const env = { COSIGN_PASSWORD: 'secret' };
  const pipe = async (...argv: readonly string[]): Promise<Outcome> => pipelineCommand(argv, folder, env);
  const accepted = async (): Promise<readonly [ours: boolean, cosign: boolean]> => {
    await writeFile(join(folder, 'p.yaml'), `identities:\n  - key: k.pub\nrequire: ['${TYPE}']\n`);
    const { code } = await pipe('verify', 'model.gguf', '--policy', 'p.yaml');
    const argv = [
      'verify-blob-attestation',
      '--insecure-ignore-tlog=true',
      '--trusted-root',
      'root.json',
      '--type',
      TYPE,
    ];
    const theirs = await runPeer(
      'cosign3',
      [...argv, '--key', 'k.pub', '--bundle', 'model.gguf.sigstore.json', 'model.gguf'],
      folder,
      { ...env, HOME: folder },
    ).then(
      () => true,
      () => false,
    );
    expect([0, 11]).toContain(code);
    return [code === 0, theirs];
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-tamper-'));
    await writeFile(join(folder, 'model.gguf'), 'weights');
    await writeFile(
      join(folder, 'predicate.json'),
      JSON.stringify({ buildDefinition: {}, runDetails: { builder: { id: 'x' } } }),
    );
    await pipe('key', 'generate', '--output-key-prefix', 'k');
    await runPeer('cosign3', ['trusted-root', 'create', '--out', 'root.json'], folder, { ...env, HOME: folder });
    const said = ['--predicate', 'predicate.json', '--type', TYPE, '--key', 'k.key'];
    expect((await pipe('attest', 'model.gguf', ...said)).code).toBe(0);
    bundle = await readFile(join(folder, 'model.gguf.sigstore.json'), 'utf8');
  }, SLOW);
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test('nothing: both accept', async () => expect(await accepted()).toEqual([true, true]), SLOW);

  test(
    'each member: neither accepts',
    async () => {
      const seen: unknown[] = [];
      for (const [what, changed] of changes(JSON.parse(bundle) as Json)) {
        await writeFile(join(folder, 'model.gguf.sigstore.json'), JSON.stringify(changed));
        const [ours, theirs] = await accepted();
        if (ours || theirs) seen.push([what, { ours, theirs }]);
      }
      await writeFile(join(folder, 'model.gguf.sigstore.json'), bundle);
      await writeFile(join(folder, 'model.gguf'), 'Weights');
      expect(await accepted()).toEqual([false, false]);
      await writeFile(join(folder, 'model.gguf'), 'weights');
      // The name of the key selects nothing: it is compared by neither.
      expect(seen).toEqual([['verificationMaterial.publicKey.hint', { ours: true, theirs: true }]]);
    },
    SLOW,
  );
});

/** The bundle with one text of it changed, in the bundle itself and in the statement that it holds. */
function* changes(bundle: Json): Generator<readonly [string, Json]> {
  for (const path of texts(bundle)) yield [path, changedAt(bundle, path)];
  const envelope = bundle['dsseEnvelope'] as Json;
  const statement = JSON.parse(Buffer.from(String(envelope['payload']), 'base64').toString()) as Json;
  for (const path of texts(statement)) {
    const payload = Buffer.from(JSON.stringify(changedAt(statement, path))).toString('base64');
    yield [`statement.${path}`, { ...bundle, dsseEnvelope: { ...envelope, payload } }];
  }
}

function texts(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, at === '' ? key : `${at}.${key}`));
}

function changedAt(value: Json, path: string): Json {
  const copy = structuredClone(value);
  const keys = path.split('.');
  // A key of a predicate may hold a dot: none of these does.
  const last = keys.pop() ?? '';
  let holder = copy;
  for (const key of keys) holder = holder[key] as Json;
  const text = String(holder[last]);
  const middle = Math.floor(text.length / 2);
  holder[last] = `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`;
  return copy;
}
