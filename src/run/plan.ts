import { throwIfAborted, type RunContext, type StageReport } from '../core/index.js';
import type { Config } from '../config/index.js';
import { needsOf, type Needs } from './preflight.js';

/** What a run would do. */
export interface RunPlan {
  readonly name: string;
  readonly stages: readonly StageReport[];
  readonly warnings: readonly string[];
  readonly needs: Needs;
}

/** Asks every stage what it would do. Nothing is written, and no weight is read. */
export async function planPipeline(config: Config, context: RunContext): Promise<RunPlan> {
  throwIfAborted(context.signal);
  const planned = await config.pipeline.plan?.(undefined, context);
  const stages = planned?.reports ?? [{ stage: config.pipeline.name, summary: 'cannot be planned (it has no plan)' }];
  return {
    name: config.name,
    stages,
    warnings: [...new Set(stages.flatMap((stage) => stage.warnings ?? []))],
    needs: needsOf(stages),
  };
}
