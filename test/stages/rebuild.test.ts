import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline } from '../../src/core/index.js';
import { memoryFile, sha256 } from '../../src/files/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { convert, download, pack, push, save } from '../../src/stages/index.js';
import { attest, promote, rebuild, sign } from '../../src/stages/trust/index.js';
import {
  attachSubject,
  attestOnce,
  collectEvidence,
  generateKeyPair,
  keySigner,
  PREDICATES,
  readPrivateKey,
} from '../../src/trust/index.js';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

const at = hubAndRegistry();
const context = (): ReturnType<typeof at.context> =>
  at.context({ env: { ...at.hub.env, HOME: at.folder, COSIGN_PASSWORD: '' } });

/** Pushes the model signed and attested; the policy that accepts it. */
async function pushed(): Promise<{ reference: string; policy: string; key: string }> {
  const pair = await generateKeyPair('');
  const file = join(at.folder, 'k.key');
  await writeFile(file, pair.privateKey);
  await writeFile(join(at.folder, 'k.pub'), pair.publicKey);
  const policy = join(at.folder, 'policy.yaml');
  await writeFile(
    policy,
    `identities:\n  - key: k.pub\nrequire: [signature, slsa, cyclonedx]\nsources: ['hf://acme/*']\n`,
  );
  const to = `${at.registry.host}/m/tiny`;
  await pipeline(
    download(`hf://${MODEL}`),
    convert({ quantize: ['Q8_0'] }),
    pack(),
    attest({ key: { file } }),
    sign({ key: { file } }),
    push(to, { tags: ['v1'] }),
  ).run(undefined, context());
  return { reference: `${to}:v1`, policy, key: pair.privateKey };
}

const pipe = async (...argv: readonly string[]): Promise<Outcome> => pipelineCommand(argv, at.folder, at.hub.env);

/** Attaches the provenance of the model again, with another text in it; where the true one lies. */
async function attestedLie(
  key: string,
  [from, to]: readonly [string, string],
): Promise<{ target: ReturnType<typeof openRegistry>; where: string; lie: string }> {
  const target = openRegistry(`${at.registry.host}/m/tiny`);
  const subject = await target.resolve('v1');
  const { attestations } = await collectEvidence(target, subject.digest);
  const found = attestations.find(({ statement }) => statement.predicateType === PREDICATES.slsa) ?? expect.fail();
  const lie = JSON.parse(JSON.stringify(found.statement).replaceAll(from, to)) as typeof found.statement;
  const signer = keySigner(await readPrivateKey(key, 'k', () => ''));
  const { how } = await attestOnce(target, attachSubject(subject), lie, signer);
  return { target, where: found.where, lie: how };
}

/** Pushes the artifact with a changed GGUF, and its provenance about that; the new reference. */
async function republished(reference: string, key: string, change: (gguf: Buffer) => void): Promise<string> {
  const target = openRegistry(`${at.registry.host}/m/tiny`);
  const { bytes, descriptor } = await target.readManifest('v1');
  const manifest = JSON.parse(Buffer.from(bytes).toString()) as {
    layers: { digest: `sha256:${string}`; size: number; annotations: Record<string, string> }[];
  };
  const isGguf = ({ annotations }: (typeof manifest.layers)[number]): boolean =>
    Object.values(annotations).some((text) => text.endsWith('.gguf'));
  const layer = manifest.layers.find(isGguf) ?? expect.fail();
  const chunks: Uint8Array[] = [];
  for await (const chunk of target.readBlob(layer)) chunks.push(chunk);
  const gguf = Buffer.concat(chunks);
  change(gguf);
  await target.pushBlob(memoryFile('model.gguf', gguf), {});
  layer.digest = sha256(gguf);
  const stored = await target.pushManifest(Buffer.from(JSON.stringify(manifest)), descriptor.mediaType);
  const { attestations } = await collectEvidence(target, descriptor.digest);
  const found = attestations.find(({ statement }) => statement.predicateType === PREDICATES.slsa) ?? expect.fail();
  const subject = [{ digest: { sha256: stored.digest.slice('sha256:'.length) } }];
  const signer = keySigner(await readPrivateKey(key, 'k', () => ''));
  await attestOnce(target, attachSubject(stored), { ...found.statement, subject }, signer);
  return `${reference.replace(/:v1$/, '')}@${stored.digest}`;
}

describe('rebuilding', () => {
  test('what was made as its provenance says is identical, tensor by tensor too', async () => {
    const { reference } = await pushed();
    const whole = await rebuild(reference, {}, context());
    expect([whole.result, whole.compared.filter(({ equal }) => !equal)]).toEqual(['identical', []]);
    const sample = await rebuild(reference, { sample: 3, seed: 'x' }, context());
    expect([sample.result, sample.sample?.tensors.length]).toEqual(['same-tensors', 3]);
    expect((await rebuild(reference, { sample: 3, seed: 'x' }, context())).sample).toEqual(sample.sample);
  });

  test('one bit in a blob as it is stored is found, though every digest of the manifest is right', async () => {
    const { reference } = await pushed();
    const copied = `layout:${join(at.folder, 'mirror')}:v1`;
    expect((await pipe('copy', '--referrers', reference, copied)).code).toBe(0);
    expect((await rebuild(copied, {}, context())).result).toBe('identical');
    const { bytes } = await openRegistry(`${at.registry.host}/m/tiny`).readManifest('v1');
    const { layers } = JSON.parse(Buffer.from(bytes).toString()) as { layers: { size: number; digest: string }[] };
    const weights = layers.toSorted((a, b) => b.size - a.size)[0] ?? expect.fail();
    const path = join(at.folder, 'mirror/blobs/sha256', weights.digest.slice('sha256:'.length));
    const stored = await readFile(path);
    stored.writeUInt8(255 - stored.readUInt8(stored.byteLength - 100), stored.byteLength - 100);
    await chmod(path, 0o644);
    await writeFile(path, stored);
    const report = await rebuild(copied, {}, context());
    expect([report.result, report.difference?.tensor, report.compared.at(-1)?.equal]).toEqual([
      'different',
      expect.stringContaining('.weight'),
      false,
    ]);
    expect((await pipe('verify', copied, '--rebuild')).code).toBe(11);
    // No header at all: neither the whole nor a sample takes that for trouble of its own.
    await writeFile(path, stored.fill(1, 0, 64));
    expect((await rebuild(copied, {}, context())).result).toBe('different');
    expect((await rebuild(copied, { sample: 1 }, context())).result).toBe('different');
    await rm(path);
    expect((await rebuild(copied, {}, context())).compared.at(-1)?.actual).toBe('not there');
  });

  test('of an index every member is made again, and one that is another tells', async () => {
    await pushed();
    const made = pipeline(
      download(`hf://${MODEL}`),
      convert({ quantize: ['Q8_0', 'F16'] }),
      pack({ index: true }),
      attest({ key: { file: join(at.folder, 'k.key') } }),
      push(`${at.registry.host}/m/many`, { tags: ['v1'] }),
    );
    const all = await made.run(undefined, context());
    const report = await rebuild(`${at.registry.host}/m/many:v1`, {}, context());
    expect([report.result, report.members?.map(({ result }) => result)]).toEqual([
      'identical',
      ['identical', 'identical'],
    ]);
    const sampled = await rebuild(`${at.registry.host}/m/many:v1`, { sample: 1 }, context());
    expect([sampled.result, sampled.compared.every(({ equal }) => equal)]).toEqual(['same-tensors', true]);
    // The provenance of one of them is taken away.
    const target = openRegistry(`${at.registry.host}/m/many`);
    const { attestations } = await collectEvidence(target, all[0]?.digest ?? expect.fail());
    for (const { where, statement } of attestations)
      if (statement.predicateType === PREDICATES.slsa) await target.deleteManifest(where);
    const { code, stdout } = await pipe('verify', `${at.registry.host}/m/many:v1`, '--rebuild', '--json');
    expect([code, (JSON.parse(stdout) as { result: string }).result]).toEqual([8, 'no-provenance']);
  });

  test('another chat template in the same weights is found out by a sample, and by what provenance says of it', async () => {
    const { reference, key, policy } = await pushed();
    const honest = await rebuild(reference, { sample: 1 }, context());
    expect(honest.compared[0]).toMatchObject({ what: 'header', equal: true });
    expect(honest.checks?.map(({ check, status }) => [check, status])).toEqual([
      ['fileType', 'pass'],
      ['template', 'pass'],
      ['header', 'pass'],
    ]);
    const poisoned = await republished(reference, key, (gguf) => {
      const at = gguf.indexOf('messages');
      expect(at).toBeGreaterThan(0);
      gguf.write('massages', at);
    });
    const report = await rebuild(poisoned, { sample: 1 }, context());
    expect([report.result, report.difference?.reason]).toEqual([
      'different',
      "its key 'tokenizer.chat_template' is not what comes of its inputs",
    ]);
    expect(report.checks?.find(({ check }) => check === 'template')?.status).toBe('fail');
    const { code, stdout } = await pipe('verify', poisoned, '--policy', policy);
    expect(code).toBe(11);
    expect(stdout).toMatch(/FAIL +template/);
  });

  test('a provenance that names other options is found out, and beside the true one changes nothing', async () => {
    const { reference, key } = await pushed();
    const { lie, target, where } = await attestedLie(key, ['Q8_0', 'Q5_1']);
    expect(lie).toBe('added');
    expect((await rebuild(reference, {}, context())).result).toBe('identical');
    expect((await rebuild(reference, { sample: 2 }, context())).result).toBe('same-tensors');
    await target.deleteManifest(where);
    expect((await rebuild(reference, {}, context())).result).toBe('different');
    expect((await rebuild(reference, { sample: 2 }, context())).result).toBe('different');
  });

  test.each([
    ['llama.cpp 0c1e57098', 'llama.cpp ffffffff', "those of 'llama.cpp 0c1e57098' can be made here"],
    ['"kernels":"exact"', '"kernels":"cuda"', "'exact' ones can be run here"],
    ['build-types/model/v1', 'build-types/other/v1', 'which cannot be run here'],
  ])('what was made otherwise than this version can is not different: %s', async (from, to, words) => {
    const { reference, key } = await pushed();
    const { target, where } = await attestedLie(key, [from, to]);
    await target.deleteManifest(where);
    const report = await rebuild(reference, {}, context());
    expect([report.result, report.reason]).toEqual(['not-reproducible-profile', expect.stringContaining(words)]);
    expect((await pipe('verify', reference, '--rebuild')).code).toBe(8);
  });

  test('one bit of the weights is found, with its tensor; metadata alone leaves the tensors the same', async () => {
    const { reference, key } = await pushed();
    const weights = await republished(reference, key, (bytes) =>
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1),
    );
    const wrong = await rebuild(weights, {}, context());
    expect([wrong.result, wrong.difference?.tensor, wrong.difference?.reason]).toEqual([
      'different',
      expect.stringMatching(/weight$/),
      expect.stringContaining('another byte at'),
    ]);
    const { code, stdout } = await pipe('verify', weights, '--rebuild');
    expect([code, stdout]).toEqual([11, expect.stringContaining(wrong.difference?.tensor ?? 'none')]);
    expect((await rebuild(weights, { sample: 1000 }, context())).result).toBe('different');
    const metadata = await republished(reference, key, (bytes) => bytes.write('G', bytes.indexOf('general.name') + 3));
    const named = await rebuild(metadata, {}, context());
    expect([named.result, named.difference]).toEqual(['same-tensors', undefined]);
    expect((await pipe('verify', metadata, '--rebuild')).code).toBe(11);
  });

  test('a policy is asked first, and only then anything is made again', async () => {
    const { reference, policy } = await pushed();
    const good = await pipe('verify', reference, '--policy', policy, '--rebuild', '--json');
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({
      ok: true,
      result: 'identical',
      verification: { verdict: 'accepted' },
    });
    await writeFile(policy, "identities:\n  - key: k.pub\nlicenses: ['none-of-these']\n");
    const refused = await pipe('verify', reference, '--policy', policy, '--rebuild', '--json');
    expect(refused.code).toBe(11);
    expect(JSON.parse(refused.stdout)).toMatchObject({ ok: false, verdict: 'refused' });
  });

  test('without provenance nothing can be made again', async () => {
    await pipeline(download(`hf://${MODEL}`), pack(), push(`${at.registry.host}/m/plain`, { tags: ['latest'] })).run(
      undefined,
      context(),
    );
    expect((await rebuild(`${at.registry.host}/m/plain:latest`, {}, context())).result).toBe('no-provenance');
  });
});

describe('promotion', () => {
  test('takes signatures and attestations along, and moves the tag last', async () => {
    const { reference, policy } = await pushed();
    const to = `${at.registry.host}/prod/tiny:v1`;
    const done = await promote(reference, to, { policy }, context());
    expect([done.tag, done.before, done.destination.verdict]).toEqual(['v1', undefined, 'accepted']);
    const moves = at.registry.requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('/prod/tiny/manifests/'),
    );
    expect(moves.at(-1)?.path).toBe('/v2/prod/tiny/manifests/v1');
    expect((await promote(reference, to, { policy }, context())).before).toBe(done.digest);
    expect(at.registry.problems()).toEqual([]);
  });

  test('and a policy at download refuse what is not signed before a byte of weights moves', async () => {
    const { policy } = await pushed();
    await pipeline(download(`hf://${MODEL}`), pack(), push(`${at.registry.host}/m/plain`, { tags: ['latest'] })).run(
      undefined,
      context(),
    );
    const before = at.registry.requests.length;
    const plain = `${at.registry.host}/m/plain:latest`;
    await expect(promote(plain, `${at.registry.host}/prod/plain:v1`, { policy }, context())).rejects.toMatchObject({
      code: 'TRUST_REFUSED',
    });
    const chain = pipeline(download(`oci://${plain}`, { policy }), save(join(at.folder, 'out')));
    await expect(chain.run(undefined, context())).rejects.toMatchObject({ code: 'TRUST_REFUSED' });
    expect(at.registry.requests.slice(before).filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
    expect(at.registry.repositories()).not.toContain('prod/plain');
  });
});
