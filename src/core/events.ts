import type { Digest } from './digest.js';
import type { ErrorCode } from './error.js';

/** Why an item moved no bytes. */
export type SkipReason = 'exists' | 'cached' | 'mounted' | 'unchanged';

/** How far the weights of a tensor are from those that it was made of. It says nothing about text. */
export interface RoundingError {
  /** Root of the mean squared difference. */
  readonly rmse: number;
  /** The same as a share of the weights' own root mean square. */
  readonly relative: number;
  /** The largest difference. */
  readonly max: number;
  /** `relative` with each column's squares weighted by its importance, when the tensor was made with importance. */
  readonly weighted?: number;
  /** Weights that were compared: all of the tensor, or of a large one in a quick type those of every fourth row. */
  readonly weights: number;
}

/**
 * What a stage tells while it works. Sizes are bytes, durations milliseconds; an unknown total is `null`.
 * One union for the terminal, the plain log, NDJSON and the report: `v: 1` fields are only ever added.
 */
export type StageEvent =
  | {
      readonly type: 'plan';
      readonly stages: readonly StageReport[];
      readonly warnings: readonly string[];
      /** Where the whole plan lies, tensor by tensor, when the run leaves a record. */
      readonly file?: string;
    }
  | { readonly type: 'stage.start'; readonly stage: string; readonly total: number | null }
  | {
      readonly type: 'stage.end';
      readonly stage: string;
      readonly ok: boolean;
      readonly summary?: string;
      readonly durationMs: number;
    }
  | {
      readonly type: 'item.start';
      readonly stage: string;
      readonly id: string;
      readonly name: string;
      readonly total: number | null;
    }
  | {
      readonly type: 'item.progress';
      readonly stage: string;
      readonly id: string;
      readonly done: number;
      readonly total: number | null;
      /** Bytes that have moved for it so far, where that is not what `done` says: some were read more than once. */
      readonly moved?: number;
    }
  | {
      readonly type: 'item.skip';
      readonly stage: string;
      readonly id: string;
      readonly name: string;
      readonly total: number | null;
      readonly reason: SkipReason;
    }
  /** The only way in which progress may go down. */
  | {
      readonly type: 'item.reset';
      readonly stage: string;
      readonly id: string;
      readonly from: number;
      readonly to: number;
      readonly reason: string;
    }
  /** What an earlier process did of it is there: it goes on at `done`. */
  | {
      readonly type: 'item.resume';
      readonly stage: string;
      readonly id: string;
      readonly name: string;
      readonly done: number;
      readonly total: number | null;
    }
  | {
      readonly type: 'item.end';
      readonly stage: string;
      readonly id: string;
      readonly name: string;
      readonly digest?: Digest;
      readonly size: number;
      /** As in `item.progress`. */
      readonly moved?: number;
      readonly durationMs: number;
    }
  /** One tensor written: what the report's chart shows. */
  | {
      readonly type: 'tensor';
      readonly stage: string;
      readonly variant: string;
      readonly name: string;
      readonly from: string;
      readonly to: string;
      readonly weights: number;
      readonly size: number;
      /** What storing it in blocks has cost, by our own arithmetic; absent where nothing was rounded to blocks. */
      readonly weightError?: RoundingError;
    }
  | {
      readonly type: 'retry';
      readonly stage: string;
      /** The address, without secrets. */
      readonly id: string;
      /** The attempt that comes, of how many at most. */
      readonly attempt: number;
      readonly of: number;
      readonly delayMs: number;
      /** `NET_UNAVAILABLE` when a server answered "not now" (`status` says how); else what became of the connection. */
      readonly code: ErrorCode;
      readonly status?: number;
      readonly message: string;
    }
  /** Something that was set up elsewhere, and is now as it was wanted. What was so already is not told. */
  | {
      readonly type: 'change';
      readonly stage: string;
      /** `project`, `robot`, `retention`. */
      readonly kind: string;
      readonly name: string;
      readonly change: 'created' | 'updated';
      /** What differs; empty when there is nothing to say. */
      readonly detail: string;
    }
  | {
      readonly type: 'warning';
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      /** All files that it is about (`FILES_LEFT_OUT`), where the message names the first of them. */
      readonly files?: readonly string[];
    }
  | {
      readonly type: 'artifact';
      readonly reference: string;
      readonly digest: Digest;
      readonly mediaType: string;
      readonly size: number;
    };

/** Bytes that went to a host (`host:port`) and came from it, without headers. */
export interface HostTraffic {
  readonly host: string;
  readonly received: number;
  readonly sent: number;
  /** Milliseconds in which at least one request waited for bytes of this host. */
  readonly receivingMs: number;
  /** Milliseconds in which at least one request waited for this host to take bytes, or to answer when it had them all. */
  readonly sendingMs: number;
}

/** What held a run up most: the processors, or the way from or to a host. */
export interface Bottleneck {
  readonly by: 'processors' | 'receiving' | 'sending';
  readonly host?: string;
  /** Of the run's time, 0.5 to 1. */
  readonly share: number;
}

/** An event as a run records it: one object a line in `events.ndjson`. */
export type RunEvent = { readonly v: 1; readonly ts: string; readonly run: string } & (
  | StageEvent
  | { readonly type: 'run.start'; readonly version: string; readonly config: string | null; readonly name: string }
  /** What the run has used, told once at its end. */
  | {
      readonly type: 'resources';
      /** The most memory that the process has held so far, bytes. */
      readonly peakMemory: number;
      readonly hosts: readonly HostTraffic[];
      /** What has encoded weights, such as `native (avx2)`; none where nothing was encoded. */
      readonly engines?: readonly string[];
      /** Absent when nothing took half of the run's time. */
      readonly bottleneck?: Bottleneck;
    }
  | {
      readonly type: 'error';
      readonly code: ErrorCode;
      readonly message: string;
      readonly where?: string;
      readonly hint?: string;
    }
  | { readonly type: 'run.end'; readonly ok: boolean; readonly exitCode: number; readonly durationMs: number }
);

/** One line of a plan: what a stage would do, in words and in numbers. */
export interface StageReport {
  readonly stage: string;
  /** One line for people: `LlamaForCausalLM -> llama, 38 tensors, f16`. */
  readonly summary: string;
  /** Further lines, already in reading order. */
  readonly details?: readonly string[];
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  /** Estimated peak memory of the stage, bytes. */
  readonly memory?: number;
  /** Bytes that the stage will write to local disk. */
  readonly disk?: number;
  /** Where it writes them; the run's own directory unless given. */
  readonly diskAt?: string;
  readonly warnings?: readonly string[];
  /** The same facts for programs, as JSON. */
  readonly data?: unknown;
}
