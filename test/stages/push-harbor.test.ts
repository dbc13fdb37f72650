import { afterEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { convert, download, pack, push, type PushedArtifact } from '../../src/stages/index.js';
import { buildLlama, startTestHarbor, startTestHub, type TestHarbor, type TestHub } from '../../src/testing/index.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function servers(version: string): Promise<{ hub: TestHub; harbor: TestHarbor }> {
  const hub = await startTestHub({ repositories: { 'acme/tiny': buildLlama({ seed: 5 }) } });
  const harbor = await startTestHarbor({ version, projects: { models: true } });
  closers.push(
    async () => hub.close(),
    async () => harbor.close(),
  );
  return { hub, harbor };
}

async function pushTo(
  { hub, harbor }: { hub: TestHub; harbor: TestHarbor },
  options: Parameters<typeof pack>[0] = {},
): Promise<{ pushed: readonly PushedArtifact[]; events: StageEvent[] }> {
  const events: StageEvent[] = [];
  const context: RunContext = createContext({
    env: hub.env,
    credentials: async () => ({ kind: 'basic', username: 'admin', password: 'Harbor12345', origin: 'test' }),
    defer: (close) => closers.push(close),
    emit: (event) => events.push(event),
  });
  const stages = pipeline(
    download('hf://acme/tiny'),
    convert({ quantize: 'Q8_0' }),
    pack(options),
    push(`${harbor.host}/models/tiny`),
  );
  return { pushed: await stages.run(undefined, context), events };
}

const artifactType = (harbor: TestHarbor, digest: string): unknown => {
  const kept = harbor.registry.manifests('models/tiny').get(digest);
  return (JSON.parse(new TextDecoder().decode(kept?.bytes)) as { artifactType?: string }).artifactType;
};

describe('pushing to a Harbor', () => {
  test.each([
    ['v2.15.2', 'application/vnd.cnai.model.manifest.v1+json'],
    ['v2.16.0', 'application/vnd.cncf.model.manifest.v1+json'],
  ])(
    '%s gets the family that it shows as a model, and nothing that could be shown is missing',
    async (version, type) => {
      const both = await servers(version);
      const { pushed, events } = await pushTo(both);
      expect(pushed.map(({ digest }) => artifactType(both.harbor, digest))).toEqual([type]);
      const missing = events.filter((event) => event.type === 'warning').map((event) => event.message);
      // Harbor 2.16 shows the current family, and still reads the label from a key that this family cannot have.
      const label = version === 'v2.15.2' ? [] : [expect.stringContaining('puantization')];
      expect(missing).toEqual(label);
    },
  );

  test('formats that the user has chosen stay, and what Harbor does not show is said', async () => {
    const both = await servers('v2.15.2');
    const { pushed, events } = await pushTo(both, { formats: ['modelpack'] });
    expect(pushed.map(({ digest }) => artifactType(both.harbor, digest))).toEqual([
      'application/vnd.cncf.model.manifest.v1+json',
    ]);
    const missing = events.filter((event) => event.type === 'warning').map((event) => event.message);
    expect(missing.join('\n')).toMatch(/Harbor/);
  });
});
