import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline } from '../../src/core/index.js';
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

describe('rebuilding', () => {
  test('what was made as its provenance says is identical, tensor by tensor too', async () => {
    const { reference } = await pushed();
    const whole = await rebuild(reference, {}, context());
    expect([whole.result, whole.compared.filter(({ equal }) => !equal)]).toEqual(['identical', []]);
    const sample = await rebuild(reference, { sample: 3, seed: 'x' }, context());
    expect([sample.result, sample.sample?.tensors.length]).toEqual(['same-tensors', 3]);
    expect((await rebuild(reference, { sample: 3, seed: 'x' }, context())).sample).toEqual(sample.sample);
  });

  test('a provenance that names other options is found out', async () => {
    const { reference, key } = await pushed();
    const target = openRegistry(`${at.registry.host}/m/tiny`);
    const subject = await target.resolve('v1');
    const { attestations } = await collectEvidence(target, subject.digest);
    const found = attestations.find(({ statement }) => statement.predicateType === PREDICATES.slsa) ?? expect.fail();
    const lie = JSON.parse(JSON.stringify(found.statement).replaceAll('Q8_0', 'Q5_1')) as typeof found.statement;
    await target.deleteManifest(found.where);
    await attestOnce(target, attachSubject(subject), lie, keySigner(await readPrivateKey(key, 'k', () => '')));
    expect((await rebuild(reference, {}, context())).result).toBe('different');
    expect((await rebuild(reference, { sample: 2 }, context())).result).toBe('different');
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
