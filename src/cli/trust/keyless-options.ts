import { existsSync } from 'node:fs';
import { type OptionsOf, optionTable, SlipwayError } from '../../core/index.js';
import { openKeyless, saysWhatSigns } from '../../stages/trust/index.js';
import type { Signer } from '../../trust/index.js';
import type { Session } from '../session/session.js';
import { sessionSigner, signingKey } from './key-option.js';

/** Flags of commands that can sign with a certificate instead of a key. */
export const KEYLESS_FLAGS = optionTable({
  signingConfig: {
    kind: 'path',
    value: 'file',
    help: 'sign with a certificate, by the services that this file names',
  },
  identityToken: {
    kind: 'text',
    value: 'token',
    help: 'token that says who signs, or its file; SIGSTORE_ID_TOKEN unless given',
  },
  trustedRoot: {
    kind: 'path',
    value: 'file',
    help: 'trusted_root.json by which an earlier signature of the same identity is found: then none is added',
  },
  publicLog: {
    kind: 'flag',
    help: 'sign with a certificate of the public Sigstore: its log tells everybody',
  },
});

type SigningFlags = OptionsOf<typeof KEYLESS_FLAGS> & { readonly key?: string | undefined };

/** Opens what signs: a key, or a certificate that is had for a token. Throws `USAGE` without either, or with both. */
export async function commandSigner(session: Session, flags: SigningFlags, example: string): Promise<Signer> {
  const { key, ...keyless } = flags;
  const named = { ...keyless, ...(key !== undefined && { key: signingKey(key, session.path) }) };
  if (!saysWhatSigns(named)) {
    const isNothing = key === undefined && keyless.signingConfig === undefined && keyless.publicLog !== true;
    throw new SlipwayError(
      'USAGE',
      isNothing ? 'nothing says what to sign with' : 'a key and a certificate are both asked for',
      { try: [example, `${example.replace(/ --key .*$/, '')} --signing-config signing_config.json`] },
    );
  }
  if (key !== undefined) return sessionSigner(session, key);
  const { identityToken: token } = keyless;
  return openKeyless({ ...keyless, ...(token !== undefined && { identityToken: tokenAt(token, session) }) }, session);
}

/** A token's path starts where the command was called; a token itself has no such file. */
function tokenAt(token: string, { path }: Session): string {
  const file = path(token);
  return existsSync(file) ? file : token;
}
