import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  fieldOf,
  openCluster,
  planApply,
  type ClusterConnection,
  type KubernetesObject,
} from '../../src/cluster/index.js';

const PEERS = process.env['SLIPWAY_PEERS'] ?? '';
const PROGRAMS = ['kube-apiserver', 'etcd'].map((name) => join(PEERS, name));
const CRDS = join(import.meta.dirname, '../fixtures/crds');
const PATIENCE_MS = 240_000;

/** Whether a real API server can be started here. */
export const hasApiServer: boolean = PEERS !== '' && PROGRAMS.every((path) => existsSync(path));

/** A kube-apiserver with its etcd, without nodes and controllers: a test plays those. */
export interface ApiServer {
  readonly connection: ClusterConnection;
  /** Path of a kubeconfig whose account may do everything. */
  readonly kubeconfig: string;
  close(): void;
}

/** Starts both on loopback, with the definitions of test/fixtures/crds. */
export async function startApiServer(): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'api-server-'));
  const [client, peer, secure] = await Promise.all([freePort(), freePort(), freePort()]);
  const key = join(folder, 'sa.key');
  spawnSync('openssl', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' });
  writeFileSync(join(folder, 'tokens'), 'test-token,admin,1,"system:masters"\n');
  const at = `http://127.0.0.1:${client}`;
  const running = [
    start('etcd', folder, [
      `--data-dir=${join(folder, 'etcd')}`,
      '--unsafe-no-fsync',
      `--listen-client-urls=${at}`,
      `--advertise-client-urls=${at}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ]),
    start('kube-apiserver', folder, [
      `--etcd-servers=${at}`,
      `--secure-port=${secure}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${join(folder, 'certificates')}`,
      '--authorization-mode=RBAC',
      `--token-auth-file=${join(folder, 'tokens')}`,
      '--service-account-issuer=https://kubernetes.test',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      '--endpoint-reconciler-type=none',
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
    ]),
  ];
  const close = (): void => {
    for (const child of running) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(secure));
  try {
    const connection = await openCluster({ kubeconfig, env: {} });
    await waitFor(async () => (await connection.request({ method: 'GET', path: '/readyz' })).status === 200);
    await installDefinitions(connection);
    return { connection, kubeconfig, close };
  } catch (error) {
    close();
    throw error;
  }
}

function start(name: string, folder: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${name}.log`), 'w');
  return spawn(join(PEERS, name), args, { stdio: ['ignore', log, log] });
}

/** Definitions are usable a moment after they are made. */
async function installDefinitions(connection: ClusterConnection): Promise<void> {
  const names = readdirSync(CRDS).filter((name) => name.endsWith('.json.gz'));
  const definitions = names.map(
    (name) => JSON.parse(gunzipSync(readFileSync(join(CRDS, name))).toString('utf8')) as KubernetesObject,
  );
  await (await planApply(connection, definitions)).carryOut();
  for (const { spec } of definitions) {
    const group = String(fieldOf(spec, 'group'));
    for (const version of fieldOf(spec, 'versions') as readonly unknown[]) {
      const plural = String(fieldOf(spec, 'names', 'plural'));
      const path = `/apis/${group}/${String(fieldOf(version, 'name'))}`;
      await waitFor(async () => {
        const { body } = await connection.request({ method: 'GET', path });
        return JSON.stringify(body).includes(`"name":"${plural}"`);
      });
    }
  }
}

async function waitFor(isDone: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isDone().catch(() => false))) {
    if (Date.now() > end) throw new Error('the API server does not come up');
    await sleep(300);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}

function kubeconfigFor(port: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'real',
    clusters: [{ name: 'real', cluster: { server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    contexts: [{ name: 'real', context: { cluster: 'real', user: 'real' } }],
    users: [{ name: 'real', user: { token: 'test-token' } }],
  });
}
