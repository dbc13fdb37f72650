import { resolve } from 'node:path';
import { readRegularText, SlipwayError, type Credential, type CredentialLookup } from '../core/index.js';
import type { CredentialReference, SecretReference } from './config.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Looks credentials up where the configuration refers to; nothing is read before a host asks for it. */
export function credentialLookup(
  references: Readonly<Record<string, CredentialReference>> | undefined,
  env: Environment,
  directory: string,
): CredentialLookup | undefined {
  if (references === undefined) return undefined;
  const byHost = new Map(Object.entries(references).map(([host, reference]) => [host.toLowerCase(), reference]));
  return async (host) => {
    const reference = byHost.get(host.toLowerCase());
    return reference === undefined ? undefined : resolveCredential(host, reference, env, directory);
  };
}

async function resolveCredential(
  host: string,
  reference: CredentialReference,
  env: Environment,
  directory: string,
): Promise<Credential> {
  const read = async (secret: SecretReference, field: string): Promise<string> =>
    readSecret(secret, `credentials['${host}'].${field}`, env, directory);
  if ('token' in reference) {
    return { kind: 'token', token: await read(reference.token, 'token'), origin: originOf(reference.token) };
  }
  const { username, password } = reference;
  return {
    kind: 'basic',
    username: typeof username === 'string' ? username : await read(username, 'username'),
    password: await read(password, 'password'),
    origin: originOf(password),
  };
}

function originOf(secret: SecretReference): string {
  return 'env' in secret ? `${secret.env} (configuration)` : `${secret.file} (configuration)`;
}

async function readSecret(secret: SecretReference, at: string, env: Environment, directory: string): Promise<string> {
  if ('env' in secret) {
    const value = env[secret.env];
    if (value !== undefined && value !== '') return value;
    throw new SlipwayError(
      'CONFIG_INVALID',
      `${at} refers to the environment variable ${secret.env}, which is not set`,
      {
        try: `export ${secret.env}='…'   (single quotes keep the dollar of Harbor's robot names)`,
      },
    );
  }
  try {
    return (await readRegularText(resolve(directory, secret.file))).replace(/\r?\n$/, '');
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', `${at} refers to the file '${secret.file}', which cannot be read`, {
      cause,
    });
  }
}

/** Names of the variables that a configuration takes secrets from: their values are kept out of everything printed. */
export function secretVariables(references: Readonly<Record<string, CredentialReference>> | undefined): string[] {
  return Object.values(references ?? {}).flatMap((reference) => {
    const secret = 'token' in reference ? reference.token : reference.password;
    return 'env' in secret ? [secret.env] : [];
  });
}
