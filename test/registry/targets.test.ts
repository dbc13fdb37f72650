import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openArchive, openLayout, openRegistry, type RegistryOptions } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../../src/testing/registry.js';
import {
  havePeer,
  startCraneRegistry,
  startDistribution,
  startOlareg,
  startReferrersRegistry,
  type PeerRegistry,
} from './peers.js';
import { targetContract } from './target-contract.js';

describe('image layout', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-layout-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  targetContract('layout', (repository) => openLayout(join(root, repository)));
});

describe('archive of an image layout', () => {
  let root = '';
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-archive-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  targetContract('archive', (repository) => openArchive(join(root, `${repository}.tar`)));
});

const KINDS: readonly (readonly [string, TestRegistryOptions, RegistryOptions])[] = [
  ['test registry', {}, {}],
  ['with Basic', { auth: 'basic' }, {}],
  ['with Bearer', { auth: 'bearer' }, {}],
  ['in small chunks', { minChunk: 700_000 }, { uploads: { chunkSize: 100_000 } }],
  ['in one chunk of unknown length', {}, { uploads: { chunkSize: 'whole', announceLength: false } }],
  ['without referrers, ranges and mounts', { referrers: false, ranges: false, mount: false, pageSize: 1 }, {}],
];

for (const [name, server, client] of KINDS) {
  describe(name, () => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await startTestRegistry(server);
    });
    afterAll(() => registry.close());
    targetContract('registry', (repository) => openRegistry(`${registry.host}/${repository}`, { ...withUser(client) }));
  });
}

function withUser(options: RegistryOptions): RegistryOptions {
  return {
    ...options,
    retryDelayMs: 1,
    credentials: async () => ({ kind: 'basic', username: 'user', password: 'password', origin: 'test' }),
  };
}

const PEERS: readonly (readonly [string, string, () => Promise<PeerRegistry>])[] = [
  ['CNCF distribution', 'registry', startDistribution],
  ["go-containerregistry's registry", 'crane', startCraneRegistry],
  ['a registry with the referrers API', 'referrers-registry', startReferrersRegistry],
  ['olareg', 'olareg-registry', startOlareg],
];

for (const [name, program, start] of PEERS) {
  describe.skipIf(!havePeer(program))(name, () => {
    let registry: PeerRegistry | undefined;
    beforeAll(async () => {
      registry = await start();
    });
    afterAll(() => registry?.close());
    const options = { retryDelayMs: 1, uploads: { chunkSize: 1_000_000 } };
    const traits = { strict: program === 'registry' || program === 'olareg-registry' };
    targetContract('peer', (repository) => openRegistry(`${registry?.host}/${repository}`, options), traits);
  });
}
