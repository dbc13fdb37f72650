import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findCredential, removeLogin, storeLogin, variablePrefix } from '../../src/registry/index.js';
import { failure } from './failure.js';

let home = '';
let env: Record<string, string> = {};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-home-'));
  env = { HOME: home, PATH: `${join(home, 'bin')}${delimiter}${process.env['PATH'] ?? ''}` };
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(join(home, path, '..'), { recursive: true });
  await writeFile(join(home, path), typeof content === 'string' ? content : JSON.stringify(content));
}

function pair(username: string, password: string): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

/** A credential helper that keeps what it is told in a file, as Docker's protocol has it. */
async function installHelper(name: string, script: string): Promise<void> {
  await write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`);
  await chmod(join(home, `bin/docker-credential-${name}`), 0o755);
}

const KEEPER = `case "$1" in
store) cat > "$HOME/kept" ;;
erase) rm -f "$HOME/kept" ;;
get) read host; test -f "$HOME/kept" || { echo "credentials not found in native keychain"; exit 1; }
     echo '{"ServerURL":"'"$host"'","Username":"from-helper","Secret":"'"$host"'"}' ;;
esac`;

describe('where credentials come from', () => {
  test('the first place wins', async () => {
    const host = 'registry.example.com:5000';
    await write('run/containers/auth.json', { auths: { [host]: pair('podman', 'p') } });
    env['XDG_RUNTIME_DIR'] = join(home, 'run');
    const user = async (configured?: string): Promise<unknown> => {
      const lookup = async (): Promise<{ kind: 'basic'; username: string; password: string; origin: string }> => ({
        kind: 'basic',
        username: 'config',
        password: '',
        origin: 'config',
      });
      const found = await findCredential(host, env, configured === undefined ? undefined : lookup);
      return found?.kind === 'basic' ? found.username : found;
    };
    expect(await user()).toBe('podman');
    await write('.docker/config.json', { auths: { [host]: pair('docker', 'p') } });
    expect(await user()).toBe('docker');
    await write('elsewhere.json', { auths: { [host]: pair('authfile', 'p') } });
    env['REGISTRY_AUTH_FILE'] = join(home, 'elsewhere.json');
    expect(await user()).toBe('authfile');
    await storeLogin(host, { username: 'login', password: 'p' }, env);
    expect(await user()).toBe('login');
    env['PIPELINE_REGISTRY_REGISTRY_EXAMPLE_COM_5000_USERNAME'] = 'variable';
    env['PIPELINE_REGISTRY_REGISTRY_EXAMPLE_COM_5000_PASSWORD'] = 'p';
    expect(await user()).toBe('variable');
    expect(await user('config')).toBe('config');
  });

  test('hosts match exactly', async () => {
    const auths = {
      'example.com': pair('a', 'b'),
      'https://other.com/v2/': pair('c', 'd'),
      'pod.io/team': pair('e', 'f'),
    };
    await write('.docker/config.json', { auths });
    for (const host of ['registry.example.com', 'example.com:5000', 'xample.com', 'example.com.evil.com', 'pod.io']) {
      expect(await findCredential(host, env)).toBeUndefined();
    }
    expect(await findCredential('example.com', env)).toMatchObject({ username: 'a', password: 'b' });
    expect(await findCredential('other.com', env)).toMatchObject({ username: 'c' });
  });

  test('keys with a path are for what lies below, the most specific first', async () => {
    await installHelper('one', KEEPER);
    await write('kept', '');
    await write('.docker/config.json', {
      credHelpers: { 'helped.io': 'one' },
      auths: {
        'pod.io': pair('host', 'p'),
        'pod.io/team': pair('team', 'p'),
        'pod.io/team/models/': pair('models', 'p'),
        'pod.io:5000/team': pair('port', 'p'),
        'https://index.docker.io/v1/': pair('hub', 'p'),
        'index.docker.io/acme': pair('acme', 'p'),
        'helped.io/team': pair('below', 'p'),
        'pod.io/Not A Path': pair('never', 'p'),
        'only.io/team': pair('only', 'p'),
      },
    });
    const user = async (place: string): Promise<unknown> => {
      const found = await findCredential(place, env);
      return found?.kind === 'basic' ? found.username : found;
    };
    expect(await user('pod.io')).toBe('host');
    expect(await user('pod.io/other/x')).toBe('host');
    expect(await user('pod.io/teammate/x')).toBe('host');
    expect(await user('pod.io/team')).toBe('team');
    expect(await user('pod.io/team/x')).toBe('team');
    expect(await user('pod.io/team/models')).toBe('models');
    expect(await user('pod.io/team/models/deep/x')).toBe('models');
    expect(await user('pod.io:5000/team/x')).toBe('port');
    expect(await user('pod.io:5000/other')).toBeUndefined();
    expect(await user('docker.io/library/x')).toBe('hub');
    expect(await user('docker.io/acme/x')).toBe('acme');
    expect(await user('helped.io/team/x')).toBe('below');
    expect(await user('helped.io/x')).toBe('from-helper');
    expect(await user('only.io/team/x')).toBe('only');
    expect(await user('only.io/x')).toBeUndefined();
    expect(await user('only.io')).toBeUndefined();
  });

  test('Docker Hub by its historic name, refresh and access tokens, passwords with colons', async () => {
    const auths = {
      'https://index.docker.io/v1/': pair('hub', 'a:b:c'),
      'refresh.io': { auth: '', identitytoken: 'r' },
      'access.io': { registrytoken: 't' },
      'empty.io': {},
      'broken.io': { auth: '%%%' },
    };
    await write('.docker/config.json', { auths });
    expect(await findCredential('docker.io', env)).toMatchObject({ username: 'hub', password: 'a:b:c' });
    expect(await findCredential('refresh.io', env)).toMatchObject({ kind: 'refresh', token: 'r' });
    expect(await findCredential('access.io', env)).toMatchObject({ kind: 'token', token: 't' });
    expect(await findCredential('empty.io', env)).toBeUndefined();
    expect(await findCredential('broken.io', env)).toBeUndefined();
  });

  test('without an environment nothing is looked for', async () => {
    expect(await findCredential('docker.io', {})).toBeUndefined();
  });

  test('variables are named after the host', () => {
    expect(variablePrefix('my-host.io:5000')).toBe('PIPELINE_REGISTRY_MY_HOST_IO_5000');
  });
});

describe('helpers', () => {
  test('a helper is asked for its host, then the store, then the file', async () => {
    await installHelper('one', KEEPER);
    await installHelper('none', 'echo "credentials not found in native keychain"; exit 1');
    await write('kept', '');
    await write('.docker/config.json', {
      credHelpers: { 'a.io': 'one' },
      credsStore: 'none',
      auths: { 'b.io': pair('file', 'p') },
    });
    expect(await findCredential('a.io', env)).toMatchObject({ username: 'from-helper', password: 'a.io' });
    expect(await findCredential('b.io', env)).toMatchObject({ username: 'file' });
  });

  test('a token user means a refresh token', async () => {
    await installHelper('tok', `echo '{"Username":"<token>","Secret":"r"}'`);
    await write('.docker/config.json', { credHelpers: { 'a.io': 'tok' } });
    expect(await findCredential('a.io', env)).toMatchObject({ kind: 'refresh', token: 'r' });
  });

  test.each([
    ['missing', undefined, 'no such program in PATH', 'install docker-credential-missing'],
    ['broken', 'echo secret-canary >&2; exit 3', 'it ended with exit code 3', 'by hand'],
    ['chatty', 'echo "not json but canary"', 'an answer without a credential', 'by hand'],
  ])('a %s helper is an error that says why and does not repeat its words', async (name, script, got, advice) => {
    if (script !== undefined) await installHelper(name, script);
    await write('.docker/config.json', { credHelpers: { 'a.io': name } });
    const error = await failure(findCredential('a.io', env));
    expect([error.code, error.details.got]).toEqual(['CREDENTIAL_HELPER', got]);
    expect(String(error.details.try)).toContain(advice);
    expect(JSON.stringify(error) + error.message + String(error.cause)).not.toContain('canary');
  });

  test.each([
    ['nothing', 'true'],
    ['an empty object', 'echo "{}"'],
    ['empty strings', `echo '{"ServerURL":"a.io","Username":"","Secret":""}'`],
    ['a name without a secret', `echo '{"Username":"AWS","Secret":""}'`],
  ])('a helper that answers with %s knows of no credential', async (_, script) => {
    await installHelper('void', script);
    await write('.docker/config.json', { credHelpers: { 'a.io': 'void' }, credsStore: '' });
    expect(await findCredential('a.io', env)).toBeUndefined();
  });

  test('a helper that failed is not asked again by the same run', async () => {
    await installHelper('counting', 'echo asked >> "$HOME/asked"; exit 1');
    await write('.docker/config.json', { credsStore: 'counting' });
    for (let times = 0; times < 3; times++) {
      expect((await failure(findCredential('a.io', env))).code).toBe('CREDENTIAL_HELPER');
    }
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe('asked\n');
    await failure(findCredential('a.io', { ...env }));
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe('asked\nasked\n');
  });

  test('a helper whose name is a path is not run', async () => {
    await write('.docker/config.json', { credHelpers: { 'a.io': '../../bin/sh' } });
    expect((await failure(findCredential('a.io', env))).code).toBe('CREDENTIAL_HELPER');
  });
});

describe('login', () => {
  test('without a helper into a file of ours that only its owner reads', async () => {
    expect(await storeLogin('A.io', { username: 'u', password: 'p' }, env)).toMatchObject({ kind: 'plain' });
    await storeLogin('b.io', { username: 'v', password: 'q' }, env);
    const path = join(home, '.config', 'slipway', 'auth.json');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await findCredential('a.io', env)).toMatchObject({ username: 'u', password: 'p', origin: path });
    expect(await removeLogin('a.io', env)).toBe(true);
    expect(await removeLogin('a.io', env)).toBe(false);
    expect(await findCredential('a.io', env)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toContain('b.io');
  });

  test('through the helper that Docker uses', async () => {
    await installHelper('keeper', KEEPER);
    await write('.docker/config.json', { credsStore: 'keeper' });
    expect(await storeLogin('docker.io', { username: 'u', password: 'p' }, env)).toEqual({
      kind: 'helper',
      where: 'docker-credential-keeper',
    });
    expect(await findCredential('docker.io', env)).toMatchObject({ password: 'https://index.docker.io/v1/' });
    expect(JSON.parse(await readFile(join(home, 'kept'), 'utf8'))).toEqual({
      ServerURL: 'https://index.docker.io/v1/',
      Username: 'u',
      Secret: 'p',
    });
    expect(await removeLogin('docker.io', env)).toBe(true);
    expect(await findCredential('docker.io', env)).toBeUndefined();
  });

  test('for a part of a host goes into our file, beside the host and never to a helper', async () => {
    await installHelper('keep', KEEPER);
    await write('.docker/config.json', { credsStore: 'keep' });
    const stored = await storeLogin('A.io/team', { username: 'u', password: 'p' }, env);
    expect(stored.kind).toBe('plain');
    expect(JSON.parse(await readFile(stored.where, 'utf8'))).toEqual({ auths: { 'a.io/team': pair('u', 'p') } });
    expect(await findCredential('a.io/team/model', env)).toMatchObject({ username: 'u' });
    expect(await findCredential('a.io/other/model', env)).toBeUndefined();
    await storeLogin('a.io', { username: 'host', password: 'p' }, env);
    expect(await findCredential('a.io/other/model', env)).toMatchObject({ username: 'from-helper' });
    expect(await removeLogin('a.io/other', env)).toBe(false);
    expect(await removeLogin('a.io/team', env)).toBe(true);
    expect(await removeLogin('a.io/team', env)).toBe(false);
  });

  test('what is no host is refused', async () => {
    expect((await failure(storeLogin('https://x/y', { username: 'u', password: 'p' }, env))).code).toBe('USAGE');
  });
});
