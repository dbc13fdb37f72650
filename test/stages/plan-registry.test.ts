import { mkdtemp, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestRegistry, type TestRegistry, type TestRegistryOptions } from '../../src/testing/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';

let cwd = '';
const registries: TestRegistry[] = [];

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-plan-registry-'));
  await mkdir(join(cwd, 'm'));
  await writeFile(join(cwd, 'm', 'data.bin'), 'weights');
});

afterEach(async () => {
  await Promise.all(registries.splice(0).map(async (registry) => registry.close()));
  await rm(cwd, { recursive: true });
});

async function planned(
  options: TestRegistryOptions,
  command: 'plan' | 'run' = 'plan',
): Promise<{ registry: TestRegistry; text: string }> {
  const registry = await startTestRegistry(options);
  registries.push(registry);
  const stages = [
    { download: { from: join(cwd, 'm'), include: ['**'] } },
    { pack: { formats: ['oras'], allowNoWeights: true } },
    { push: { to: `${registry.host}/team/model:v1` } },
  ];
  await writeFile(join(cwd, 'c.json'), JSON.stringify({ name: 'm', stages }));
  const { code, stdout, stderr } = await pipelineCommand([command, join(cwd, 'c.json'), '--json'], cwd);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return { registry, text: stdout };
}

const asked = ({ requests }: TestRegistry): number =>
  requests.filter(({ path }) => path.includes('/referrers/')).length;

test.each([
  [{}, true],
  [{ referrers: false }, false],
  [{ faults: [{ path: /referrers/, times: 1000, fault: { kind: 'status', status: 403 } }] }, null],
  [{ faults: [{ path: /referrers/, times: 1000, fault: { kind: 'status', status: 500 } }] }, null],
] satisfies [TestRegistryOptions, boolean | null][])(
  'a plan asks for the referrers API and writes nothing: %j',
  async (options, referrers) => {
    const { registry, text } = await planned(options);
    const shown = { referrers, push: null, mount: null, chunkMinimum: null };
    expect(text.replaceAll(/\s/g, '')).toContain(JSON.stringify(shown).slice(1, -1));
    expect(registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  },
);

test('a run does not ask', async () => {
  const { registry } = await planned({}, 'run');
  expect(asked(registry)).toBe(0);
  expect(registry.tags('team/model').size).toBe(1);
});
