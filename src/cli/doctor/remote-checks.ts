import { toSlipwayError, type NetworkOptions } from '../../core/index.js';
import { loadConfig } from '../../config/index.js';
import { createHttpClient } from '../../http/index.js';
import { canonicalHost, parseReference } from '../../registry/index.js';
import { findHubToken, hubEndpoint } from '../../source/index.js';
import type { Session } from '../session.js';
import type { Check, CheckResult } from './check.js';

export const tokenCheck: Check = {
  name: 'hub token',
  run: async ({ env }) => {
    const token = await findHubToken(env);
    return token === undefined
      ? { state: 'ok', fact: 'none; gated and private models need one (HF_TOKEN)' }
      : { state: 'ok', fact: `from ${token.origin}` };
  },
};

export const hubCheck: Check = {
  name: 'hub',
  run: async ({ env, network, signal }) => {
    const endpoint = hubEndpoint(env);
    const status = await statusOf(new URL('/api/models?limit=1', endpoint).href, env, network, signal);
    return status < 400
      ? { state: 'ok', fact: `${endpoint.host} answers` }
      : { state: 'fail', fact: `${endpoint.host} answers ${status}`, code: 'HUB_UNAVAILABLE' };
  },
};

/** Loads a configuration and lists checks of the registries it names. */
export async function configChecks(
  session: Session,
  path: string,
): Promise<{ readonly result: CheckResult; readonly checks: readonly Check[] }> {
  try {
    const loaded = await loadConfig(path, { directory: session.directory, env: session.env, mode: 'plan' });
    const hosts = registryHosts(loaded.config.credentials, loaded.description);
    const insecure = loaded.config.network?.insecureHosts ?? [];
    const result: CheckResult = {
      name: 'configuration',
      state: 'ok',
      fact: `${path} is valid: ${loaded.config.pipeline.name}`,
    };
    const offline = session.network.offline === true;
    return { result, checks: offline ? [] : hosts.map((host) => registryCheck(host, insecure)) };
  } catch (thrown) {
    const { code, message, details } = toSlipwayError(thrown);
    const [problem] = details.problems ?? [];
    const fact = problem === undefined ? message : `${message}: ${problem.at} ${problem.text}`;
    return { result: { name: 'configuration', state: 'fail', fact, code }, checks: [] };
  }
}

/** Hosts with credentials, and those that a document pushes to. */
function registryHosts(credentials: Readonly<Record<string, unknown>> | undefined, description: unknown): string[] {
  const hosts = new Set(Object.keys(credentials ?? {}));
  const text = JSON.stringify(description) ?? '';
  for (const [, target = ''] of text.matchAll(/"to":"([^"]+)"/g)) {
    const host = hostOf(target);
    if (host !== undefined) hosts.add(host);
  }
  return [...hosts].filter((host) => host !== 'huggingface.co' && canonicalHost(host) !== undefined);
}

function hostOf(target: string): string | undefined {
  try {
    const reference = parseReference(target);
    return reference.kind === 'registry' ? reference.host : undefined;
  } catch {
    return undefined;
  }
}

function registryCheck(host: string, insecure: readonly string[]): Check {
  return {
    name: `registry ${host}`,
    run: async ({ env, network, signal }) => {
      const hosts = [...insecure, ...(network.insecureHosts ?? [])];
      const plain = hosts.includes(host) || /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
      const status = await statusOf(
        `${plain ? 'http' : 'https'}://${host}/v2/`,
        env,
        { ...network, insecureHosts: hosts },
        signal,
      );
      if (status === 200) return { state: 'ok', fact: 'answers, without asking who you are' };
      if (status === 401) return { state: 'ok', fact: 'answers, and wants credentials' };
      return { state: 'fail', fact: `GET /v2/ answers ${status}`, code: 'OCI_UNAVAILABLE', fix: 'is this a registry?' };
    },
  };
}

async function statusOf(
  url: string,
  env: Session['env'],
  network: NetworkOptions,
  signal: AbortSignal,
): Promise<number> {
  const client = createHttpClient({ ...network, env, attempts: 2 });
  try {
    const response = await client.fetch(url, { signal });
    await response.body?.cancel();
    return response.status;
  } finally {
    await client.close();
  }
}
