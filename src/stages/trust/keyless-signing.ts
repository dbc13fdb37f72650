import { stat } from 'node:fs/promises';
import { isMissing, readRegularText, SlipwayError, type RunContext } from '../../core/index.js';
import { parseJson, type JsonValue } from '../../files/index.js';
import {
  keylessSigner,
  loadSignPackages,
  PUBLIC_SIGNING_CONFIG,
  type ExactIdentity,
  type Signer,
} from '../../trust/index.js';

/** A token that says who signs: itself, its file's path, where it is, or what asks for it. */
export type IdentityToken = string | { readonly file: string } | { readonly env: string } | (() => Promise<string>);

/** How to sign with a certificate instead of a key. */
export interface KeylessSigning {
  /** Path of a `signing_config.json`: which services to use. */
  readonly signingConfig?: string | undefined;
  /** Use the public Sigstore, whose log tells everybody. */
  readonly publicLog?: boolean | undefined;
  /** `SIGSTORE_ID_TOKEN`, or what GitHub Actions gives, unless given. */
  readonly identityToken?: IdentityToken | undefined;
  /** Path of a `trusted_root.json`, by which earlier signatures of the same identity are found: then a second run adds none. */
  readonly trustedRoot?: string | undefined;
  /** Whom the certificate names, where the token does not tell. */
  readonly identity?: ExactIdentity | undefined;
}

type KeylessContext = Pick<RunContext, 'env' | 'network'>;

const TOKEN_LIMIT = 64 * 1024;

/** Opens a signer with certificates. Throws `NOT_FOUND`, `CONFIG_INVALID`, `OFFLINE`; without a token `USAGE` when it signs. */
export async function openKeyless(options: KeylessSigning, context: KeylessContext): Promise<Signer> {
  if (context.network.offline === true)
    throw new SlipwayError('OFFLINE', 'a certificate cannot be had without a network');
  const { signingConfig, trustedRoot, identity } = options;
  return keylessSigner({
    signingConfig: signingConfig === undefined ? PUBLIC_SIGNING_CONFIG : await readConfig(signingConfig),
    identityToken: async () => tokenOf(options.identityToken, context),
    now: () => new Date(),
    earlier: trustedRoot === undefined ? undefined : { trustedRoot, identity },
  });
}

async function readConfig(path: string): Promise<JsonValue> {
  const text = await readRegularText(path).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new SlipwayError('NOT_FOUND', `there is no signing configuration '${path}'`, { where: path, cause });
  });
  return parseJson(text, path);
}

async function tokenOf(token: IdentityToken | undefined, { env }: KeylessContext): Promise<string> {
  if (typeof token === 'function') return token();
  const value = typeof token === 'object' ? placed(token, env) : (token ?? env['SIGSTORE_ID_TOKEN']);
  if (value !== undefined && value !== '') return (await fileText(value)) ?? value.trim();
  // A job of GitHub Actions asks for a token of its own.
  if (token === undefined && env['ACTIONS_ID_TOKEN_REQUEST_URL'] !== undefined)
    return new (await loadSignPackages()).sign.CIContextProvider('sigstore').getToken();
  throw new SlipwayError('USAGE', 'no token says who signs', {
    try: ['--identity-token FILE', 'export SIGSTORE_ID_TOKEN=…', 'in GitHub Actions: permissions: id-token: write'],
  });
}

function placed(place: { readonly file: string } | { readonly env: string }, env: KeylessContext['env']): string {
  if ('file' in place) return place.file;
  const value = env[place.env];
  if (value !== undefined && value !== '') return value;
  throw new SlipwayError('NOT_FOUND', `the environment variable ${place.env}, which is to hold a token, is not set`);
}

/** The text of a small file; `undefined` when the value names none. */
async function fileText(path: string): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true || facts.size > TOKEN_LIMIT) return undefined;
  return (await readRegularText(path)).trim();
}
