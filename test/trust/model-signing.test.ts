import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { havePeer, runPeer } from '../registry/peers.js';

// OpenSSF Model Signing against its reference implementation: what we sign, it verifies, and the other way round.

const SLOW = 120_000;

describe.skipIf(!havePeer('model_signing'))('a directory, with model_signing', () => {
  let folder = '';
  const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
    pipelineCommand(argv, folder, { COSIGN_PASSWORD: 'secret' });
  const reference = async (verb: string, directory: string, ...key: readonly string[]): Promise<string> =>
    runPeer('model_signing', [verb, 'key', directory, '--signature', `${directory}/model.sig`, ...key], folder);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-oms-'));
    for (const name of ['ours', 'theirs']) {
      await mkdir(join(folder, name, 'sub/.git'), { recursive: true });
      await mkdir(join(folder, name, '.git'));
      const files = { 'model.safetensors': 'weights', 'sub/a.txt': 'a', 'empty.txt': '', '.git/HEAD': 'left out' };
      // Code points and UTF-16 units order these two differently.
      const odd = { '\u{1F600}.txt': 'b', '\uFF5E.txt': 'c', 'sub/.git/kept': 'd', '.gitattributes': 'left out' };
      for (const [path, text] of Object.entries({ ...files, ...odd })) await writeFile(join(folder, name, path), text);
    }
    expect((await pipe('key', 'generate', '--output-key-prefix', 'k')).code).toBe(0);
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(join(folder, 'p.pem'), pair.privateKey.export({ type: 'sec1', format: 'pem' }));
    await writeFile(join(folder, 'p.pub'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test(
    'what we sign, it verifies, and refuses once a byte differs',
    async () => {
      expect((await pipe('sign', 'ours', '--key', 'k.key')).code).toBe(0);
      await reference('verify', 'ours', '--public_key', 'k.pub');
      await writeFile(join(folder, 'ours/sub/a.txt'), 'A');
      await expect(reference('verify', 'ours', '--public_key', 'k.pub')).rejects.toThrow();
      expect((await pipe('verify', 'ours', '--key', 'k.pub')).code).toBe(11);
    },
    SLOW,
  );

  test(
    'what it signs, we verify, and refuse with another key or another file',
    async () => {
      await reference('sign', 'theirs', '--private_key', 'p.pem');
      expect((await pipe('verify', 'theirs', '--key', 'p.pub')).code).toBe(0);
      expect((await pipe('verify', 'theirs', '--key', 'k.pub')).code).toBe(11);
      await writeFile(join(folder, 'theirs/more.txt'), 'x');
      expect((await pipe('verify', 'theirs', '--key', 'p.pub')).code).toBe(11);
    },
    SLOW,
  );
});
