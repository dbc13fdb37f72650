import { toSlipwayError, type NetworkOptions, type Pipeline, type Stage } from '../../core/index.js';
import { loadConfig, type Config } from '../../config/index.js';
import { createHttpClient } from '../../http/index.js';
import { canonicalHost, findCredential, parseReference } from '../../registry/index.js';
import { findHubToken, hubEndpoint } from '../../source/index.js';
import type { Session } from '../session/session.js';
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
    const hosts = registryHosts(loaded.config);
    const insecure = loaded.config.network?.insecureHosts ?? [];
    const result: CheckResult = {
      name: 'configuration',
      state: 'ok',
      fact: `${path} is valid: ${loaded.config.pipeline.name}`,
    };
    const offline = session.network.offline === true;
    return { result, checks: offline ? [] : hosts.map((host) => registryCheck(host, insecure, loaded.config)) };
  } catch (thrown) {
    const { code, message, details } = toSlipwayError(thrown);
    const [problem] = details.problems ?? [];
    const fact = problem === undefined ? message : `${message}: ${problem.at} ${problem.text}`;
    return { result: { name: 'configuration', state: 'fail', fact, code }, checks: [] };
  }
}

/** Hosts with credentials, and those that a stage writes to. */
function registryHosts({ credentials, pipeline }: Config): string[] {
  const hosts = new Set(Object.keys(credentials ?? {}));
  for (const target of targetsOf(pipeline)) {
    const host = hostOf(target);
    if (host !== undefined) hosts.add(host);
  }
  return [...hosts].filter((host) => host !== 'huggingface.co' && canonicalHost(host) !== undefined);
}

function targetsOf(stage: Stage<never, unknown> | Pipeline<never, unknown>): string[] {
  const below = 'stages' in stage ? stage.stages.flatMap(targetsOf) : [];
  return stage.target === undefined ? below : [stage.target, ...below];
}

function hostOf(target: string): string | undefined {
  try {
    const reference = parseReference(target);
    return reference.kind === 'registry' ? reference.host : undefined;
  } catch {
    return undefined;
  }
}

function registryCheck(host: string, insecure: readonly string[], config: Config): Check {
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
      if (status === 401)
        return { state: 'ok', fact: `answers, and wants credentials: ${await originOf(host, env, config)}` };
      return { state: 'fail', fact: `GET /v2/ answers ${status}`, code: 'OCI_UNAVAILABLE', fix: 'is this a registry?' };
    },
  };
}

/** Where a run would find credentials for a host; whether they are good is for the registry to say. */
async function originOf(host: string, env: Session['env'], { credentials }: Config): Promise<string> {
  if (credentials !== undefined && Object.hasOwn(credentials, host)) return 'the configuration has some';
  const found = await findCredential(host, env);
  return found === undefined ? `none are kept (pipeline login ${host})` : `there are some, from ${found.origin}`;
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
