import type { RunContext } from './context.js';
import { throwIfAborted } from './error.js';
import type { StageReport } from './events.js';
import { toStage, type Planned, type Stage, type StageLike } from './stage.js';

/** A pipeline is a stage that knows its parts. */
export interface Pipeline<in I, out O> extends Stage<I, O> {
  readonly stages: readonly Stage<never, unknown>[];
}

/**
 * Composes stages into one, each fed with what the one before it returned. A wrong order is a compile error at the
 * offending argument. The result is itself a stage, so pipelines nest, and any prefix is usable alone.
 */
export function pipeline<A, B>(a: StageLike<A, B>): Pipeline<A, B>;
export function pipeline<A, B, C>(a: StageLike<A, B>, b: StageLike<NoInfer<B>, C>): Pipeline<A, C>;
export function pipeline<A, B, C, D>(
  a: StageLike<A, B>,
  b: StageLike<NoInfer<B>, C>,
  c: StageLike<NoInfer<C>, D>,
): Pipeline<A, D>;
export function pipeline<A, B, C, D, E>(
  a: StageLike<A, B>,
  b: StageLike<NoInfer<B>, C>,
  c: StageLike<NoInfer<C>, D>,
  d: StageLike<NoInfer<D>, E>,
): Pipeline<A, E>;
export function pipeline<A, B, C, D, E, F>(
  a: StageLike<A, B>,
  b: StageLike<NoInfer<B>, C>,
  c: StageLike<NoInfer<C>, D>,
  d: StageLike<NoInfer<D>, E>,
  e: StageLike<NoInfer<E>, F>,
): Pipeline<A, F>;
export function pipeline<A, B, C, D, E, F, G>(
  a: StageLike<A, B>,
  b: StageLike<NoInfer<B>, C>,
  c: StageLike<NoInfer<C>, D>,
  d: StageLike<NoInfer<D>, E>,
  e: StageLike<NoInfer<E>, F>,
  f: StageLike<NoInfer<F>, G>,
): Pipeline<A, G>;
export function pipeline(...parts: readonly StageLike<never, unknown>[]): Pipeline<never, unknown> {
  const stages = parts.map((part) => toStage(part));
  return {
    name: stages.map((stage) => stage.name).join(' → '),
    stages,
    plan: async (input: unknown, context) => planStages(stages, input, context),
    run: async (input: unknown, context) => runStages(stages, input, context),
  };
}

async function runStages(
  stages: readonly Stage<never, unknown>[],
  input: unknown,
  context: RunContext,
): Promise<unknown> {
  let value = input;
  for (const stage of stages) {
    throwIfAborted(context.signal);
    value = await stage.run(value as never, context);
  }
  return value;
}

async function planStages(
  stages: readonly Stage<never, unknown>[],
  input: unknown,
  context: RunContext,
): Promise<Planned<unknown>> {
  const reports: StageReport[] = [];
  let value = input;
  for (const [index, stage] of stages.entries()) {
    throwIfAborted(context.signal);
    const planned = await stage.plan?.(value as never, context);
    if (planned === undefined) {
      reports.push({ stage: stage.name, summary: 'cannot be planned (it has no plan)' });
    } else {
      reports.push(...planned.reports);
    }
    if (planned === undefined || !('output' in planned)) {
      reports.push(...stages.slice(index + 1).map(notPlanned));
      return { reports };
    }
    value = planned.output;
  }
  return { reports, output: value };
}

function notPlanned(stage: Stage<never, unknown>): StageReport {
  return { stage: stage.name, summary: 'follows what the stage before it returns' };
}
