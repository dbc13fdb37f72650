import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistry, pushArtifacts } from '../../src/registry/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { havePeer, peer, runPeer } from '../registry/peers.js';
import { sampleArtifact, sampleFile } from '../registry/samples.js';
import { saveRepository } from '../support/save-repository.js';
import { startSigstore, type SigstoreStack } from '../support/sigstore-stack.js';

const [fulcio, rekor, timestamps, certificates] = ['fulcio', 'rekor-tiles', 'timestamp-server', 'tesseract'].map(peer);
const WHO = 'release@example.com';

describe.skipIf(fulcio === undefined || rekor === undefined || timestamps === undefined)('a private Sigstore', () => {
  let stack: SigstoreStack;
  let registry: TestRegistry;
  let cwd: string;
  const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
    pipelineCommand(argv, cwd, { COSIGN_PASSWORD: 'x' });

  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'slipway-keyless-'));
    process.chdir(cwd);
    registry = await startTestRegistry();
    stack = await startSigstore(cwd, {
      fulcio: fulcio ?? '',
      rekor: rekor ?? '',
      timestamps: timestamps ?? '',
      certificates,
    });
    await writeFile(join(cwd, 'model.gguf'), 'not much of a model');
    // The command's modules are loaded here: on a busy machine that takes longer than a test may.
    await pipe('verify', '--help');
  });
  afterAll(async () => {
    process.chdir(tmpdir());
    await stack?.close();
    await registry?.close();
    await rm(cwd, { recursive: true, force: true });
  });

  const verifying = (who: string, issuer: string): string[] => [
    '--certificate-identity',
    who,
    '--certificate-oidc-issuer',
    issuer,
    '--trusted-root',
    stack.trustedRoot,
  ];

  test('signs a file by its certificate; the exact identity is verified, and nothing else', async () => {
    await writeFile(join(cwd, 'token'), stack.token(WHO));
    const signed = await pipe(
      'sign',
      'model.gguf',
      '--signing-config',
      stack.signingConfig,
      '--identity-token',
      'token',
    );
    expect([signed.code, signed.stderr]).toEqual([0, '']);
    const good = await pipe('verify', 'model.gguf', ...verifying(WHO, stack.issuer));
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining(`signed by '${WHO}'`)]);
    for (const [who, issuer] of [
      ['elease@example.com', stack.issuer],
      [`${WHO}.evil.io`, stack.issuer],
      [WHO, `${stack.issuer}/`],
      [WHO, 'https://accounts.example.com'],
    ] as const) {
      expect([who, (await pipe('verify', 'model.gguf', ...verifying(who, issuer))).code]).toEqual([who, 11]);
    }
  });

  test('a bundle in which anything is changed is refused', async () => {
    const path = join(cwd, 'model.gguf.sigstore.json');
    const text = await readFile(path, 'utf8');
    const bundle = JSON.parse(text) as Record<string, unknown>;
    const accepted: string[] = [];
    for (const at of leaves(bundle)) {
      await writeFile(path, JSON.stringify(flipped(bundle, at)));
      const { code } = await pipe('verify', 'model.gguf', ...verifying(WHO, stack.issuer));
      if (code === 0) accepted.push(at);
      else expect([at, code]).toEqual([at, 11]);
    }
    // Which key of the trusted root to try is said by the checkpoint, which is signed; this is a hint.
    expect(accepted.filter((at) => !at.endsWith('.logId.keyId'))).toEqual([]);
    await writeFile(path, text);
  });

  test('signs an artifact; a policy names who may', async () => {
    const artifact = sampleArtifact('a', [sampleFile('model.gguf', 1, 1000)]);
    await pushArtifacts(openRegistry(`${registry.host}/m/a`), [artifact], { tags: () => ['v1'] });
    const reference = `${registry.host}/m/a:v1`;
    await writeFile(join(cwd, 'token'), stack.token(WHO));
    expect(
      (await pipe('sign', reference, '--signing-config', stack.signingConfig, '--identity-token', 'token')).code,
    ).toBe(0);
    const rules = `trustedRoot: ${stack.trustedRoot}\nidentities:\n  - { issuer: '${stack.issuer}', san: ${WHO} }\n`;
    await writeFile(join(cwd, 'p.yaml'), rules);
    expect((await pipe('verify', reference, '--policy', 'p.yaml')).code).toBe(0);
    await writeFile(join(cwd, 'other.yaml'), rules.replace(WHO, 'someone@example.com'));
    expect((await pipe('verify', reference, '--policy', 'other.yaml')).code).toBe(11);
    await writeFile(join(cwd, 'no-root.yaml'), rules.replace(/^trustedRoot.*\n/, ''));
    expect((await pipe('verify', reference, '--policy', 'no-root.yaml')).code).toBe(8);
  });

  const pushed = async (name: string): Promise<string> => {
    const artifact = sampleArtifact(name, [sampleFile('model.gguf', name.length, 1000)]);
    await pushArtifacts(openRegistry(`${registry.host}/m/${name}`), [artifact], { tags: () => ['v1'] });
    await writeFile(join(cwd, 'token'), stack.token(WHO));
    return `${registry.host}/m/${name}:v1`;
  };
  const keyless = (): string[] => ['--signing-config', stack.signingConfig, '--identity-token', 'token'];

  test('signs and verifies a layout on a disk, by its path alone, and by bundles in files', async () => {
    await writeFile(join(cwd, 'token'), stack.token(WHO));
    const reference = `${registry.host}/team/layout:v1`;
    const artifact = sampleArtifact('l', [sampleFile('model.gguf', 5, 900)]);
    await pushArtifacts(openRegistry(reference), [artifact], { tags: () => ['v1'] });
    expect((await pipe('copy', reference, 'layout:./mirror:v1')).code).toBe(0);
    const signing = ['--signing-config', stack.signingConfig, '--identity-token', 'token'];
    const files = ['--bundle', 'apart.json'];
    expect((await pipe('sign', './mirror', ...signing, ...files, '--no-upload')).code).toBe(0);
    expect((await pipe('verify', './mirror', ...verifying(WHO, stack.issuer))).code).toBe(11);
    for (const place of ['./mirror', 'mirror', 'layout:./mirror:v1', 'oci-archive:mirror.tar:v1']) {
      if (place.startsWith('oci-archive')) await pipe('copy', 'layout:./mirror:v1', place);
      const offline = [place, ...files, '--offline'];
      expect([place, (await pipe('verify', ...offline, ...verifying(WHO, stack.issuer))).code]).toEqual([place, 0]);
      expect((await pipe('verify', ...offline, ...verifying('x@example.com', stack.issuer))).code).toBe(11);
    }
    expect((await pipe('sign', './mirror', ...signing)).code).toBe(0);
    const good = await pipe('verify', './mirror', '--offline', ...verifying(WHO, stack.issuer));
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining(`signed by '${WHO}'`)]);
  });

  test('a second signature of the same identity is not added; of another it is', async () => {
    const reference = await pushed('again');
    const signing = ['sign', reference, ...keyless(), '--trusted-root', stack.trustedRoot, '--json'];
    const how = async (): Promise<unknown> => {
      const { code, stdout, stderr } = await pipe(...signing);
      expect([code, stderr]).toEqual([0, '']);
      return (JSON.parse(stdout) as { signed: { how: string }[] }).signed.map((one) => one.how);
    };
    expect(await how()).toEqual(['added']);
    expect(await how()).toEqual(['exists']);
    await writeFile(join(cwd, 'token'), stack.token('another@example.com'));
    expect(await how()).toEqual(['added']);
    expect((await pipe('verify', reference, ...verifying(WHO, stack.issuer))).code).toBe(0);
  });

  test('a configuration signs and attests with a certificate; a second run adds nothing', async () => {
    await writeFile(join(cwd, 'token'), stack.token(WHO));
    const model = './tiny';
    await saveRepository(buildLlama({ layers: 1, hidden: 64, seed: 7 }), join(cwd, 'tiny'));
    const signing = `{ signingConfig: ${stack.signingConfig}, trustedRoot: ${stack.trustedRoot}, identityToken: token }`;
    const stages = [`download: { from: ${model} }`, 'convert: { outtype: f16 }', 'pack', `attest: ${signing}`];
    const rows = [...stages, `sign: ${signing}`, `push: { to: ${registry.host}/m/config, tags: [v1] }`];
    await writeFile(join(cwd, 'c.yaml'), `name: t\nstages:\n${rows.map((row) => `  - ${row}\n`).join('')}`);
    // The model, its signature, two attestations, and the plain bill of materials.
    const count = 5;
    for (const [run, flags] of [
      ['first', []],
      ['second', []],
      ['a third that remembers nothing', ['--no-resume']],
    ] as const) {
      const { code, stderr } = await pipe('run', 'c.yaml', ...flags);
      expect([run, code, code === 0 ? '' : stderr]).toEqual([run, 0, '']);
      expect([run, registry.manifests('m/config').size]).toEqual([run, count]);
    }
    const rules = `trustedRoot: ${stack.trustedRoot}\nrequire: [signature, slsa, cyclonedx]\nidentities:\n  - { issuer: '${stack.issuer}', san: ${WHO} }\n`;
    await writeFile(join(cwd, 'all.yaml'), rules);
    expect((await pipe('verify', `${registry.host}/m/config:v1`, '--policy', 'all.yaml')).code).toBe(0);
    const none = `name: t\nstages:\n  - download: { from: ${model} }\n  - pack\n  - sign: {}\n  - push: { to: ${registry.host}/m/none }\n`;
    await writeFile(join(cwd, 'none.yaml'), none);
    const { code, stderr } = await pipe('run', 'none.yaml');
    expect([code, stderr]).toEqual([3, expect.stringContaining('says what signs')]);
  });

  test("a directory's model.sig is made and verified by certificate", async () => {
    await mkdir(join(cwd, 'dir'));
    await writeFile(join(cwd, 'dir/weights.bin'), 'weights');
    await writeFile(join(cwd, 'token'), stack.token(WHO));
    expect((await pipe('sign', 'dir', ...keyless())).code).toBe(0);
    const good = await pipe('verify', 'dir', ...verifying(WHO, stack.issuer));
    expect([good.code, good.stdout]).toEqual([0, expect.stringContaining(`signed by '${WHO}'`)]);
    expect((await pipe('verify', 'dir', ...verifying('else@example.com', stack.issuer))).code).toBe(11);
    await writeFile(join(cwd, 'dir/weights.bin'), 'Weights');
    expect((await pipe('verify', 'dir', ...verifying(WHO, stack.issuer))).code).toBe(11);
  });

  describe.skipIf(!havePeer('cosign3') || !havePeer('cosign2')).each(['cosign3', 'cosign2'])('and %s', (program) => {
    const cosign = async (...argv: readonly string[]): Promise<string> =>
      runPeer(program, argv, cwd, { HOME: cwd, COSIGN_YES: 'true' });
    /** cosign's words for a private deployment, without a log of certificates where there is none. */
    const offline = ['--trusted-root', 'trusted_root.json', '--use-signed-timestamps'];
    if (certificates === undefined) offline.push('--insecure-ignore-sct');
    const whose = (who: string): string[] => ['--certificate-identity', who, '--certificate-oidc-issuer', stack.issuer];

    test('verifies what we sign, for the exact identity', async () => {
      const reference = await pushed(`for-${program}`);
      expect((await pipe('sign', reference, ...keyless())).code).toBe(0);
      const { digest } = await openRegistry(reference).resolve('v1');
      expect(await cosign('verify', ...offline, ...whose(WHO), reference)).toContain(digest);
      await expect(cosign('verify', ...offline, ...whose('else@example.com'), reference)).rejects.toThrow();
    });

    test.skipIf(program === 'cosign2')(
      'signs what we verify, for the exact identity',
      async () => {
        const reference = await pushed('by-cosign');
        const services = ['--signing-config', 'signing_config.json', '--trusted-root', 'trusted_root.json'];
        await cosign('sign', ...services, '--identity-token', 'token', reference);
        expect((await pipe('verify', reference, ...verifying(WHO, stack.issuer))).code).toBe(0);
        expect((await pipe('verify', reference, ...verifying('else@example.com', stack.issuer))).code).toBe(11);
      },
      300_000,
    );
  });

  describe.skipIf(!havePeer('model_signing') || certificates === undefined)('and model_signing', () => {
    const reference = async (...argv: readonly string[]): Promise<string> =>
      runPeer('model_signing', argv, cwd, { HOME: cwd });

    test('it verifies what we sign, and we what it signs, for the exact identity', async () => {
      const [trustedRoot, signingConfig] = (await Promise.all(
        [stack.trustedRoot, stack.signingConfig].map(async (path) => JSON.parse(await readFile(path, 'utf8'))),
      )) as [object, object];
      const mediaType = 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json';
      await writeFile(join(cwd, 'trust.json'), JSON.stringify({ mediaType, trustedRoot, signingConfig }));
      for (const name of ['ours', 'theirs']) {
        await mkdir(join(cwd, name));
        await writeFile(join(cwd, name, 'weights.bin'), 'weights');
      }
      await writeFile(join(cwd, 'token'), stack.token(WHO));
      expect((await pipe('sign', 'ours', ...keyless())).code).toBe(0);
      const verify = async (name: string, who: string): Promise<string> => {
        const signature = ['--signature', `${name}/model.sig`, '--trust_config', 'trust.json'];
        const whose = ['--identity', who, '--identity_provider', stack.issuer];
        return reference('verify', 'sigstore', name, ...signature, ...whose);
      };
      await verify('ours', WHO);
      await expect(verify('ours', 'else@example.com')).rejects.toThrow();
      const signing = ['--signature', 'theirs/model.sig', '--trust_config', 'trust.json'];
      await reference('sign', 'sigstore', 'theirs', ...signing, '--identity_token', stack.token(WHO));
      expect((await pipe('verify', 'theirs', ...verifying(WHO, stack.issuer))).code).toBe(0);
      expect((await pipe('verify', 'theirs', ...verifying('else@example.com', stack.issuer))).code).toBe(11);
      await writeFile(join(cwd, 'theirs/weights.bin'), 'Weights');
      expect((await pipe('verify', 'theirs', ...verifying(WHO, stack.issuer))).code).toBe(11);
    });
  });

  test('a token that has run out signs nothing', async () => {
    await writeFile(join(cwd, 'token'), `${stack.token(WHO).slice(0, -8)}AAAAAAAA`);
    const { code, stderr } = await pipe(
      'sign',
      'model.gguf',
      '--signing-config',
      stack.signingConfig,
      '--identity-token',
      'token',
      '--signature',
      'none.json',
    );
    expect([code, stderr]).toEqual([5, expect.stringContaining('SIGNER_FAILED')]);
    expect(existsSync(join(cwd, 'none.json'))).toBe(false);
  });
});

/** Paths of all texts and numbers in a value. */
function leaves(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, at === '' ? key : `${at}.${key}`));
}

/** A copy in which one text has another letter in its middle. */
function flipped(value: unknown, path: string): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let holder = copy;
  for (const key of keys) holder = holder[key] as Record<string, unknown>;
  const text = String(holder[last]);
  const middle = Math.floor(text.length / 2);
  holder[last] = `${text.slice(0, middle)}${text[middle] === 'A' ? 'B' : 'A'}${text.slice(middle + 1)}`;
  return copy;
}
