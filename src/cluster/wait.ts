import { setTimeout as sleep } from 'node:timers/promises';
import { abortedError, SlipwayError, throwIfAborted } from '../core/index.js';
import type { ClusterConnection } from './cluster-connection.js';
import { readResource } from './apply.js';
import { fieldOf, listOf, textOf } from './fields.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { eventTrouble, podState, podTrouble, type PodTrouble } from './pod-trouble.js';
import { watchedKind } from './readiness.js';
import { ResourcePaths, type LocatedResource } from './resource-path.js';

export interface WaitOptions {
  /** Milliseconds until it is given up. */
  readonly timeLimit: number;
  /** Milliseconds between two looks; two seconds unless given. */
  readonly period?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds since an arbitrary origin. */
  now(): number;
  /** A line for people, when something has changed. */
  onProgress(line: string): void;
}

const PERIOD = 2000;
/** In how many looks one after another a trouble that does not go away is seen before it is believed. */
const LOOKS = 3;
const MOST_PODS_SHOWN = 12;

/** What one look at a resource showed. */
interface Look {
  readonly at: LocatedResource;
  readonly state: 'ready' | 'waiting' | 'failed';
  readonly lines: readonly string[];
  readonly troubles: readonly (PodTrouble & { readonly pod: string })[];
}

/**
 * Waits until resources do their work, with what their pods are at. Throws `DEPLOY_FAILED` for what cannot come up (a
 * wrong secret, no such image, a program that ends), and `DEPLOY_TIMEOUT`, both with what was seen.
 */
export async function waitUntilReady(
  connection: ClusterConnection,
  resources: readonly KubernetesObject[],
  options: WaitOptions,
): Promise<void> {
  const paths = new ResourcePaths(connection, options.signal);
  const watched: { resource: KubernetesObject; at: LocatedResource }[] = [];
  for (const resource of resources) {
    if (watchedKind(resource.kind) !== undefined) watched.push({ resource, at: await paths.locate(resource) });
  }
  const end = options.now() + options.timeLimit;
  let lastSaid = '';
  let seen = new Map<string, number>();
  for (;;) {
    const looks = await Promise.all(watched.map(async ({ resource, at }) => look(connection, resource, at, options)));
    const story = looks.flatMap(({ lines }) => lines).join('\n');
    if (story !== lastSaid) for (const line of newLines(lastSaid, story)) options.onProgress(line);
    lastSaid = story;
    if (looks.every(({ state }) => state === 'ready')) return;
    seen = countLooks(looks, seen);
    throwIfHopeless(connection, looks, seen);
    if (options.now() >= end) throw tooLate(connection, looks, options.timeLimit);
    await pause(options);
  }
}

async function pause({ period = PERIOD, signal }: WaitOptions): Promise<void> {
  try {
    await sleep(period, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw abortedError(signal);
    throw error;
  }
}

/** Lines that are not in the story before. */
function newLines(before: string, after: string): readonly string[] {
  const known = new Set(before.split('\n'));
  return after.split('\n').filter((line) => line !== '' && !known.has(line));
}

async function look(
  connection: ClusterConnection,
  resource: KubernetesObject,
  at: LocatedResource,
  { signal }: WaitOptions,
): Promise<Look> {
  throwIfAborted(signal);
  const kind = watchedKind(resource.kind);
  const body = await readResource(connection, at, signal);
  if (kind === undefined || body === undefined) {
    return { at, state: 'failed', lines: [`${at.id}: it is gone`], troubles: [] };
  }
  const { state, text } = kind.readiness(body);
  const lines = [`${at.id}: ${text}`];
  if (state === 'ready') return { at, state, lines, troubles: [] };
  const pods = await podsOf(connection, at, kind.selector(at.name, resource), signal);
  const events = await eventsOf(connection, at, signal);
  const troubles: (PodTrouble & { pod: string })[] = [];
  for (const pod of pods) {
    const name = textOf(pod, 'metadata', 'name') ?? '';
    const own = events.filter((event) => fieldOf(event, 'involvedObject', 'name') === name);
    const trouble = isGoing(pod) ? undefined : podTrouble(pod, own);
    if (trouble !== undefined) troubles.push({ ...trouble, pod: name });
    if (textOf(pod, 'status', 'phase') === 'Succeeded') continue;
    if (lines.length <= MOST_PODS_SHOWN) lines.push(`  pod ${name}: ${trouble?.text ?? podState(pod)}`);
  }
  if (pods.length === 0) {
    const related = events.filter((event) => (textOf(event, 'involvedObject', 'name') ?? '').startsWith(at.name));
    const trouble = eventTrouble(related);
    if (trouble !== undefined) {
      troubles.push({ ...trouble, pod: '' });
      lines.push(`  ${trouble.text}`);
    }
  }
  return { at, state, lines, troubles };
}

function isGoing(pod: unknown): boolean {
  return textOf(pod, 'metadata', 'deletionTimestamp') !== undefined;
}

async function podsOf(
  connection: ClusterConnection,
  { namespace }: LocatedResource,
  labelSelector: string,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const path = `/api/v1/namespaces/${namespace ?? ''}/pods`;
  const { status, body } = await connection.request({ method: 'GET', path, query: { labelSelector }, signal });
  return status === 200 ? listOf(body, 'items') : [];
}

/** What was said in the namespace, oldest first; nothing for an account that may not read it. */
async function eventsOf(
  connection: ClusterConnection,
  { namespace }: LocatedResource,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const path = `/api/v1/namespaces/${namespace ?? ''}/events`;
  const { status, body } = await connection.request({ method: 'GET', path, query: { limit: '500' }, signal });
  const when = (event: unknown): string =>
    textOf(event, 'lastTimestamp') ?? textOf(event, 'eventTime') ?? textOf(event, 'firstTimestamp') ?? '';
  return status === 200 ? listOf(body, 'items').toSorted((a, b) => (when(a) < when(b) ? -1 : 1)) : [];
}

/** How often a lasting trouble was seen in a row. */
function countLooks(looks: readonly Look[], before: ReadonlyMap<string, number>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { at, troubles } of looks) {
    for (const { kind, final } of troubles) {
      const key = `${at.id} ${kind}`;
      if (final) counts.set(key, (before.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** Parts of a Job are repeated by their controller, which also gives them up. */
function throwIfHopeless(
  connection: ClusterConnection,
  looks: readonly Look[],
  seen: ReadonlyMap<string, number>,
): void {
  for (const one of looks) {
    const { at, state, troubles } = one;
    const lasting = troubles.find(({ kind, final }) => final && (seen.get(`${at.id} ${kind}`) ?? 0) >= LOOKS);
    const isRepeated = ['Job', 'JobSet', 'Workflow'].includes(at.kind) && lasting?.kind === 'crash';
    if (state !== 'failed' && (lasting === undefined || isRepeated)) continue;
    const trouble = lasting ?? troubles[0];
    throw new SlipwayError('DEPLOY_FAILED', `${at.id} does not come up`, {
      where: `${trouble === undefined || trouble.pod === '' ? at.id : `pod ${trouble.pod}`} in ${connection.address}`,
      got: trouble?.text ?? one.lines.join('; '),
      kept: 'what was applied is there as it is; --delete removes it',
      try: [...(trouble?.try ?? []), `kubectl describe ${at.type}/${at.name}${inNamespace(at)}`],
    });
  }
}

function inNamespace({ namespace }: LocatedResource): string {
  return namespace === undefined ? '' : ` --namespace ${namespace}`;
}

function tooLate(connection: ClusterConnection, looks: readonly Look[], timeLimit: number): SlipwayError {
  const waiting = looks.filter(({ state }) => state !== 'ready');
  const [first] = waiting;
  const troubles = waiting.flatMap((one) => one.troubles);
  return new SlipwayError('DEPLOY_TIMEOUT', `not ready after ${Math.round(timeLimit / 1000)} seconds`, {
    where: connection.address,
    got: waiting.flatMap(({ lines }) => lines.map((line) => line.trim())).join('; '),
    kept: 'what was applied is there and goes on; the same command waits again',
    try: [
      ...(troubles[0]?.try ?? []),
      '--wait-timeout 30m',
      ...(first === undefined ? [] : [`kubectl describe ${first.at.type}/${first.at.name}${inNamespace(first.at)}`]),
    ],
  });
}

/** Waits until resources that were deleted are gone. Throws `DEPLOY_TIMEOUT`. */
export async function waitUntilGone(
  connection: ClusterConnection,
  gone: readonly LocatedResource[],
  options: WaitOptions,
): Promise<void> {
  const end = options.now() + options.timeLimit;
  for (const at of gone) {
    while ((await readResource(connection, at, options.signal)) !== undefined) {
      if (options.now() >= end) {
        throw new SlipwayError('DEPLOY_TIMEOUT', `${at.id} is still going`, {
          where: connection.address,
          try: `kubectl describe ${at.type}/${at.name}${inNamespace(at)}   (its finalizers)`,
        });
      }
      await pause(options);
    }
    options.onProgress(`${at.id}: gone`);
  }
}
