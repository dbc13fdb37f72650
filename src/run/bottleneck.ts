import type { Bottleneck, HostTraffic } from '../core/index.js';

/** A run shorter than this was held up by its own start. */
const LEAST_MS = 1000;
/** What took less of the run than this did not hold it up. */
const LEAST_SHARE = 0.5;

/** What a run has used of its time. */
export interface TimeUsed {
  readonly durationMs: number;
  /** Processor time of the process, threads included. */
  readonly processorMs: number;
  /** Processors that the run may keep busy at once. */
  readonly processors: number;
  readonly hosts: readonly HostTraffic[];
}

/** What held a run up most; `undefined` when nothing took half of its time: a disk, say, or one step waiting for another. */
export function bottleneckOf({ durationMs, processorMs, processors, hosts }: TimeUsed): Bottleneck | undefined {
  if (durationMs < LEAST_MS) return undefined;
  const share = (ms: number): number => Math.min(1, ms / durationMs);
  const found: Bottleneck[] = [
    { by: 'processors', share: share(processorMs / processors) },
    ...hosts.flatMap(({ host, receivingMs, sendingMs }): Bottleneck[] => [
      { by: 'receiving', host, share: share(receivingMs) },
      { by: 'sending', host, share: share(sendingMs) },
    ]),
  ];
  const most = found.reduce((best, other) => (other.share > best.share ? other : best));
  return most.share < LEAST_SHARE ? undefined : most;
}

/** `, held up by sending to harbor.example (93 % of the time)`; nothing when nothing held the run up. */
export function heldUpBy(bottleneck: Bottleneck | undefined): string {
  if (bottleneck === undefined) return '';
  const { by, host = '', share } = bottleneck;
  const percent = `${Math.round(share * 100)} %`;
  if (by === 'processors') return `, held up by the processors (${percent} busy)`;
  return `, held up by ${by} ${by === 'receiving' ? 'from' : 'to'} ${host} (${percent} of the time)`;
}
