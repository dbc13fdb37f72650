import { runKey, SlipwayError, type RunContext } from '../core/index.js';
import { openHarbor, type Harbor, type HarborSettings } from '../harbor/index.js';
import { canonicalHost, findCredential, type OpenedTarget } from '../registry/index.js';
import { httpOf } from './resources.js';

const PROJECTS_TO_COME = runKey<Set<string>>('projects that the plan creates');

/** Remembers, for the plans of later stages, that this plan would create a project. */
export function projectComes({ host }: Harbor, project: string, context: RunContext): void {
  context.state.of(PROJECTS_TO_COME, () => new Set()).add(`${host}/${project}`);
}

/** Whether a target lies in a project that an earlier stage of the same plan would create. */
export function isProjectToCome(target: OpenedTarget['target'], context: RunContext): boolean {
  if (target.host === undefined) return false;
  const [project = ''] = target.repository.split('/');
  return context.state.get(PROJECTS_TO_COME)?.has(`${target.host}/${project}`) === true;
}

/** Opens the Harbor of a host with the run's connections, and with the credentials that the run has for it. */
export async function openRunHarbor(host: string, settings: HarborSettings, context: RunContext): Promise<Harbor> {
  const canonical = canonicalHost(host);
  if (canonical === undefined) {
    throw new SlipwayError('USAGE', `'${host}' is not a host`, { try: 'harbor.example.com, localhost:8080' });
  }
  const credential = await findCredential(`${canonical}/${settings.project}`, context.env, context.credentials);
  if (credential?.kind === 'refresh') {
    throw new SlipwayError('USAGE', `the API of '${canonical}' takes a name and a password, not a token`, {
      got: `a token from ${credential.origin}`,
      try: `pipeline login ${canonical}`,
    });
  }
  const http = httpOf(context, 'harbor');
  for (const { password } of [settings.proxyCache ?? {}, ...(settings.replication ?? []).map(({ to }) => to)]) {
    if (password !== undefined) http.protect(password);
  }
  const { insecureHosts } = context.network;
  return openHarbor({
    host: canonical,
    http,
    credential,
    signal: context.signal,
    insecureHosts,
  });
}
