import { inspect } from 'node:util';
import { afterEach } from 'vitest';
import { SlipwayError, type Credential } from '../../src/core/index.js';
import { openHarbor, type Harbor } from '../../src/harbor/index.js';
import { createHttpClient, type HttpClient } from '../../src/http/index.js';
import { memoryFile } from '../../src/files/index.js';
import { sealManifest } from '../../src/package/manifest-bytes.js';
import { openRegistry, pushArtifacts, type Artifact } from '../../src/registry/index.js';
import { startTestHarbor, type TestHarbor, type TestHarborOptions } from '../../src/testing/index.js';

export const PASSWORD = 'Harbor12345';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(async (one) => one.close()));
});

export function login(username = 'admin', password = PASSWORD): Credential {
  return { kind: 'basic', username, password, origin: 'a test' };
}

export function client(): HttpClient {
  const http = createHttpClient({ retryDelayMs: 1, attempts: 2 });
  opened.push(http);
  return http;
}

export async function fake(options: TestHarborOptions = {}): Promise<TestHarbor> {
  const harbor = await startTestHarbor(options);
  opened.push(harbor);
  return harbor;
}

export function open(server: TestHarbor, credential: Credential | undefined = login()): Harbor {
  return openHarbor({ host: server.host, credential, http: client() });
}

/** The error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!SlipwayError.is(error)) throw new Error(`expected a SlipwayError, got ${inspect(error)}`);
  return error;
}

/** What a test artifact is made of. */
export interface TestArtifact {
  readonly artifactType?: string;
  readonly configType: string;
  readonly config?: string;
  readonly layers?: readonly {
    readonly mediaType: string;
    readonly path: string;
    readonly text: string;
    readonly key: string;
  }[];
}

/** Pushes an artifact over `/v2/` with the project's own client and returns its digest. */
export async function pushTo(
  server: TestHarbor,
  repository: string,
  tag: string,
  { layers = [], config = '{}', configType, artifactType }: TestArtifact,
  credential: Credential = login(),
): Promise<string> {
  const target = openRegistry(`${server.host}/${repository}`, { http: client(), credentials: async () => credential });
  const sent = layers.map(({ mediaType, path, text, key }) => ({
    file: memoryFile(path, Buffer.from(text)),
    mediaType,
    annotations: { [key]: path },
  }));
  const artifact: Artifact = {
    format: 'test',
    layers: sent,
    seal: (digests) =>
      sealManifest(
        {
          ...(artifactType === undefined ? {} : { artifactType }),
          config: { mediaType: configType, bytes: Buffer.from(config) },
          layers: sent,
          annotations: {},
        },
        digests,
      ),
  };
  const [pushed] = await pushArtifacts(target, [artifact], { tags: () => [tag], concurrency: 2 });
  return pushed?.digest ?? '';
}
