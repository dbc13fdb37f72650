import { toSlipwayError, type NetworkOptions, type Pipeline, type RunContext, type Stage } from '../../core/index.js';
import { loadConfigs, type Config } from '../../config/index.js';
import { createHttpClient } from '../../http/index.js';
import { canonicalHost, findCredential, parseReference } from '../../registry/index.js';
import { formatBytes, openRunScope } from '../../run/index.js';
import { openRunTarget } from '../../stages/index.js';
import { findHubToken, hubEndpoint } from '../../source/index.js';
import type { Session } from '../session/session.js';
import type { DoctorCheck, CheckResult } from './check.js';

export const tokenCheck: DoctorCheck = {
  name: 'hub token',
  run: async ({ env }) => {
    const token = await findHubToken(env);
    return token === undefined
      ? { state: 'ok', fact: 'none; gated and private models need one (HF_TOKEN)' }
      : { state: 'ok', fact: `from ${token.origin}` };
  },
};

export const hubCheck: DoctorCheck = {
  name: 'hub',
  run: async ({ env, network, signal }) => {
    const endpoint = hubEndpoint(env, network.insecureHosts);
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
): Promise<{ readonly result: CheckResult; readonly checks: readonly DoctorCheck[]; readonly usesHub: boolean }> {
  try {
    const loaded = await loadConfigs(path, { directory: session.directory, env: session.env, mode: 'plan' });
    const result: CheckResult = {
      name: 'configuration',
      state: 'ok',
      fact: `${path} is valid: ${[...new Set(loaded.map(({ config }) => config.pipeline.name))].join('; ')}`,
    };
    const offline = session.network.offline === true;
    // Several pipelines that name one registry reach it in the same way, unless they bring credentials of their own.
    const checks = new Map<string, DoctorCheck>();
    for (const { config, path: file } of loaded) {
      const own = JSON.stringify([config.credentials, config.network]);
      for (const host of registryHosts(config)) checks.set(`${host} ${own}`, registryCheck(host, config, file));
    }
    const needsHub = loaded.some(({ config }) => usesHub(config.pipeline));
    return { result, checks: offline ? [] : [...checks.values()], usesHub: needsHub };
  } catch (thrown) {
    const { code, message, details } = toSlipwayError(thrown);
    const [problem] = details.problems ?? [];
    const fact = problem === undefined ? message : `${message}: ${problem.at} ${problem.text}`;
    return { result: { name: 'configuration', state: 'fail', fact, code }, checks: [], usesHub: true };
  }
}

/** Whether a stage reads from the Hub; one that does not say where it reads from may. */
function usesHub(stage: Stage<never, unknown> | Pipeline<never, unknown>): boolean {
  if ('stages' in stage) return stage.stages.some(usesHub);
  if (stage.source === undefined) return stage.name === 'download';
  return /^(hf:\/\/|https:\/\/huggingface\.co\/)/.test(stage.source);
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

/** Signs in as a run would, and asks for what a run asks for. */
function registryCheck(host: string, config: Config, path: string): DoctorCheck {
  return {
    name: `registry ${host}`,
    run: async (session) => {
      const scope = await openRunScope(config, {
        env: session.env,
        signal: session.signal,
        network: session.network,
        configPath: path,
        planOnly: true,
      });
      try {
        return await probed(host, config, scope.context);
      } finally {
        await scope.close();
      }
    },
  };
}

async function probed(
  host: string,
  { pipeline, credentials }: Config,
  context: RunContext,
): Promise<Omit<CheckResult, 'name'>> {
  const configured = credentials !== undefined && Object.hasOwn(credentials, host);
  const found = await findCredential(host, context.env, context.credentials);
  const who =
    found === undefined ? 'anonymously' : `with credentials from ${configured ? 'the configuration' : found.origin}`;
  const address = targetsOf(pipeline).find((target) => hostOf(target) === host);
  if (address === undefined) {
    const target = openRunTarget(`${host}/library/probe`, context, 'doctor').target;
    if ('signIn' in target) await target.signIn(context.signal);
    return { state: 'ok', fact: `signs in ${who}` };
  }
  const { target } = openRunTarget(address, context, 'doctor');
  if (!('probe' in target)) return { state: 'ok', fact: 'a layout' };
  const { pull, push, referrers, mount, chunkMinimum } = await target.probe(context.signal);
  const rights = [pull ? 'pull' : 'no pull', push ? 'push' : 'no push'].join(', ');
  const facts = [
    `${rights} ${who}`,
    referrers ? 'referrers API' : 'referrers by tag',
    mount ? 'mounts' : '',
    chunkMinimum > 0 ? `chunks of at least ${formatBytes(chunkMinimum)}` : '',
  ].filter((fact) => fact !== '');
  if (push) return { state: 'ok', fact: facts.join('; ') };
  const fix = found === undefined ? `pipeline login ${host}` : `an account that may push to ${target.name}`;
  return { state: 'fail', fact: facts.join('; '), code: found === undefined ? 'OCI_UNAUTHORIZED' : 'OCI_DENIED', fix };
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
