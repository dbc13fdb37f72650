import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { createContext, type RunContext } from '../../src/core/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';

/** The repository that every test's Hub has: a Llama of one layer. */
export const MODEL = 'acme/tiny-llama';

/** What a test of whole chains works with. Every test gets its own. */
export interface HubAndRegistry {
  hub: TestHub;
  registry: TestRegistry;
  /** An empty directory, and the user's home. */
  folder: string;
  context(options?: Partial<RunContext>): RunContext;
}

/** Starts a Hub and a registry before each test of a file and stops them after it; `ready` comes between. */
export function hubAndRegistry(ready?: (at: HubAndRegistry) => Promise<unknown>): HubAndRegistry {
  const at = {
    context: (options: Partial<RunContext> = {}): RunContext =>
      createContext({ env: { ...at.hub.env, HOME: at.folder }, ...options }),
  } as HubAndRegistry;
  beforeEach(async () => {
    at.folder = await mkdtemp(join(tmpdir(), 'slipway-chain-'));
    at.hub = await startTestHub({ repositories: { [MODEL]: buildLlama({ layers: 1, hidden: 256, seed: 7 }) } });
    at.registry = await startTestRegistry();
    await ready?.(at);
  });
  afterEach(async () => {
    await at.registry.close();
    await at.hub.close();
    await rm(at.folder, { recursive: true, force: true });
  });
  return at;
}
