import { countOf, fieldOf, listOf, textOf } from './fields.js';

/** What keeps a pod from running, in a person's words. */
export interface PodTrouble {
  /** `image-pull`, `crash`, `unschedulable`. */
  readonly kind: string;
  readonly text: string;
  /** What would help; empty when the server's words say it. */
  readonly try: readonly string[];
  /** It does not go away by itself. */
  readonly final: boolean;
}

interface Explanation {
  readonly kind: string;
  readonly final: boolean;
  readonly try: readonly string[];
}

/** What kubelets say while a container cannot be started (reason, then message), and what it comes from. */
const WAITING: readonly (readonly [RegExp, RegExp, Explanation])[] = [
  [/InvalidImageName/, /./s, { kind: 'image-name', final: true, try: ['check --image and --pull-from'] }],
  [
    /ImagePull|ErrImage/,
    /401|403|unauthori[sz]ed|denied|authentication required|no basic auth/i,
    {
      kind: 'pull-secret',
      final: true,
      try: ['--pull-secret NAME   (of type kubernetes.io/dockerconfigjson, in this namespace)', '--with-secret'],
    },
  ],
  [
    /ImagePull|ErrImage/,
    /no space left/i,
    { kind: 'no-space', final: true, try: ['a node with more disk', 'a smaller quantization'] },
  ],
  [
    /ImagePull|ErrImage/,
    /http: server gave HTTP response to HTTPS client/i,
    { kind: 'plain-http', final: true, try: ["tell the nodes' runtime that this registry speaks plain HTTP"] },
  ],
  [
    /ImagePull|ErrImage/,
    /x509|certificate/i,
    { kind: 'certificate', final: true, try: ["give the nodes' runtime the registry's certificate authority"] },
  ],
  [
    /ImagePull|ErrImage/,
    /not found|manifest unknown|does not exist/i,
    {
      kind: 'no-image',
      final: true,
      try: ['check the name by which the cluster pulls: --pull-from, --image, --tool-image'],
    },
  ],
  [
    /ImagePull|ErrImage/,
    /no match for platform|exec format/i,
    { kind: 'platform', final: true, try: ["an image for the nodes' processor: --image"] },
  ],
  [/ImagePull|ErrImage/, /./s, { kind: 'image-pull', final: false, try: ['check that nodes reach the registry'] }],
  [
    /ImageVolumeMountFailed|CreateContainerError/,
    /subpath|image volume|ImageVolume/i,
    {
      kind: 'image-volume',
      final: true,
      try: ['--target init', 'pipeline repackage REF REF-modelcar --format modelcar'],
    },
  ],
  [
    /CreateContainerConfigError/,
    /secret|configmap/i,
    { kind: 'secret', final: true, try: ['make it in this namespace, or name another: --pull-secret'] },
  ],
  [
    /CreateContainerConfigError|CreateContainerError|RunContainerError|StartError/,
    /executable file not found|no such file/i,
    { kind: 'no-program', final: true, try: ['another --image'] },
  ],
  [
    /CreateContainerConfigError|CreateContainerError|RunContainerError/,
    /./s,
    { kind: 'container', final: true, try: [] },
  ],
];

/** Events that explain a pod whose containers do not say anything yet (reason, then message). */
const EVENTS: readonly (readonly [RegExp, RegExp, Explanation])[] = [
  [
    /FailedMount/,
    /secret "[^"]+" not found|references non-existent secret/i,
    { kind: 'secret', final: true, try: ['make it in this namespace, or name another: --pull-secret'] },
  ],
  [/FailedMount/, /configmap "[^"]+" not found/i, { kind: 'config-map', final: false, try: [] }],
  [
    /FailedMount/,
    /image volume|unsupported volume|no volume plugin matched/i,
    { kind: 'image-volume', final: true, try: ['--target init'] },
  ],
  [
    /FailedScheduling/,
    /nvidia\.com\/gpu|amd\.com\/gpu/,
    { kind: 'no-gpu', final: false, try: ['--gpus 0', 'a node with a free GPU'] },
  ],
  [
    /FailedScheduling/,
    /Insufficient memory/,
    { kind: 'no-memory', final: false, try: ['--memory-budget', 'a smaller quantization', 'a larger node'] },
  ],
  [
    /FailedScheduling/,
    /ephemeral-storage/,
    { kind: 'no-space', final: false, try: ['a node with more disk', '--target deployment'] },
  ],
  [/FailedScheduling/, /./s, { kind: 'unschedulable', final: false, try: [] }],
  [
    /Evicted|Evicting/,
    /ephemeral|disk|storage/i,
    { kind: 'no-space', final: false, try: ['a node with more disk', 'a smaller quantization'] },
  ],
  [
    /FailedCreate/,
    /exceeded quota|PodSecurity|forbidden/i,
    { kind: 'quota', final: true, try: ['ask for a larger quota, or another --namespace'] },
  ],
  [/FailedCreatePodSandBox/, /./s, { kind: 'sandbox', final: false, try: [] }],
];

/** More starts than this are no accident. */
const CRASHES = 2;

/** What is wrong with a pod, by its status and by what was said of it; `undefined` when nothing is. */
export function podTrouble(pod: unknown, events: readonly unknown[]): PodTrouble | undefined {
  for (const container of containersOf(pod)) {
    const trouble = waitingTrouble(container) ?? crashTrouble(container);
    if (trouble !== undefined) return trouble;
  }
  const phase = textOf(pod, 'status', 'phase');
  if (phase === 'Running' || phase === 'Succeeded') return undefined;
  if (phase === 'Failed') return failedTrouble(pod);
  return eventTrouble(events) ?? scheduleTrouble(pod);
}

/** What events alone explain: for a workload that has no pod. */
export function eventTrouble(events: readonly unknown[]): PodTrouble | undefined {
  for (const event of events.toReversed()) {
    const [reason, message] = [textOf(event, 'reason') ?? '', textOf(event, 'message') ?? ''];
    const known = EVENTS.find(([why, words]) => why.test(reason) && words.test(message));
    if (known !== undefined) return { ...known[2], text: `${reason}: ${message}` };
  }
  return undefined;
}

/** Init containers first: they come first. */
export function containersOf(pod: unknown): readonly unknown[] {
  return [...listOf(pod, 'status', 'initContainerStatuses'), ...listOf(pod, 'status', 'containerStatuses')];
}

function waitingTrouble(container: unknown): PodTrouble | undefined {
  const reason = textOf(container, 'state', 'waiting', 'reason') ?? '';
  const message = textOf(container, 'state', 'waiting', 'message') ?? '';
  const known = WAITING.find(([why, words]) => why.test(reason) && words.test(`${reason} ${message}`));
  if (known === undefined) return undefined;
  return { ...known[2], text: `container ${textOf(container, 'name') ?? ''}: ${reason}: ${message}` };
}

function crashTrouble(container: unknown): PodTrouble | undefined {
  const state = fieldOf(container, 'state', 'terminated') ?? fieldOf(container, 'lastState', 'terminated');
  const code = countOf(state, 'exitCode');
  if (state === undefined || code === 0) return undefined;
  const reason = textOf(state, 'reason') ?? '';
  const restarts = countOf(container, 'restartCount');
  const isOver = restarts >= CRASHES || textOf(container, 'state', 'waiting', 'reason') === 'CrashLoopBackOff';
  const what = `container ${textOf(container, 'name') ?? ''} ended with ${code}${reason === '' ? '' : ` (${reason})`}`;
  const message = (textOf(state, 'message') ?? '').trim().split('\n').slice(-3).join('; ');
  const text = `${what}${restarts > 0 ? `, started ${restarts + 1} times` : ''}${message === '' ? '' : `: ${message}`}`;
  if (reason === 'OOMKilled') {
    return { kind: 'memory', text, final: true, try: ['--ctx-size with fewer tokens', '--memory-budget with more'] };
  }
  return { kind: 'crash', text, final: isOver, try: [] };
}

function failedTrouble(pod: unknown): PodTrouble {
  const reason = textOf(pod, 'status', 'reason') ?? 'Failed';
  const message = textOf(pod, 'status', 'message') ?? '';
  return (
    eventTrouble([{ reason, message }]) ?? { kind: 'failed', text: `${reason}: ${message}`, final: false, try: [] }
  );
}

function scheduleTrouble(pod: unknown): PodTrouble | undefined {
  const condition = listOf(pod, 'status', 'conditions').find((row) => fieldOf(row, 'type') === 'PodScheduled');
  if (fieldOf(condition, 'status') !== 'False') return undefined;
  return eventTrouble([{ reason: 'FailedScheduling', message: textOf(condition, 'message') ?? '' }]);
}

/** Where a pod is on its way, in a few words. */
export function podState(pod: unknown): string {
  const containers = containersOf(pod);
  if (textOf(pod, 'metadata', 'deletionTimestamp') !== undefined) return 'going';
  if (textOf(pod, 'spec', 'nodeName') === undefined) return 'waiting for a node';
  const waiting = containers.find((row) => fieldOf(row, 'state', 'waiting') !== undefined);
  const init = listOf(pod, 'status', 'initContainerStatuses').find(
    (row) => fieldOf(row, 'state', 'running') !== undefined,
  );
  if (init !== undefined) return `${textOf(init, 'name') ?? 'init'} at work`;
  if (waiting !== undefined) return textOf(waiting, 'state', 'waiting', 'reason') ?? 'waiting';
  const phase = textOf(pod, 'status', 'phase') ?? 'Unknown';
  const ready = listOf(pod, 'status', 'containerStatuses').every((row) => fieldOf(row, 'ready') === true);
  if (phase === 'Running') return ready ? 'ready' : 'loading the model';
  return phase.toLowerCase();
}
