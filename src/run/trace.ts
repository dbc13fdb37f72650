import { inspect } from 'node:util';
import { SlipwayError, throwIfAborted, type RunContext, type Stage, type StageEvent } from '../core/index.js';

/** The stages of a pipeline, nested pipelines opened; a single stage is its own list. */
export function stagesOf(stage: Stage<never, unknown>): readonly Stage<never, unknown>[] {
  const parts =
    'stages' in stage && Array.isArray(stage.stages) ? (stage.stages as Stage<never, unknown>[]) : undefined;
  return parts === undefined ? [stage] : parts.flatMap(stagesOf);
}

interface Span {
  readonly first: number;
  last: number;
  ok: boolean;
  summary: string | undefined;
}

/**
 * Runs stages one after another and tells when each begins and ends. Stages are lazy: most of a stage's work happens
 * while a later one pulls on what it returned. So all stages end when the last one has returned, and a stage's time is
 * that of its own events. What a stage says about its own beginning and end only adds to this.
 */
export class StageTracer {
  readonly #spans = new Map<string, Span>();
  readonly #emit: (event: StageEvent) => void;
  readonly #now: () => number;

  constructor(emit: (event: StageEvent) => void, now: () => number) {
    this.#emit = emit;
    this.#now = now;
  }

  /** Takes what stages tell. */
  emit(event: StageEvent): void {
    if ('stage' in event && this.#spans.has(event.stage)) {
      const span = this.#note(event.stage);
      if (event.type === 'stage.end') {
        span.ok = event.ok;
        span.summary = event.summary;
      }
      if (event.type === 'stage.end' || event.type === 'stage.start') return;
    }
    this.#emit(event);
  }

  /** Runs the stages, in order. */
  async run(stages: readonly Stage<never, unknown>[], context: RunContext): Promise<unknown> {
    let current: Span | undefined;
    let [running, before]: (Stage<never, unknown> | undefined)[] = [];
    let value: unknown;
    try {
      for (const stage of stages) {
        throwIfAborted(context.signal);
        if (!this.#spans.has(stage.name)) this.#emit({ type: 'stage.start', stage: stage.name, total: null });
        current = this.#note(stage.name);
        [running, before] = [stage, running];
        value = await stage.run(value as never, context);
        this.#note(stage.name);
      }
      return value;
    } catch (error) {
      if (current !== undefined) current.ok = false;
      throw asMisfit(error, before, running, value) ?? asStageFailure(error, running);
    } finally {
      for (const [stage, span] of this.#spans) this.#end(stage, span);
    }
  }

  #note(stage: string): Span {
    const now = this.#now();
    const span = this.#spans.get(stage) ?? { first: now, last: now, ok: true, summary: undefined };
    span.last = now;
    this.#spans.set(stage, span);
    return span;
  }

  #end(stage: string, { first, last, ok, summary }: Span): void {
    const durationMs = Math.round(last - first);
    this.#emit({ type: 'stage.end', stage, ok, durationMs, ...(summary === undefined ? {} : { summary }) });
  }
}

/** Stages of the program itself, by their names: what they throw unexpectedly is a mistake of the program. */
const OWN = new Set([
  'download',
  'convert',
  'quantize',
  'pack',
  'harbor',
  'push',
  'save',
  'copy',
  'sign',
  'verify',
  'evaluate',
  'attest',
  'deploy',
  'imatrix',
  'merge',
  'repackage',
  'split',
]);

/** A mistake in a stage of the program right behind one of the user's own is of what that one has returned. */
function asMisfit(
  error: unknown,
  before: Stage<never, unknown> | undefined,
  running: Stage<never, unknown> | undefined,
  value: unknown,
): SlipwayError | undefined {
  if (!(error instanceof TypeError) || before === undefined || running === undefined) return undefined;
  if (OWN.has(before.name) || !OWN.has(running.name)) return undefined;
  return new SlipwayError('STAGE_FAILED', `'${running.name}' cannot use what the stage '${before.name}' returned`, {
    got: shown(value),
    cause: error,
    try: [
      `return what '${before.name}' was given, or what the stage before '${running.name}' returns: the types say so`,
    ],
  });
}

const shown = (value: unknown): string => inspect(value, { depth: 1, breakLength: Infinity }).slice(0, 200);

/** What a user's own stage throws is no mistake of this program. */
function asStageFailure(error: unknown, stage: Stage<never, unknown> | undefined): unknown {
  const isNamed =
    SlipwayError.is(error) ||
    (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'));
  const isSystem = error instanceof Error && 'code' in error && 'syscall' in error;
  if (isNamed || isSystem || stage === undefined || OWN.has(stage.name)) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : shown(error);
  return new SlipwayError('STAGE_FAILED', `the stage '${stage.name}' failed: ${message}`, {
    cause: error,
    try: ['the stage is code of your own: its stack is in the cause, and printed by --debug'],
  });
}
