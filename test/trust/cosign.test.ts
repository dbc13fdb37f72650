import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistry, pushArtifacts } from '../../src/registry/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { havePeer, runPeer, startDistribution, startReferrersRegistry, type PeerRegistry } from '../registry/peers.js';
import { sampleArtifact, sampleFile } from '../registry/samples.js';

// What we sign, two lines of cosign verify; what they sign, we verify; without and with the referrers API.

const present = ['cosign3', 'cosign2', 'registry', 'referrers-registry'].map(havePeer).every(Boolean);
const SLOW = 120_000;

describe.skipIf(!present).each([
  ['distribution, without the referrers API', startDistribution],
  ['go-containerregistry, with it', startReferrersRegistry],
])('%s', (_name, startRegistry) => {
  let registry: PeerRegistry;
  let folder = '';
  const env = { COSIGN_PASSWORD: 'secret' };
  const pipe = async (...argv: readonly string[]): Promise<Outcome> => pipelineCommand(argv, folder, env);
  const cosign = async (program: string, ...argv: readonly string[]): Promise<string> =>
    runPeer(program, argv, folder, { ...env, HOME: folder, COSIGN_YES: 'true' });
  /** cosign's own words for "no log, no authority but this key". */
  const offline = ['--insecure-ignore-tlog=true', '--trusted-root', 'root.json', '--key'];
  const reference = (name: string): string => `${registry.host}/team/${name}:v1`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-cosign-'));
    registry = await startRegistry();
    for (const name of ['ours', 'theirs', 'older']) {
      const artifact = sampleArtifact(name, [sampleFile('model.gguf', name.length, 1000)]);
      await pushArtifacts(openRegistry(reference(name)), [artifact], { tags: () => ['v1'] });
    }
    await cosign('cosign3', 'trusted-root', 'create', '--out', 'root.json');
    await cosign('cosign3', 'signing-config', 'create', '--out', 'signing.json');
    await writeFile(
      join(folder, 'predicate.json'),
      JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 }),
    );
    expect((await pipe('key', 'generate', '--output-key-prefix', 'k')).code).toBe(0);
    expect((await pipe('sign', reference('ours'), '--key', 'k.key')).code).toBe(0);
    const statement = ['--predicate', 'predicate.json', '--type', 'cyclonedx', '--key', 'k.key'];
    expect((await pipe('attest', reference('ours'), ...statement)).code).toBe(0);
  }, SLOW);
  afterAll(async () => {
    await registry.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['cosign3', 'cosign2'])(
    '%s verifies our signature and our attestation',
    async (program) => {
      const { digest } = await openRegistry(reference('ours')).resolve('v1');
      expect(await cosign(program, 'verify', ...offline, 'k.pub', reference('ours'))).toContain(digest);
      const attested = ['verify-attestation', '--type', 'cyclonedx', ...offline, 'k.pub', reference('ours')];
      const lines = (await cosign(program, ...attested)).trim().split('\n');
      const { payload } = JSON.parse(lines.at(-1) ?? '') as { payload: string };
      expect(Buffer.from(payload, 'base64').toString()).toContain(digest.slice('sha256:'.length));
      await cosign(program, 'generate-key-pair', '--output-key-prefix', program);
      await expect(cosign(program, 'verify', ...offline, `${program}.pub`, reference('ours'))).rejects.toThrow();
    },
    SLOW,
  );

  test.each([
    ['cosign3', 'theirs', ['--signing-config', 'signing.json']],
    ['cosign2', 'older', ['--tlog-upload=false']],
  ] as const)(
    'we verify what %s signed and attested',
    async (program, name, how) => {
      const prefix = `${program}-own`;
      await cosign(program, 'generate-key-pair', '--output-key-prefix', prefix);
      await cosign(program, 'sign', ...how, '--key', `${prefix}.key`, reference(name));
      expect((await pipe('verify', reference(name), '--key', `${prefix}.pub`)).code).toBe(0);
      expect((await pipe('verify', reference(name), '--key', 'k.pub')).code).toBe(11);
      const policy = `identities:\n  - key: ${prefix}.pub\nrequire: [signature, cyclonedx]\n`;
      await writeFile(join(folder, 'policy.yaml'), policy);
      expect((await pipe('verify', reference(name), '--policy', 'policy.yaml')).code).toBe(11);
      const statement = ['--predicate', 'predicate.json', '--type', 'cyclonedx', '--key', `${prefix}.key`];
      await cosign(program, 'attest', ...how, ...statement, reference(name));
      const { code, stdout } = await pipe('verify', reference(name), '--policy', 'policy.yaml', '--json');
      expect([code, (JSON.parse(stdout) as { verdict: string }).verdict]).toEqual([0, 'accepted']);
    },
    SLOW,
  );

  test(
    'bundles in files go both ways, with nothing attached',
    async () => {
      const { digest } = await openRegistry(reference('theirs')).resolve('v1');
      const flags = ['--key', 'k.key', '--bundle', 'alone.json', '--no-upload'];
      expect((await pipe('sign', reference('theirs'), ...flags)).code).toBe(0);
      const blob = ['verify-blob-attestation', '--insecure-ignore-tlog=true', '--bundle', 'alone.json'];
      const about = ['--digest', digest.slice('sha256:'.length), '--digestAlg', 'sha256'];
      await cosign('cosign3', ...blob, '--type', 'https://sigstore.dev/cosign/sign/v1', '--key', 'k.pub', ...about);

      await cosign('cosign3', 'generate-key-pair', '--output-key-prefix', 'apart');
      const how = ['--signing-config', 'signing.json', '--key', 'apart.key'];
      await cosign('cosign3', 'sign', ...how, '--upload=false', '--bundle', 'theirs.json', reference('theirs'));
      const statement = ['--no-upload', '--predicate', 'predicate.json', '--type', 'cyclonedx'];
      await cosign('cosign3', 'attest', ...how, ...statement, '--bundle', 'attested.json', reference('theirs'));
      await writeFile(join(folder, 'apart.yaml'), 'identities:\n  - key: apart.pub\nrequire: [signature, cyclonedx]\n');
      const verify = ['verify', reference('theirs'), '--policy', 'apart.yaml'];
      expect((await pipe(...verify)).code).toBe(11);
      expect((await pipe(...verify, '--bundle', 'theirs.json')).code).toBe(11);
      expect((await pipe(...verify, '--bundle', 'theirs.json', '--bundle', 'attested.json')).code).toBe(0);
    },
    SLOW,
  );

  test(
    'cosign 3 accepts the file on disk by the bundle beside it, and no other',
    async () => {
      await writeFile(join(folder, 'model.gguf'), 'weights');
      expect(
        (await pipe('attest', 'model.gguf', '--predicate', 'predicate.json', '--type', 'cyclonedx', '--key', 'k.key'))
          .code,
      ).toBe(0);
      const blob = ['verify-blob-attestation', '--insecure-ignore-tlog=true', '--bundle', 'model.gguf.sigstore.json'];
      await cosign('cosign3', ...blob, '--type', 'cyclonedx', '--key', 'k.pub', 'model.gguf');
      await writeFile(join(folder, 'model.gguf'), 'weights!');
      await expect(cosign('cosign3', ...blob, '--type', 'cyclonedx', '--key', 'k.pub', 'model.gguf')).rejects.toThrow();
    },
    SLOW,
  );
});
