import { optionTable, type Stage } from '../../core/index.js';
import { executeStage } from './execute.js';
import { runResult } from './run-result.js';
import type { Session } from './session.js';
import { showPlan } from './show-plan.js';

/** `--dry-run` of a command that does one step. */
export const DRY_RUN = optionTable({
  dryRun: { kind: 'flag', help: 'say what would be done, and do nothing' },
});

/** Does a command's step and prints its result; with `--dry-run` only its plan, tensor by tensor. */
export async function performStage(
  session: Session,
  stage: Stage<void, unknown>,
  resume: string,
  dryRun: boolean | undefined,
): Promise<void> {
  if (dryRun === true) {
    await showPlan(session, { config: { name: stage.name, pipeline: stage, store: 'none' } }, true);
  } else {
    session.output.result(runResult(await executeStage(session, stage, resume), session.directory));
  }
}
