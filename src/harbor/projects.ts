import { SlipwayError } from '../core/index.js';
import { segment } from './harbor-address.js';
import { answerObject, field, flagField, numberField, textField, type AnswerObject } from './answer.js';
import { requireId } from './api.js';
import type { Harbor } from './open-harbor.js';

/** A project as Harbor has it. */
export interface Project {
  readonly id: number;
  readonly name: string;
  /** Pulling needs no account. */
  readonly public: boolean;
  /** Scan images when they are pushed. Models are not scanned. */
  readonly scanOnPush: boolean;
  /** Make an SBOM of images when they are pushed. */
  readonly sbomOnPush: boolean;
  /** Pulls are refused of what has no signature of this kind beside it. */
  readonly contentTrust: ContentTrust;
  /** Number of its retention policy. */
  readonly retentionId: number | undefined;
  /** Number of the registry that a proxy-cache project fetches from. */
  readonly registryId: number | undefined;
}

/**
 * Harbor's deployment security: `cosign` refuses pulls of what has no cosign signature attached. Harbor looks whether there is one, not
 * who made it: any account that may push can attach one.
 */
export type ContentTrust = 'cosign' | 'none';

/** What `contentTrust: 'cosign'` leaves open, in one line. */
export const CONTENT_TRUST_LIMIT =
  "Harbor's content trust looks whether a cosign signature is attached, not who made it: any account that may push can attach one; pipeline verify and admission policies check who signed";

/** What can be changed about a project at any time. */
export interface ProjectOptions {
  readonly public?: boolean | undefined;
  readonly scanOnPush?: boolean | undefined;
  readonly sbomOnPush?: boolean | undefined;
  readonly contentTrust?: ContentTrust | undefined;
}

/** What is settled when a project is created. */
export interface NewProject extends ProjectOptions {
  readonly name: string;
  /** Bytes; -1 for no limit. Harbor's own default unless given, and for accounts that are no system administrators. */
  readonly quota?: number | undefined;
  /** Makes it a proxy-cache project of this registry. */
  readonly registryId?: number | undefined;
}

/** A project by name, or `undefined`. Throws `HARBOR_DENIED` for one that exists and may not be seen. */
export async function findProject(harbor: Harbor, name: string): Promise<Project | undefined> {
  const { api } = harbor;
  const doing = `read the project '${name}'`;
  const response = await api.send({ path: `/projects/${segment(name)}`, doing, also: [403, 404] });
  if (response.status === 200) return toProject(answerObject(await api.json(response, { path: '', doing })), harbor);
  await response.discard();
  // A missing project is a 403 for accounts that are no administrators. This question tells the two apart.
  if (response.status === 404 || !(await projectExists(harbor, name))) return undefined;
  throw new SlipwayError('HARBOR_DENIED', `'${harbor.host}' has a project '${name}' that this account may not read`, {
    try:
      harbor.api.username?.includes('$') === true
        ? "use a project administrator's account: a robot that pushes or pulls may not manage the project"
        : 'ask its administrator to be made a member',
  });
}

/** A project by name. Throws `HARBOR_NOT_FOUND`. */
export async function getProject(harbor: Harbor, name: string): Promise<Project> {
  const project = await findProject(harbor, name);
  if (project !== undefined) return project;
  throw new SlipwayError('HARBOR_NOT_FOUND', `'${harbor.host}' has no project '${name}'`, {
    try: `pipeline harbor project create ${harbor.host} ${name}`,
  });
}

/** Creates a project. Throws `HARBOR_EXISTS` when there is one of that name, `HARBOR_INVALID` for a bad name. */
export async function createProject(harbor: Harbor, project: NewProject): Promise<void> {
  const { name, quota, registryId } = project;
  await harbor.api.create({
    path: '/projects',
    doing: `create the project '${name}'`,
    body: {
      project_name: name,
      metadata: { public: 'false', ...metadataOf(project) },
      ...(quota === undefined ? {} : { storage_limit: quota }),
      ...(registryId === undefined ? {} : { registry_id: registryId }),
    },
  });
}

/** Changes what is given and leaves the rest. */
export async function updateProject(harbor: Harbor, name: string, options: ProjectOptions): Promise<void> {
  await harbor.api.change({
    method: 'PUT',
    path: `/projects/${segment(name)}`,
    doing: `change the project '${name}'`,
    body: { metadata: metadataOf(options) },
  });
}

/** Every project that the account may see. */
export async function listProjects(harbor: Harbor): Promise<readonly Project[]> {
  const found = await harbor.api.list({ path: '/projects', doing: 'list the projects' });
  return found.map((project) => toProject(project, harbor));
}

/** Whether there is a project of that name; told to every account, whether it may read it or not. */
export async function projectExists({ api }: Harbor, name: string): Promise<boolean> {
  const request = {
    method: 'HEAD',
    path: '/projects',
    query: { project_name: name },
    doing: `look for the project '${name}'`,
    also: [404],
  } as const;
  const response = await api.send(request);
  await response.discard();
  return response.status === 200;
}

/** Harbor keeps all of it as text. */
function metadataOf(options: ProjectOptions): Record<string, string> {
  const entries: [string, boolean | undefined][] = [
    ['public', options.public],
    ['auto_scan', options.scanOnPush],
    ['auto_sbom_generation', options.sbomOnPush],
    ['enable_content_trust_cosign', options.contentTrust === undefined ? undefined : options.contentTrust === 'cosign'],
  ];
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));
}

function toProject(project: AnswerObject, { host }: Harbor): Project {
  const metadata = answerObject(field(project, 'metadata'));
  const name = textField(project, 'name');
  const retention = textField(metadata, 'retention_id');
  return {
    id: requireId(numberField(project, 'project_id'), host, `the project '${name}'`),
    name,
    public: flagField(metadata, 'public'),
    scanOnPush: flagField(metadata, 'auto_scan'),
    sbomOnPush: flagField(metadata, 'auto_sbom_generation'),
    contentTrust: flagField(metadata, 'enable_content_trust_cosign') ? 'cosign' : 'none',
    retentionId: /^\d{1,15}$/.test(retention) ? Number(retention) : undefined,
    // 0 is what Harbor writes for a project that is no proxy.
    registryId: numberField(project, 'registry_id') || undefined,
  };
}
