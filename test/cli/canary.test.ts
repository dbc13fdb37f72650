import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pipelineCommand } from './fake-terminal.js';

// A server repeats what it was sent, in every form and in every place where servers put words. Nothing of it may be printed,
// told as an event or kept in a file.

const PASSWORD = 'pä"s\\s w+ör%d/ca&nary=7<TAIL>';
const TOKEN = 'hf_canary~TOKEN!with$odd%2Bmarks/0123456789';

/** The forms in which servers give text back; a cut one ends where their log line did. */
function forms(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const all = [
    secret,
    json,
    json.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`),
    encodeURIComponent(secret),
    new URLSearchParams({ a: secret }).toString().slice(2),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(`bob:${secret}`).toString('base64'),
    Buffer.from(secret).toString('latin1'),
  ];
  return [...new Set(all)];
}

const header = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 4000);

/** Everything a request proved itself by. */
function sentSecrets(request: IncomingMessage, body: string): string[] {
  const given = request.headers.authorization ?? '';
  const basic = given.startsWith('Basic ') ? Buffer.from(given.slice(6), 'base64').toString() : '';
  const bearer = given.startsWith('Bearer ') ? given.slice(7) : '';
  const refresh = new URLSearchParams(body).get('refresh_token') ?? '';
  return [basic.slice(basic.indexOf(':') + 1), bearer, refresh].filter((one) => one !== '');
}

/** Answers with a status and with all of that: in the body, in headers, cut off in the middle. */
function repeat(
  response: ServerResponse,
  status: number,
  secrets: readonly string[],
  more: Record<string, string> = {},
): void {
  const words = secrets.flatMap(forms);
  const cut = `${'x'.repeat(250)} ${secrets.map((one) => one.slice(0, Math.ceil(one.length * 0.8))).join('')}`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-request-id': header(words.join(' ')),
    'x-error-message': header(words.join(' ')),
    warning: `299 - "${header(words.join(' ').replaceAll(/["\\]/g, ''))}"`,
    'retry-after': '0',
    ...more,
  });
  const errors = [...words, cut].map((message) => ({ code: 'DENIED', message, detail: { said: message } }));
  response.end(JSON.stringify({ errors, error: words.join(' '), message: cut, details: words }));
}

type Answer = (request: IncomingMessage, response: ServerResponse, secrets: readonly string[]) => void;
let server: Server;
let host = '';
let folder = '';
let answer: Answer = (_request, response, secrets) => repeat(response, 403, secrets);
const seen = new Set<string>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-canary-'));
  seen.clear();
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const secrets = sentSecrets(request, Buffer.concat(chunks).toString());
      for (const one of secrets) seen.add(one);
      answer(request, response, [...seen]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await mkdir(join(folder, '.docker'));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function credentials(entry: Record<string, string>): Promise<void> {
  await writeFile(join(folder, '.docker', 'config.json'), JSON.stringify({ auths: { [host]: entry } }));
}

/** All that is below a folder but for the credentials themselves. */
async function everythingWritten(): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = names
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('.docker'))
    .map(async (entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(texts)).join('\n');
}

const FACES = [[], ['--json'], ['--debug'], ['--progress', 'ndjson'], ['--progress', 'plain', '--debug', '--json']];

async function requireSilence(
  secret: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  for (const face of FACES) {
    const { stdout, stderr, code } = await pipelineCommand([...argv, ...face], folder, {
      PIPELINE_HOME: join(folder, 'state'),
      ...env,
    });
    expect(code).not.toBe(0);
    expect(seen).toContain(secret);
    const words = `${stdout}\n${stderr}\n${await everythingWritten()}`;
    const found = [...forms(secret), secret.slice(0, Math.ceil(secret.length * 0.7))].filter((form) =>
      words.includes(form),
    );
    expect(found, `${argv.join(' ')} ${face.join(' ')}`).toEqual([]);
    // The last characters, by which the test would notice a form that it has not thought of.
    const at = words.indexOf(secret.slice(-6));
    expect(at === -1 ? '' : words.slice(Math.max(0, at - 80), at + 20)).toBe('');
  }
}

async function configuration(from: string): Promise<void> {
  await writeFile(
    join(folder, 'c.yaml'),
    `name: m\nstages:\n  - download: { from: '${from}' }\n  - pack\n  - push: { to: 'layout:./L' }\n`,
  );
}

test('a registry that takes Basic credentials', async () => {
  await credentials({ auth: Buffer.from(`bob:${PASSWORD}`).toString('base64') });
  answer = (request, response, secrets) =>
    request.headers.authorization === undefined
      ? repeat(response, 401, [], { 'www-authenticate': 'Basic realm="x"' })
      : repeat(response, 403, secrets);
  await configuration(`oci://${host}/a/b:v1`);
  await requireSilence(PASSWORD, ['pull', `${host}/a/b:v1`, './out']);
  await requireSilence(PASSWORD, ['inspect', `${host}/a/b:v1`]);
  await requireSilence(PASSWORD, ['run', 'c.yaml']);
});

test('a registry that is not well, and is asked again', async () => {
  await credentials({ auth: Buffer.from(`bob:${PASSWORD}`).toString('base64') });
  answer = (request, response, secrets) =>
    request.headers.authorization === undefined
      ? repeat(response, 401, [], { 'www-authenticate': 'Basic realm="x"' })
      : repeat(response, 503, secrets);
  await configuration(`oci://${host}/a/b:v1`);
  await requireSilence(PASSWORD, ['run', 'c.yaml']);
});

test('a token server, with a password and with a token of its own', async () => {
  const bearer = { 'www-authenticate': `Bearer realm="http://${host}/token",service="s"` };
  answer = (request, response, secrets) =>
    request.url?.startsWith('/token') === true
      ? repeat(response, 401, secrets)
      : repeat(response, 401, secrets, bearer);
  await credentials({ auth: Buffer.from(`bob:${PASSWORD}`).toString('base64') });
  await requireSilence(PASSWORD, ['pull', `${host}/a/b:v1`, './out']);
  await credentials({ auth: Buffer.from('bob:x').toString('base64'), identitytoken: TOKEN });
  await requireSilence(TOKEN, ['pull', `${host}/a/b:v1`, './out']);
});

test('the token that a token server gives', async () => {
  const bearer = { 'www-authenticate': `Bearer realm="http://${host}/token",service="s"` };
  await credentials({ auth: Buffer.from('bob:password').toString('base64') });
  answer = (request, response, secrets) => {
    if (request.url?.startsWith('/token') === true) response.writeHead(200).end(JSON.stringify({ token: TOKEN }));
    else if (request.headers.authorization === undefined) repeat(response, 401, [], bearer);
    else repeat(response, 403, secrets);
  };
  await requireSilence(TOKEN, ['pull', `${host}/a/b:v1`, './out']);
});

test.each([401, 403, 404, 500, 302])('the Hub, with the status %i', async (status) => {
  answer = (_request, response, secrets) =>
    repeat(response, status, secrets, { location: `/api/models/${encodeURIComponent(secrets[0] ?? '')}/x` });
  await configuration('hf://org/name');
  const env = { HF_ENDPOINT: `http://${host}`, HF_TOKEN: TOKEN };
  await requireSilence(TOKEN, ['run', 'c.yaml'], env);
  await requireSilence(TOKEN, ['download', 'hf://org/name', './out'], env);
});
