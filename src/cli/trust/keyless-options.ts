import { stat } from 'node:fs/promises';
import { type OptionsOf, optionTable, readRegularText, SlipwayError } from '../../core/index.js';
import { parseJson } from '../../files/index.js';
import { keylessSigner, loadSignPackages, PUBLIC_SIGNING_CONFIG, type Signer } from '../../trust/index.js';
import type { Session } from '../session/session.js';
import { sessionSigner } from './key-option.js';

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
  publicLog: {
    kind: 'flag',
    help: 'sign with a certificate of the public Sigstore: its log tells everybody',
  },
});

type SigningFlags = OptionsOf<typeof KEYLESS_FLAGS> & { readonly key?: string | undefined };

const TOKEN_LIMIT = 64 * 1024;

/** Opens what signs: a key, or a certificate that is had for a token. Throws `USAGE` without either, or with both. */
export async function commandSigner(session: Session, flags: SigningFlags, example: string): Promise<Signer> {
  const { key, signingConfig, publicLog = false } = flags;
  const ways = [key !== undefined, signingConfig !== undefined, publicLog].filter(Boolean).length;
  if (ways !== 1) {
    throw new SlipwayError(
      'USAGE',
      ways === 0 ? 'nothing says what to sign with' : 'a key and a certificate are both asked for',
      {
        try: [example, `${example.replace(/ --key .*$/, '')} --signing-config signing_config.json`],
      },
    );
  }
  if (key !== undefined) return sessionSigner(session, key);
  if (session.network.offline === true)
    throw new SlipwayError('OFFLINE', 'a certificate cannot be had without a network');
  const config =
    signingConfig === undefined ? PUBLIC_SIGNING_CONFIG : parseJson(await textOf(signingConfig), signingConfig);
  return keylessSigner({
    signingConfig: config,
    identityToken: async () => identityToken(session, flags.identityToken),
    now: () => new Date(),
  });
}

async function identityToken(session: Session, given: string | undefined): Promise<string> {
  const value = given ?? session.env['SIGSTORE_ID_TOKEN'];
  if (value !== undefined && value !== '') return (await fileText(session.path(value))) ?? value.trim();
  // A job of GitHub Actions asks for a token of its own.
  if (session.env['ACTIONS_ID_TOKEN_REQUEST_URL'] !== undefined)
    return new (await loadSignPackages()).sign.CIContextProvider('sigstore').getToken();
  throw new SlipwayError('USAGE', 'no token says who signs', {
    try: ['--identity-token FILE', 'export SIGSTORE_ID_TOKEN=…', 'in GitHub Actions: permissions: id-token: write'],
  });
}

/** The text of a small file; `undefined` when the value names none. */
async function fileText(path: string): Promise<string | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts?.isFile() !== true || facts.size > TOKEN_LIMIT) return undefined;
  return (await readRegularText(path)).trim();
}

async function textOf(path: string): Promise<string> {
  return readRegularText(path).catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `there is no signing configuration '${path}'`, { where: path, cause });
  });
}
