import { expect, test } from 'vitest';
import { openTarget } from '../../src/registry/index.js';
import { startTestRegistry } from '../../src/testing/index.js';

test('a token is used until shortly before it expires, and not after', async () => {
  const registry = await startTestRegistry({ auth: 'bearer', users: { ci: 'secret' }, tokenLifetimeMs: 300_000 });
  let now = 0;
  const { target } = openTarget(`${registry.host}/team/model`, {
    env: {},
    now: () => now,
    credentials: async () => ({ kind: 'basic', username: 'ci', password: 'secret', origin: 'test' }),
  });
  const issuedAt = async (time: number): Promise<number> => {
    now = time;
    await target.tags();
    return registry.tokensIssued;
  };
  try {
    const first = await issuedAt(0);
    expect(await issuedAt(100_000)).toBe(first);
    expect(await issuedAt(299_999)).toBe(first + 1);
    expect(await issuedAt(300_001)).toBe(first + 1);
  } finally {
    await registry.close();
  }
});
