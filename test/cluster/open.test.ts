import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { openCluster } from '../../src/cluster/index.js';
import { cluster } from './clusters.js';

const folder = mkdtempSync(join(tmpdir(), 'kubeconfigs-'));

function kubeconfig(name: string, server: string, more: object = {}): string {
  const path = join(folder, name);
  const text = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    users: [{ name, user: { token: 'MARKERtoken' } }],
    ...more,
  };
  writeFileSync(path, JSON.stringify(text));
  return path;
}

test('the token of a context is sent, and the current context is the one that is used', async () => {
  const { path, connection } = await cluster({ token: 'MARKERtoken' });
  expect((await connection.request({ method: 'GET', path: '/version' })).status).toBe(200);
  expect(connection).toMatchObject({ context: 'test', namespace: 'default' });
  const stranger = kubeconfig('stranger', connection.address, { users: [{ name: 'stranger', user: { token: 'x' } }] });
  const other = await openCluster({ kubeconfig: stranger, env: {} });
  expect((await other.request({ method: 'GET', path: '/version' })).status).toBe(401);
  const byVariable = await openCluster({ env: { KUBECONFIG: [stranger, path].join(delimiter) }, context: 'test' });
  expect((await byVariable.request({ method: 'GET', path: '/version' })).status).toBe(200);
});

test.each([
  ['no file', { kubeconfig: join(folder, 'none') }, 'NOT_FOUND'],
  ['none anywhere', {}, 'NOT_FOUND'],
  ['no such context', { kubeconfig: kubeconfig('a', 'https://127.0.0.1:1'), context: 'b' }, 'USAGE'],
  ['plain HTTP to another machine', { kubeconfig: kubeconfig('plain', 'http://203.0.113.9:8080') }, 'INSECURE_REFUSED'],
  ['offline', { kubeconfig: kubeconfig('a', 'https://127.0.0.1:1'), offline: true }, 'OFFLINE'],
  ['no cluster', { kubeconfig: kubeconfig('c', 'https://127.0.0.1:1', { clusters: [] }) }, 'CONFIG_INVALID'],
] as const)('%s is refused', async (_name, options, code) => {
  await expect(openCluster({ env: { HOME: folder }, ...options })).rejects.toMatchObject({ code });
});

test('a file that is no kubeconfig is refused without its contents', async () => {
  const path = join(folder, 'broken');
  writeFileSync(path, 'users:\n- user: {token: MARKERtoken\n');
  const error: unknown = await openCluster({ kubeconfig: path, env: {} }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
  expect(JSON.stringify(error)).not.toContain('MARKERtoken');
});

test('a server that is not there is told by its address', async () => {
  const connection = await openCluster({ kubeconfig: kubeconfig('gone', 'https://127.0.0.1:1'), env: {} });
  await expect(connection.request({ method: 'POST', path: '/version' })).rejects.toMatchObject({
    code: 'CLUSTER_UNAVAILABLE',
    details: { where: 'https://127.0.0.1:1' },
  });
});
