import { execFile } from 'node:child_process';
import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson } from '../../files/index.js';
import type { RegistryCredential } from './credential.js';

/** A helper that asks for a password nobody types must not hang a run. */
const TIME_LIMIT_MS = 10_000;
const ANSWER_LIMIT = 64 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** Asks `docker-credential-<name>` (Docker's credential helper protocol). `undefined` when it knows nothing of the host. */
export async function askHelper(name: string, host: string, env: Env): Promise<RegistryCredential | undefined> {
  const answer = await run(name, 'get', serverUrl(host), env);
  if (answer === undefined) return undefined;
  const value = parseJson(answer, `docker-credential-${name}`);
  const [username, secret] = ['Username', 'Secret'].map((key) =>
    isJsonObject(value) ? jsonField(value, key) : undefined,
  );
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw failed(name, 'get', 'it answered no credential');
  const origin = `docker-credential-${name}`;
  return username === '<token>'
    ? { kind: 'refresh', token: secret, origin }
    : { kind: 'basic', username, password: secret, origin };
}

/** Hands a credential to a helper for keeping. */
export async function storeInHelper(
  name: string,
  host: string,
  username: string,
  secret: string,
  env: Env,
): Promise<void> {
  await run(name, 'store', JSON.stringify({ ServerURL: serverUrl(host), Username: username, Secret: secret }), env);
}

/** Makes a helper forget a host; one that knew nothing is fine. */
export async function eraseFromHelper(name: string, host: string, env: Env): Promise<void> {
  await run(name, 'erase', serverUrl(host), env);
}

function serverUrl(host: string): string {
  return host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
}

/** Runs one action; its answer, or `undefined` when the helper says that it has no such credential. */
async function run(name: string, action: string, input: string, env: Env): Promise<string | undefined> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw failed(name, action, 'its name is not a plain file name');
  const options = { env: { ...env }, timeout: TIME_LIMIT_MS, maxBuffer: ANSWER_LIMIT, windowsHide: true };
  return new Promise((resolve, reject) => {
    const child = execFile(`docker-credential-${name}`, [action], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (/credentials not found|no credentials/i.test(stdout + stderr)) return resolve(undefined);
      // Not the helper's own output: it may repeat what it was given.
      const why =
        error.killed === true ? `it took more than ${TIME_LIMIT_MS / 1000} s` : String(error.code ?? 'failed');
      return reject(failed(name, action, why));
    });
    // A helper that does not read its input closes the pipe; what counts is how it ends.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function failed(name: string, action: string, why: string): SlipwayError {
  return new SlipwayError('CREDENTIAL_HELPER', `the credential helper '${name}' failed`, {
    where: `docker-credential-${name} ${action}`,
    got: why,
    try: `run it by hand: echo HOST | docker-credential-${name} get`,
  });
}
