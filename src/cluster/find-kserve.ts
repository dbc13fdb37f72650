import type { ClusterAnswer, ClusterConnection } from './cluster-connection.js';
import { fieldOf, listOf, textOf } from './fields.js';
import { kindsOf, reasonOf } from './kinds.js';

/** KServe in a cluster. */
export interface KserveFound {
  /** `0.20.0`, or `undefined` when nothing says it. */
  readonly version: string | undefined;
  /** What the version was read from. */
  readonly from: string;
  readonly kinds: readonly string[];
  /** Whether KServe takes `oci://` (`enableModelcar`, `enableOciModelSupport`); `undefined` when its settings could not be read. */
  readonly modelcar: boolean | undefined;
  /** How KServe makes an image's files available unless a model says so itself: `modelcar`, `native`, `fetch`. */
  readonly ociModelMode: string | undefined;
  /** `Standard` (`RawDeployment`) or `Knative` (`Serverless`). */
  readonly deploymentMode: string | undefined;
}

const SETTINGS = 'inferenceservice-config';
const USUAL_NAMESPACES: readonly string[] = ['kserve', 'opendatahub', 'redhat-ods-applications'];

/** Finds KServe's version and settings: by its controller's image, its ConfigMap, and the kinds that it serves. */
export async function findKserve(
  connection: ClusterConnection,
  unknown: string[],
  signal: AbortSignal | undefined,
): Promise<KserveFound> {
  const kinds = [
    ...(await kindsOf(connection, 'serving.kserve.io/v1beta1', signal)),
    ...(await kindsOf(connection, 'serving.kserve.io/v1alpha1', signal)),
  ];
  const newest = await kindsOf(connection, 'serving.kserve.io/v1alpha2', signal);
  const settings = await settingsOf(connection, unknown, signal);
  const initializer = jsonOf(fieldOf(settings, 'data', 'storageInitializer'));
  const deploy = jsonOf(fieldOf(settings, 'data', 'deploy'));
  const { version, from } =
    (await controllerVersion(connection, signal)) ??
    imageVersion(textOf(initializer, 'image'), `${SETTINGS}'s storage initializer`) ??
    kindVersion(kinds, newest);
  return {
    version,
    from,
    kinds: [...new Set([...kinds, ...newest])].filter((kind) => kind !== '' && kind !== 'Status').sort(),
    // Both ways of writing it are one setting; absent is off.
    modelcar:
      settings === undefined
        ? undefined
        : fieldOf(initializer, 'enableModelcar') === true || fieldOf(initializer, 'enableOciModelSupport') === true,
    ociModelMode: textOf(initializer, 'ociModelMode'),
    deploymentMode: textOf(deploy, 'defaultDeploymentMode'),
  };
}

async function settingsOf(
  connection: ClusterConnection,
  unknown: string[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const get = async (path: string, query: Readonly<Record<string, string>> = {}): Promise<ClusterAnswer> =>
    connection.request({ method: 'GET', path, query, signal });
  const all = await get('/api/v1/configmaps', { fieldSelector: `metadata.name=${SETTINGS}` });
  const found =
    all.status === 200
      ? listOf(all.body, 'items').find((row) => textOf(row, 'metadata', 'name') === SETTINGS)
      : undefined;
  if (found !== undefined) return found;
  for (const namespace of USUAL_NAMESPACES) {
    const answer = await get(`/api/v1/namespaces/${namespace}/configmaps/${SETTINGS}`);
    if (answer.status === 200) return answer.body;
  }
  unknown.push(`KServe's settings: ${all.status === 200 ? `no ConfigMap ${SETTINGS}` : reasonOf(all)}`);
  return undefined;
}

interface FoundVersion {
  readonly version: string | undefined;
  readonly from: string;
}

async function controllerVersion(
  connection: ClusterConnection,
  signal: AbortSignal | undefined,
): Promise<FoundVersion | undefined> {
  const answer = await connection.request({
    method: 'GET',
    path: '/apis/apps/v1/deployments',
    query: { labelSelector: 'control-plane=kserve-controller-manager' },
    signal,
  });
  if (answer.status !== 200) return undefined;
  for (const deployment of listOf(answer.body, 'items')) {
    for (const container of listOf(deployment, 'spec', 'template', 'spec', 'containers')) {
      const found = imageVersion(textOf(container, 'image'), "its controller's image");
      if (found !== undefined && /kserve/.test(textOf(container, 'image') ?? '')) return found;
    }
  }
  return undefined;
}

/** The version in an image's tag: `kserve/kserve-controller:v0.20.0`. */
function imageVersion(image: string | undefined, from: string): FoundVersion | undefined {
  const [, version] = /:v?(\d+\.\d+\.\d+(?:-[\w.]+)?)(?:@|$)/.exec(image ?? '') ?? [];
  return version === undefined ? undefined : { version, from };
}

/** The least version that serves what is there. */
function kindVersion(kinds: readonly string[], newest: readonly string[]): FoundVersion {
  if (newest.includes('LLMInferenceService'))
    return { version: '0.17.0', from: 'LLMInferenceService v1alpha2, at least' };
  if (kinds.includes('LLMInferenceService'))
    return { version: '0.16.0', from: 'LLMInferenceService v1alpha1, at least' };
  return { version: undefined, from: 'nothing says which' };
}

function jsonOf(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
