import { createHash, generateKeyPairSync } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';
import { IN_TOTO_TYPE, preAuthEncoding } from '../bundle/dsse.js';
import type { Signer } from '../keys/signer.js';
import { loadSignPackages, type SignPackages } from './packages.js';
import { identityOfToken, type ExactIdentity } from './token-identity.js';
import { certificateVerifierOf } from './verify-certificate.js';

/** How to sign with a certificate. */
export interface KeylessOptions {
  /** A signing configuration (`application/vnd.dev.sigstore.signingconfig.v0.2+json`), parsed: which services to use. */
  readonly signingConfig: JsonValue;
  /** The OpenID Connect token that says who signs, asked for anew for each signature. */
  readonly identityToken: () => Promise<string>;
  /** What counts as now: services that have ended are not asked. */
  readonly now: () => Date;
  /** By what earlier signatures are found, so that a second run adds none. Without it each run signs anew. */
  readonly earlier?: EarlierSignatures;
}

export interface EarlierSignatures {
  /** Path of the trusted root that they are verified against. */
  readonly trustedRoot: string;
  /** Whom the certificates name; what the token says unless given. */
  readonly identity?: ExactIdentity;
}

/** Services of the public Sigstore. What is signed there is public for ever: digest and identity are in its log. */
export const PUBLIC_SIGNING_CONFIG: JsonValue = {
  mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  caUrls: [
    {
      url: 'https://fulcio.sigstore.dev',
      majorApiVersion: 1,
      validFor: { start: '2022-04-13T20:06:15Z' },
      operator: 'sigstore.dev',
    },
  ],
  rekorTlogUrls: [
    {
      url: 'https://rekor.sigstore.dev',
      majorApiVersion: 1,
      validFor: { start: '2021-01-12T11:53:27Z' },
      operator: 'sigstore.dev',
    },
  ],
  tsaUrls: [
    {
      url: 'https://timestamp.sigstore.dev/api/v1/timestamp',
      majorApiVersion: 1,
      validFor: { start: '2025-07-04T00:00:00Z' },
      operator: 'sigstore.dev',
    },
  ],
  oidcUrls: [
    {
      url: 'https://oauth2.sigstore.dev/auth',
      majorApiVersion: 1,
      validFor: { start: '2025-04-16T00:00:00Z' },
      operator: 'sigstore.dev',
    },
  ],
  rekorTlogConfig: { selector: 'ANY' },
  tsaConfig: { selector: 'ANY' },
};

/**
 * A signer without a key of its own: each signature is made with a new key, for which a certificate authority vouches that it is the
 * token's owner's; logs and time stamps as the signing configuration names them. Throws `CONFIG_INVALID` without the packages or for a
 * configuration that cannot be used, `SIGNER_FAILED` when a service refuses.
 */
export async function keylessSigner(options: KeylessOptions): Promise<Signer> {
  const { signingConfig, identityToken, now, earlier } = options;
  const packages = await loadSignPackages();
  const { bundle, sign, specs } = packages;
  const config = specs.SigningConfig.fromJSON(signingConfig);
  // No earlier signature is by this key: each has its own.
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicKey,
    sign: () =>
      Promise.reject(new SlipwayError('SIGNER_FAILED', 'a signature by a certificate is only made with its bundle')),
    seal: async (payload) => {
      try {
        const builder = new sign.DSSEBundleBuilder(servicesOf(config, packages, identityToken, now()));
        const made = await builder.create({ data: Buffer.from(payload), type: IN_TOTO_TYPE });
        return Buffer.from(JSON.stringify(withoutKeyId(bundle.bundleToJSON(made))));
      } catch (cause) {
        if (SlipwayError.is(cause)) throw cause;
        throw failed(cause);
      }
    },
    ...(earlier !== undefined && { recognizes: recognition(earlier, config, identityToken) }),
  };
}

/** Finds signatures by a certificate of the identity that is going to sign. */
function recognition(
  { trustedRoot, identity }: EarlierSignatures,
  config: Config,
  identityToken: () => Promise<string>,
): NonNullable<Signer['recognizes']> {
  const verify = certificateVerifierOf({
    trustedRoot,
    rekor: config.rekorTlogConfig === undefined ? 'optional' : 'required',
  });
  return async (bundle) => {
    const wanted = identity ?? identityOfToken(await identityToken());
    if (wanted === undefined) return false;
    const found = await verify({ bundle }, [{ kind: 'certificate', name: wanted.san, ...wanted }]);
    return found.kind === 'known';
  };
}

type Config = ReturnType<SignPackages['specs']['SigningConfig']['fromJSON']>;
type Service = Config['caUrls'][number];
type Builder = ConstructorParameters<SignPackages['sign']['DSSEBundleBuilder']>[0];
type Witness = Builder['witnesses'][number];

/** How long a service may take, and how often it is asked again. */
const FETCH = { timeout: 30_000, retry: { retries: 2 } };

/** The certificate authority, log and time stamps that a configuration names. Throws `CONFIG_INVALID` without an authority. */
function servicesOf(
  config: Config,
  { sign, specs }: SignPackages,
  identityToken: () => Promise<string>,
  now: Date,
): Builder {
  const authority = newest(config.caUrls, 1, now);
  if (authority === undefined)
    throw new SlipwayError(
      'CONFIG_INVALID',
      'the signing configuration names no certificate authority that can be used',
      {
        got: `${config.caUrls.length} caUrls`,
      },
    );
  const log = config.rekorTlogConfig === undefined ? undefined : newest(config.rekorTlogUrls, 2, now);
  const stamps = config.tsaConfig === undefined ? undefined : newest(config.tsaUrls, 1, now);
  const signer = new sign.FulcioSigner({
    fulcioBaseURL: authority.url,
    identityProvider: { getToken: identityToken },
    ...FETCH,
  });
  const witnesses: Witness[] = [];
  if (log !== undefined) {
    const { majorApiVersion } = log;
    const witness = new sign.RekorWitness({ rekorBaseURL: log.url, majorApiVersion, ...FETCH });
    witnesses.push(majorApiVersion === 2 ? hashedWitness(witness, specs.HashAlgorithm.SHA2_256) : witness);
  }
  if (stamps !== undefined) witnesses.push(new sign.TSAWitness({ tsaBaseURL: stamps.url, ...FETCH }));
  return { signer, witnesses };
}

/** The service that began last, among those that have not ended and whose interface is known. */
function newest(services: readonly Service[], version: number, now: Date): Service | undefined {
  const until = now.getTime();
  const usable = services.filter(
    ({ majorApiVersion, validFor }) =>
      majorApiVersion <= version && (validFor?.end === undefined || validFor.end.getTime() > until),
  );
  return usable.toSorted((a, b) => (b.validFor?.start?.getTime() ?? 0) - (a.validFor?.start?.getTime() ?? 0))[0];
}

/** Rekor 2.3 and later logs an envelope by the hash of what is signed, as it logs any signature, and no envelopes as such. */
function hashedWitness(log: Witness, algorithm: SignPackages['specs']['HashAlgorithm']['SHA2_256']): Witness {
  return {
    testify: async (content, key) => {
      if (content.$case !== 'dsseEnvelope') return log.testify(content, key);
      const { payload, payloadType, signatures } = content.dsseEnvelope;
      const [signature] = signatures;
      if (signature === undefined) throw new Error('an envelope has a signature');
      const digest = createHash('sha256').update(preAuthEncoding(payloadType, payload)).digest();
      const messageSignature = { messageDigest: { algorithm, digest }, signature: signature.sig };
      return log.testify({ $case: 'messageSignature', messageSignature }, key);
    },
  };
}

/** Go's verifier passes over a signature whose key id is another than the one that it derives. */
function withoutKeyId(json: unknown): unknown {
  return JSON.parse(JSON.stringify(json, (key, value: unknown) => (key === 'keyid' ? undefined : value)));
}

function failed(cause: unknown): SlipwayError {
  const reasons: string[] = [];
  for (let error = cause; error instanceof Error && reasons.length < 4; error = error.cause)
    reasons.push(error.message.slice(0, 200));
  return new SlipwayError('SIGNER_FAILED', 'a service refused to vouch for the signature', {
    got: reasons.join(': '),
    try: 'is the token still valid, and are the services of the signing configuration there?',
    cause,
  });
}
