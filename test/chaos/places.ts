import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestRegistry, type TestRegistry } from '../../src/testing/registry.js';
import { peer } from '../registry/peers.js';
import { SmallDisk } from './disk.js';

/** A registry that runs push to, behind the proxy that disturbs. */
export interface Upstream {
  readonly name: string;
  readonly host: string;
  /** The disk that it writes to, where that can be full. */
  readonly disk?: SmallDisk;
  expireTokens(): void;
  /** What it noticed itself: tags that moved to something incomplete. */
  problems(): readonly string[];
  /** Forgets everything. */
  clear(): void;
  close(): Promise<void>;
}

/** The project's own registry, which asks for tokens at `realmHost` and looks at every tag that moves. */
export async function fakeRegistry(realmHost: string, referrers: boolean): Promise<Upstream> {
  const registry: TestRegistry = await startTestRegistry({
    auth: 'bearer',
    realm: `http://${realmHost}/token`,
    referrers,
  });
  return {
    name: 'fake registry',
    host: registry.host,
    expireTokens: () => registry.expireTokens(),
    problems: () => [
      ...registry.problems(),
      ...registry.tagMoves
        .filter(({ complete }) => !complete)
        .map(({ tag }) => `tag ${tag} moved to something incomplete`),
    ],
    clear: () => {},
    close: async () => registry.close(),
  };
}

/** CNCF distribution: `registry` of SLIPWAY_PEERS is version 3, Debian's `docker-registry` version 2. Undefined when absent. */
export async function distribution(program: 'registry' | 'docker-registry'): Promise<Upstream | undefined> {
  const binary = peer(program);
  if (binary === undefined) return undefined;
  const disk = new SmallDisk(128);
  // Below those that the system gives to connections.
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const data = join(disk.path, 'data');
  const config = join(disk.path, 'config.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: ${data}\n  delete:\n    enabled: true\nhttp:\n  addr: 127.0.0.1:${port}\n`,
  );
  const child = spawn(binary, ['serve', config], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const host = `127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++) {
    if (await fetch(`http://${host}/v2/`).then(() => true, () => false)) break; // prettier-ignore
    await sleep(50);
  }
  return {
    name: program === 'registry' ? 'distribution 3' : 'distribution 2',
    host,
    disk,
    expireTokens: () => {},
    problems: () => [],
    clear: () => rmSync(data, { recursive: true, force: true }),
    close: async () => {
      child.kill('SIGKILL');
      await new Promise((done) => child.once('close', done));
      disk.close();
    },
  };
}
