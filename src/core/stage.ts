import type { RunContext } from './context.js';
import type { StageReport } from './events.js';

/** What planning a stage yields. */
export interface Planned<O> {
  readonly reports: readonly StageReport[];
  /**
   * The stage's output when it can be known without effects (lazily readable files); the next stage is planned with it.
   * A stage that writes somewhere leaves the key out, and planning ends there.
   */
  readonly output?: O;
}

/**
 * A function from lazily readable files to lazily readable files.
 * `run` should read nothing that its output does not need yet; the last stage pulls.
 */
export interface Stage<in I, out O> {
  readonly name: string;
  /** Address of the registry or layout that it writes to: known before anything runs. */
  readonly target?: string;
  /** Address of what it reads, where it is known before anything runs. */
  readonly source?: string;
  /** Says what `run` would do, without writing anything and before any weight is read. */
  plan?(input: I, context: RunContext): Promise<Planned<O>>;
  run(input: I, context: RunContext): Promise<O>;
}

/** What a stage list may hold: a Stage, or a plain function used as one. */
export type StageLike<I, O> = Stage<I, O> | ((input: I, context: RunContext) => O | Promise<O>);

/** Makes a Stage of a function; its name is the function's. */
export function toStage<I, O>(stage: StageLike<I, O>): Stage<I, O> {
  if (typeof stage !== 'function') return stage;
  const run = stage;
  return {
    name: run.name === '' ? 'function' : run.name,
    run: async (input, context) => run(input, context),
  };
}
