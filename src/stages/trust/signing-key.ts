import { isMissing, readRegularText, type RunContext, SlipwayError } from '../../core/index.js';
import {
  certifiedSigner,
  execSigner,
  keyIdentity,
  keySigner,
  readCertificates,
  readPrivateKey,
  readPublicKey,
  type AuthorityIdentity,
  type KeyIdentity,
  type Signer,
} from '../../trust/index.js';

/**
 * Where the signing key is: a PEM file (a cosign key, PKCS#8, SEC1), an environment variable with the PEM, a program
 * that signs, or a {@link Signer} of one's own. The password of an encrypted key is in `COSIGN_PASSWORD`.
 */
export type SigningKey =
  | { readonly file: string }
  | { readonly env: string }
  | { readonly exec: string | readonly string[] }
  | Signer;

type KeyContext = Pick<RunContext, 'env' | 'signal'>;

const LARGEST_PEM = 256 * 1024;

/** Opens a signing key. Throws `NOT_FOUND`, `KEY_INVALID`, `KEY_PASSWORD`, `SIGNER_FAILED`. */
export async function openSigner(
  key: SigningKey,
  context: KeyContext,
  password: () => Promise<string> | string = () => context.env['COSIGN_PASSWORD'] ?? '',
): Promise<Signer> {
  if ('sign' in key) return key;
  if ('exec' in key) {
    const command = typeof key.exec === 'string' ? key.exec.trim().split(/\s+/) : key.exec;
    return execSigner(command, context.env, context.signal);
  }
  const { pem, name } = 'file' in key ? await pemFile(key.file) : pemVariable(key.env, context);
  return keySigner(await readPrivateKey(pem, name, password));
}

/** Opens a public key as an identity. `key`: the path of a PEM file, or `env://NAME`; `label`: how reports call it. */
export async function openIdentity(
  key: string,
  context: Pick<RunContext, 'env'>,
  label?: string,
): Promise<KeyIdentity> {
  const { pem, name } = key.startsWith('env://')
    ? pemVariable(key.slice('env://'.length), context)
    : await pemFile(key);
  return keyIdentity(readPublicKey(pem, name), label ?? name);
}

/** Opens certificates of an authority of one's own as an identity. */
export async function openAuthority(path: string, label: string, san?: string): Promise<AuthorityIdentity> {
  const { pem, name } = await pemFile(
    path,
    'certificate',
    'openssl x509 -in certificate.der -inform der -out certificate.pem',
  );
  return { kind: 'authority', name: san ?? label, certificates: readCertificates(pem, name), san };
}

/** A signer with the certificate of its key, and of the authorities above it. Throws `NOT_FOUND`, `KEY_INVALID`. */
export async function withCertificates(signer: Signer, certificate: string, chain?: string): Promise<Signer> {
  const paths = chain === undefined ? [certificate] : [certificate, chain];
  const read = await Promise.all(
    paths.map(async (path) => readCertificates((await pemFile(path, 'certificate', 'a file in PEM')).pem, path)),
  );
  return certifiedSigner(signer, read.flat(), certificate);
}

async function pemFile(
  path: string,
  what = 'key',
  remedy = 'pipeline key generate --output-key-prefix cosign',
): Promise<{ pem: string; name: string }> {
  const pem = await readRegularText(path).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new SlipwayError('NOT_FOUND', `there is no ${what} '${path}'`, { where: path, try: remedy, cause });
  });
  if (pem.length <= LARGEST_PEM) return { pem, name: path };
  throw new SlipwayError('KEY_INVALID', `'${path}' is not a ${what}`, { where: path, got: `${pem.length} characters` });
}

function pemVariable(name: string, { env }: Pick<RunContext, 'env'>): { pem: string; name: string } {
  const pem = env[name];
  if (pem !== undefined && pem !== '') return { pem, name };
  throw new SlipwayError('NOT_FOUND', `the environment variable ${name}, which is to hold a key, is not set`, {
    try: `export ${name}="$(cat cosign.key)"`,
  });
}
