import { execFile, type ExecFileException } from 'node:child_process';
import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonValue } from '../../files/index.js';
import type { RegistryCredential } from './credential.js';

/** A helper that waits for a typed password must not hang a run. */
const TIME_LIMIT_MS = 10_000;
const ANSWER_LIMIT = 64 * 1024;

type Env = Readonly<Record<string, string | undefined>>;

/** Milliseconds for which a failure answers later questions, too: one run waits for a helper that hangs once only. */
const MEMORY_MS = 30_000;
const failures = new WeakMap<Env, Map<string, { readonly error: unknown; readonly at: number }>>();

/** Asks `docker-credential-<name>` (Docker's credential helper protocol). `undefined` when it knows nothing of the host. */
export async function askHelper(name: string, host: string, env: Env): Promise<RegistryCredential | undefined> {
  const known = failures.get(env) ?? new Map<string, { error: unknown; at: number }>();
  failures.set(env, known);
  const key = `${name} ${host}`;
  const failure = known.get(key);
  if (failure !== undefined && performance.now() - failure.at < MEMORY_MS) throw failure.error;
  try {
    return await credentialFrom(name, host, env);
  } catch (error) {
    known.set(key, { error, at: performance.now() });
    throw error;
  }
}

async function credentialFrom(name: string, host: string, env: Env): Promise<RegistryCredential | undefined> {
  const answer = await run(name, 'get', serverUrl(host), env);
  // Some answer with nothing where others say that they know of no credential.
  if (answer === undefined || answer.trim() === '') return undefined;
  const value = parsed(answer);
  const [username, secret] = ['Username', 'Secret'].map((key) =>
    isJsonObject(value) ? jsonField(value, key) : undefined,
  );
  if (isJsonObject(value) && secretIsMissing(username, secret)) return undefined;
  if (typeof username !== 'string' || typeof secret !== 'string')
    throw failed(name, 'get', 'an answer without a credential');
  const origin = `docker-credential-${name}`;
  return username === '<token>'
    ? { kind: 'refresh', token: secret, origin }
    : { kind: 'basic', username, password: secret, origin };
}

/** An answer that has the form of a credential, or of nothing at all, and no secret in it. */
function secretIsMissing(username: JsonValue | undefined, secret: JsonValue | undefined): boolean {
  const isEmpty = (value: JsonValue | undefined): boolean => value === undefined || value === null || value === '';
  return isEmpty(secret) && (isEmpty(username) || typeof username === 'string');
}

/** What is no JSON may be a secret all the same: nothing of it goes into a message. */
function parsed(answer: string): JsonValue | undefined {
  try {
    return parseJson(answer, 'answer');
  } catch {
    return undefined;
  }
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
      return reject(failed(name, action, reasonOf(error)));
    });
    // A helper that does not read its input closes the pipe; what counts is how it ends.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

function reasonOf({ killed, code }: ExecFileException): string {
  if (killed === true) return `no answer within ${TIME_LIMIT_MS / 1000} s`;
  if (code === 'ENOENT') return MISSING;
  return typeof code === 'number' ? `it ended with exit code ${code}` : (code ?? 'it was ended by a signal');
}

const MISSING = 'no such program in PATH';

function failed(name: string, action: string, why: string): SlipwayError {
  const program = `docker-credential-${name}`;
  return new SlipwayError('CREDENTIAL_HELPER', `the credential helper '${name}' failed`, {
    where: `${program} ${action}`,
    got: why,
    try:
      why === MISSING
        ? [`install ${program}`, "or take it out of 'credHelpers' and 'credsStore' in Docker's config.json"]
        : `run it by hand: echo HOST | ${program} get`,
  });
}
