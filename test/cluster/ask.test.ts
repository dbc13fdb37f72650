import { expect, test } from 'vitest';
import { askService } from '../../src/cluster/index.js';
import { cluster } from './clusters.js';

const QUESTION = {
  namespace: 'default',
  service: 'tiny-svc',
  port: '8000',
  task: 'generate',
  chat: true,
  model: 'm',
} as const;

/** Which of the Service's two faces was asked. */
async function askedOver(port?: object): Promise<string | undefined> {
  const { server, connection } = await cluster();
  const spec = { ports: [{ port: 80, name: 'other' }, port] };
  const metadata = { name: 'tiny-svc', namespace: 'default' };
  if (port !== undefined) server.put({ apiVersion: 'v1', kind: 'Service', metadata, spec });
  const asked: string[] = [];
  server.answer(({ path }) => {
    const found = /services\/(.+)\/proxy/.exec(path)?.[1];
    if (found === undefined) return undefined;
    asked.push(found);
    return { status: 200, body: { choices: [{ message: { content: 'Hello' } }] } };
  });
  expect((await askService(connection, QUESTION)).text).toBe('Hello');
  return asked[0];
}

// LLMInferenceService of KServe 0.16 and 0.17 speaks TLS; from 0.18 on that is a setting of the cluster.
test.each([
  [{ port: 8000, name: 'https', appProtocol: 'https' }, 'https:tiny-svc:8000'],
  [{ port: 8000, name: 'http', appProtocol: 'http' }, 'tiny-svc:8000'],
  [{ port: 8000, name: 'https' }, 'https:tiny-svc:8000'],
])('a port %j is asked as %s', async (port, address) => {
  expect(await askedOver(port)).toBe(address);
});

test('a Service that cannot be read is asked over plain HTTP', async () => {
  expect(await askedOver()).toBe('tiny-svc:8000');
});
