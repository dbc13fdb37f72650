import { countOf, entriesOf, fieldOf, listOf, textOf } from './fields.js';
import type { KubernetesObject } from './kubernetes-object.js';

/** How far a resource is. */
export interface Readiness {
  readonly state: 'ready' | 'waiting' | 'failed';
  /** `1 of 2 replicas`; a few words. */
  readonly text: string;
}

/** A kind that is waited for: when it is there, and which pods are its own. */
interface Watched {
  readiness(resource: unknown): Readiness;
  selector(name: string, resource: KubernetesObject): string;
}

const WATCHED: Readonly<Record<string, Watched>> = {
  Deployment: {
    readiness: deploymentReadiness,
    selector: (_name, resource) => labels(entriesOf(resource, 'spec', 'selector', 'matchLabels')),
  },
  InferenceService: { readiness: readyCondition, selector: (name) => `serving.kserve.io/inferenceservice=${name}` },
  LLMInferenceService: { readiness: readyCondition, selector: (name) => `app.kubernetes.io/name=${name}` },
  Job: { readiness: jobReadiness, selector: (name) => `batch.kubernetes.io/job-name=${name}` },
  JobSet: { readiness: jobSetReadiness, selector: (name) => `jobset.sigs.k8s.io/jobset-name=${name}` },
  Workflow: { readiness: workflowReadiness, selector: (name) => `workflows.argoproj.io/workflow=${name}` },
};

/** What is waited for of a kind; `undefined` for a kind that is there as soon as it is made. */
export function watchedKind(kind: string): Watched | undefined {
  return Object.hasOwn(WATCHED, kind) ? WATCHED[kind] : undefined;
}

function labels(entries: readonly (readonly [string, unknown])[]): string {
  return entries.map(([key, value]) => `${key}=${String(value)}`).join(',');
}

function conditionOf(resource: unknown, type: string): unknown {
  return listOf(resource, 'status', 'conditions').find((row) => fieldOf(row, 'type') === type);
}

function isTrue(resource: unknown, type: string): boolean {
  return fieldOf(conditionOf(resource, type), 'status') === 'True';
}

/** Whether a controller has seen the newest form of a resource. */
function isSeen(resource: unknown): boolean {
  const observed = fieldOf(resource, 'status', 'observedGeneration');
  return typeof observed !== 'number' || observed >= countOf(resource, 'metadata', 'generation');
}

function deploymentReadiness(resource: unknown): Readiness {
  const wanted = fieldOf(resource, 'spec', 'replicas') === undefined ? 1 : countOf(resource, 'spec', 'replicas');
  const [updated, available] = [
    countOf(resource, 'status', 'updatedReplicas'),
    countOf(resource, 'status', 'availableReplicas'),
  ];
  const text = `${Math.min(updated, available)} of ${wanted} replicas`;
  if (fieldOf(conditionOf(resource, 'Progressing'), 'reason') === 'ProgressDeadlineExceeded' && isSeen(resource)) {
    return { state: 'failed', text: `${text} when the deadline was over` };
  }
  const isStarted = fieldOf(resource, 'status', 'observedGeneration') !== undefined;
  const done =
    isStarted &&
    isSeen(resource) &&
    updated === wanted &&
    available === wanted &&
    countOf(resource, 'status', 'replicas') === updated;
  return { state: done ? 'ready' : 'waiting', text };
}

function readyCondition(resource: unknown): Readiness {
  const condition = conditionOf(resource, 'Ready');
  if (fieldOf(condition, 'status') === 'True' && isSeen(resource)) return { state: 'ready', text: 'ready' };
  const missing = listOf(resource, 'status', 'conditions')
    .filter((row) => fieldOf(row, 'status') !== 'True')
    .map((row) => textOf(row, 'type') ?? '')
    .filter((type) => type !== 'Ready');
  const why = textOf(condition, 'message') ?? textOf(condition, 'reason') ?? '';
  const text = missing.length === 0 ? 'waiting for the controller' : `not yet: ${missing.join(', ')}`;
  return { state: 'waiting', text: why === '' ? text : `${text} (${why})` };
}

function jobReadiness(resource: unknown): Readiness {
  const wanted = countOf(resource, 'spec', 'completions') || 1;
  const failed = textOf(resource, 'status', 'failedIndexes') ?? '';
  const active = countOf(resource, 'status', 'active');
  const text = [
    `${countOf(resource, 'status', 'succeeded')} of ${wanted} done`,
    ...(active > 0 ? [`${active} at work`] : []),
    ...(failed === '' ? [] : [`failed: ${failed}`]),
  ].join(', ');
  if (isTrue(resource, 'Complete')) return { state: 'ready', text };
  if (!isTrue(resource, 'Failed')) return { state: 'waiting', text };
  const condition = conditionOf(resource, 'Failed');
  return {
    state: 'failed',
    text: `${text}: ${textOf(condition, 'reason') ?? ''} ${textOf(condition, 'message') ?? ''}`.trim(),
  };
}

function jobSetReadiness(resource: unknown): Readiness {
  const jobs = listOf(resource, 'status', 'replicatedJobsStatus').map(
    (row) =>
      `${textOf(row, 'name') ?? ''} ${countOf(row, 'succeeded') > 0 ? 'done' : countOf(row, 'active') > 0 ? 'at work' : 'waiting'}`,
  );
  const text = jobs.join(', ') || 'waiting for the controller';
  if (isTrue(resource, 'Completed')) return { state: 'ready', text };
  if (!isTrue(resource, 'Failed')) return { state: 'waiting', text };
  return { state: 'failed', text: textOf(conditionOf(resource, 'Failed'), 'message') ?? text };
}

function workflowReadiness(resource: unknown): Readiness {
  const phase = textOf(resource, 'status', 'phase') ?? '';
  const progress = textOf(resource, 'status', 'progress') ?? '';
  const text = phase === '' ? 'waiting for the controller' : `${phase}${progress === '' ? '' : ` ${progress}`}`;
  if (phase === 'Succeeded') return { state: 'ready', text };
  if (phase !== 'Failed' && phase !== 'Error') return { state: 'waiting', text };
  return { state: 'failed', text: `${text}: ${textOf(resource, 'status', 'message') ?? ''}` };
}
