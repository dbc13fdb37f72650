import { availableParallelism } from 'node:os';
import { checkedLimits, requireSize, hostBytes, residentBytes, SlipwayError, type Limits } from '../core/index.js';
import { formatSpace } from '../run/index.js';
import { memoryBesideRuns } from '../stages/index.js';

/** How much all runs of a process may use together. */
export interface ServiceLimitOptions {
  /** Bytes that the process may take with all its runs (resident memory): a number, or `'2GiB'`; 1 GiB unless given. */
  readonly memory?: number | string;
  /** Worker threads; as many as there are cores unless given. */
  readonly threads?: number;
  /** Streams at work at the same time; four for each pipeline unless given. */
  readonly concurrency?: number;
  /** Pipelines that run at the same time; those beyond wait, in their order. Four unless given. */
  readonly pipelines?: number;
}

/** Limits of a process, and what each of its runs gets of them. */
export interface ServiceLimits extends Limits {
  readonly pipelines: number;
  /** Of one run: its share of memory and streams, and all threads, which runs share job by job. */
  readonly each: Limits;
}

const DEFAULT_MEMORY = 1024 * 1024 * 1024;
const DEFAULT_PIPELINES = 4;
const STREAMS_EACH = 4;
/** What a run takes besides its buffers: connections, the plan's objects, holes between what was given back. */
const BESIDE_BUFFERS = 10 * 1024 * 1024;

/** Throws `CONFIG_INVALID` for what is no limit. */
export function serviceLimits(options: ServiceLimitOptions = {}): ServiceLimits {
  const { pipelines = DEFAULT_PIPELINES } = options;
  if (!Number.isSafeInteger(pipelines) || pipelines < 1 || pipelines > 1024) {
    throw new SlipwayError('CONFIG_INVALID', "the limit 'pipelines' must be a number from 1 to 1024", {
      where: 'limits.pipelines',
      got: String(pipelines),
    });
  }
  const all = checkedLimits({
    memory: options.memory === undefined ? DEFAULT_MEMORY : requireSize(options.memory, 'limits.memory'),
    threads: options.threads ?? availableParallelism(),
    concurrency: options.concurrency ?? STREAMS_EACH * pipelines,
  });
  const share = (amount: number): number => Math.max(1, Math.floor(amount / pipelines));
  // Code, engine and threads are there once; what is left of the limit is shared out.
  // What the process holds for other uses is not the service's.
  const host = hostBytes();
  const resident = residentBytes() - host;
  const base = resident + memoryBesideRuns(all.memory, all.threads) + pipelines * BESIDE_BUFFERS;
  if (all.memory <= base) {
    throw new SlipwayError('CONFIG_INVALID', "the limit 'memory' leaves nothing for runs", {
      where: 'limits.memory',
      got: `${formatSpace(all.memory)}; this process takes ${formatSpace(base)} without them`,
    });
  }
  const memory = base + share(all.memory - base);
  const process = { base, memory: all.memory + host };
  const each = checkedLimits({ ...all, memory, concurrency: share(all.concurrency), process });
  return { ...all, pipelines, each };
}
