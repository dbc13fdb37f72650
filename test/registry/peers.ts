import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The path of a peer's program, in `SLIPWAY_PEERS` or in `PATH`. */
export function peer(name: string): string | undefined {
  const directories = [process.env['SLIPWAY_PEERS'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)];
  return directories
    .filter((one) => one !== '')
    .map((one) => join(one, name))
    .find((path) => existsSync(path));
}

/** Says once, visibly, that a peer is not here. True when it is. */
export function havePeer(name: string): boolean {
  const found = peer(name) !== undefined;
  if (!found) console.log(`skipped: ${name} is not installed (set SLIPWAY_PEERS to its directory)`);
  return found;
}

export interface PeerRegistry {
  readonly host: string;
  close(): Promise<void>;
}

/** A registry that keeps what it has in a directory. */
export interface StoredRegistry extends PeerRegistry {
  readonly directory: string;
}

/** Starts CNCF distribution on loopback; `docker-registry` is Debian's name for 2.8. */
export async function startDistribution(program: 'registry' | 'docker-registry' = 'registry'): Promise<StoredRegistry> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
  const config = join(directory, 'config.yml');
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(directory, 'data')}\n  delete:\n    enabled: true\n`;
  const quiet = `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\n`;
  await writeFile(config, `${quiet}${storage}http:\n  addr: 127.0.0.1:${port}\n`);
  const child = spawn(peer(program) ?? '', ['serve', config], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  return { ...(await running(child, port, directory)), directory };
}

/** Starts go-containerregistry's registry on loopback. */
export async function startCraneRegistry(): Promise<PeerRegistry> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-crane-'));
  const arguments_ = ['registry', 'serve', '--address', `127.0.0.1:${port}`, '--disk', directory];
  const child = spawn(peer('crane') ?? '', arguments_, { stdio: 'ignore' });
  return running(child, port, directory);
}

/** Starts a registry that has the referrers API (test/support/referrers-registry). */
export async function startReferrersRegistry(): Promise<PeerRegistry> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-referrers-'));
  const child = spawn(peer('referrers-registry') ?? '', [`127.0.0.1:${port}`], { stdio: 'ignore' });
  return running(child, port, directory);
}

/** Starts olareg on loopback (test/support/olareg-registry); it sends each of `warnings` with every answer. */
export async function startOlareg(warnings: readonly string[] = []): Promise<PeerRegistry> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-olareg-'));
  const child = spawn(peer('olareg-registry') ?? '', [`127.0.0.1:${port}`, ...warnings], { stdio: 'ignore' });
  return running(child, port, directory);
}

/** Runs a peer's program to its end; its standard output. `env` comes on top of this process's own. */
export async function runPeer(
  name: string,
  arguments_: readonly string[],
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { cwd, maxBuffer: 1 << 24, env: { ...process.env, ...env } };
  return new Promise((resolve, reject) => {
    execFile(peer(name) ?? name, [...arguments_], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${name} ${arguments_.join(' ')}: ${error.message}\n${stderr}`));
    });
  });
}

async function running(child: ChildProcess, port: number, directory: string): Promise<PeerRegistry> {
  const host = `127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer !== undefined) break;
    await sleep(50);
  }
  return {
    host,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
