import type { Stage } from '../../core/index.js';
import type { Copied } from '../../registry/index.js';
import { safeLine } from '../screen/text.js';
import { executeStage } from './execute.js';
import { showPlan } from './show-plan.js';
import type { Session } from './session.js';

/** Copies, with progress, and prints the references as the command's result; with `--dry-run` only the plan. */
export async function performCopy(
  session: Session,
  stage: Stage<void, readonly Copied[]>,
  resume: string,
  dryRun: boolean | undefined,
): Promise<void> {
  if (dryRun === true) {
    await showPlan(session, { config: { name: 'copy', pipeline: stage, store: 'none' } }, false);
    return;
  }
  const { output, durationMs, warnings } = await executeStage(session, stage, resume);
  const copied = output as readonly Copied[];
  session.output.result({
    json: { ok: true, copied, durationMs, warnings },
    text: copied.map(({ reference }) => safeLine(reference)).join('\n'),
  });
}
