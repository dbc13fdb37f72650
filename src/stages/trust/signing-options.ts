import { z } from 'zod';
import { SlipwayError, type RunContext } from '../../core/index.js';
import type { Signer } from '../../trust/index.js';
import { openKeyless, type KeylessSigning } from './keyless-signing.js';
import { openSigner, type SigningKey } from './signing-key.js';

/** What signs: a key, or a certificate that is had for a token. Exactly one of `key`, `signingConfig` and `publicLog`. */
export interface SigningOptions extends KeylessSigning {
  readonly key?: SigningKey | undefined;
}

const text = z.string().min(1);

/** A token's place, and no token: a configuration is no place for secrets. */
const tokenPlace = z.union([
  text.describe('a file that holds the token'),
  z.strictObject({ file: text.describe('a file that holds the token') }),
  z.strictObject({ env: text.describe('environment variable that holds the token') }),
]);

/** Keys of a configuration that say what signs. */
export const SIGNING_KEYS = {
  key: z
    .union([
      z.strictObject({ file: text.describe('a PEM file') }),
      z.strictObject({ env: text.describe('environment variable that holds the PEM') }),
      z.strictObject({ exec: text.describe('a program that signs') }),
    ])
    .optional()
    .describe(
      "the key: { file: 'release.key' }, { env: 'RELEASE_KEY' } or { exec: 'PROGRAM' }; its password is in COSIGN_PASSWORD",
    ),
  signingConfig: text
    .optional()
    .describe('sign with a certificate instead of a key, by the services that this signing_config.json names'),
  publicLog: z
    .boolean()
    .optional()
    .describe('sign with a certificate of the public Sigstore, whose log tells everybody'),
  identityToken: tokenPlace
    .optional()
    .describe('token that says who signs; SIGSTORE_ID_TOKEN, or what GitHub Actions gives, unless given'),
  trustedRoot: text
    .optional()
    .describe(
      'trusted_root.json, by which earlier signatures of the same identity are found: then a second run adds none',
    ),
  identity: z
    .strictObject({ issuer: z.url(), san: text })
    .optional()
    .describe('whom the certificate names, where the token does not tell'),
};

/** Whether exactly one thing is said to sign with. */
export function saysWhatSigns({ key, signingConfig, publicLog = false }: SigningOptions): boolean {
  return [key !== undefined, signingConfig !== undefined, publicLog].filter(Boolean).length === 1;
}

export const WHAT_SIGNS = 'exactly one of key, signingConfig and publicLog says what signs';

/** Opens what signs. Throws `USAGE` when nothing or several things are named, and what opening them throws. */
export async function openSigning(
  options: SigningOptions,
  context: Pick<RunContext, 'env' | 'signal' | 'network'>,
): Promise<Signer> {
  if (!saysWhatSigns(options)) throw new SlipwayError('USAGE', WHAT_SIGNS);
  return options.key === undefined ? openKeyless(options, context) : openSigner(options.key, context);
}
