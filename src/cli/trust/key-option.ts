import { openIdentity, openSigner, type SigningKey } from '../../stages/trust/index.js';
import type { KeyIdentity, Signer } from '../../trust/index.js';
import { ask } from '../setup/prompt.js';
import type { Session } from '../session/session.js';

export const KEY_HELP = 'signing key: a PEM file (cosign, PKCS#8, SEC1), env://NAME, or exec:PROGRAM';

/** A `--key` as people write it. */
export function signingKey(keyOption: string, path: (keyOption: string) => string): SigningKey {
  if (keyOption.startsWith('env://')) return { env: keyOption.slice('env://'.length) };
  if (keyOption.startsWith('exec:')) return { exec: keyOption.slice('exec:'.length) };
  return { file: path(keyOption) };
}

/** Opens the key of `--key`. The password comes from `COSIGN_PASSWORD`, or is asked for on a terminal. */
export async function sessionSigner(session: Session, keyOption: string): Promise<Signer> {
  return openSigner(signingKey(keyOption, session.path), session, async () => keyPassword(session));
}

export async function keyPassword(session: Session): Promise<string> {
  return (
    session.env['COSIGN_PASSWORD'] ?? (await ask(session, 'Password of the key: ', "export COSIGN_PASSWORD='…'", true))
  );
}

/** The public keys of `--key` as identities. */
export async function keysOf(session: Session, keys: readonly string[] = []): Promise<readonly KeyIdentity[]> {
  return Promise.all(
    keys.map(async (one) => openIdentity(one.startsWith('env://') ? one : session.path(one), session, one)),
  );
}
