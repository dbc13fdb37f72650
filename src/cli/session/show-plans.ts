import { countText, EXIT_CODES, toSlipwayError, type SlipwayError } from '../../core/index.js';
import type { LoadedConfig } from '../../config/index.js';
import { formatSpace } from '../../run/index.js';
import type { LintMode } from '../../stages/index.js';
import { ToldFailure } from '../program/command-module.js';
import { errorJson, errorText } from '../program/error-text.js';
import { safeLine } from '../screen/text.js';
import { makePlan, showPlan, type ShownPlan } from './show-plan.js';
import type { Session } from './session.js';

type Planned = { readonly name: string } & ({ readonly plan: ShownPlan } | { readonly error: SlipwayError });

/**
 * Plans all pipelines of a configuration and prints one plan. Of several, one that cannot run does not keep the others from
 * being shown. Throws what a plan of one throws; of several with the exit code of the first that failed.
 */
export async function showPlans(
  session: Session,
  loaded: readonly LoadedConfig[],
  tensors: boolean,
  lint?: LintMode,
): Promise<void> {
  const [first] = loaded;
  if (first !== undefined && loaded.length === 1) return showPlan(session, first, tensors, lint);
  const planned: Planned[] = [];
  for (const one of loaded) {
    const { name } = one.config;
    try {
      planned.push({ name, plan: await makePlan(session, one, tensors, lint) });
    } catch (thrown) {
      const error = toSlipwayError(thrown);
      if (session.signal.aborted) throw error;
      planned.push({ name, error });
    }
  }
  printPlans(session, planned);
}

function printPlans(session: Session, planned: readonly Planned[]): void {
  const plans = planned.flatMap((one) => ('plan' in one ? [one.plan] : []));
  const exitCode = planned.flatMap((one) => ('error' in one ? [EXIT_CODES[one.error.code]] : [])).at(0) ?? 0;
  // One after another: the memory of the largest, the disk of all, since what was fetched stays.
  const needs = {
    disk: plans.reduce((sum, { json }) => sum + json.needs.disk, 0),
    memory: Math.max(0, ...plans.map(({ json }) => json.needs.memory)),
  };
  const texts = planned.map((one) =>
    'plan' in one ? one.plan.text : `${safeLine(one.name)}\n${errorText(one.error, { color: false }, session.debug)}`,
  );
  const all = `${countText(planned.length, 'pipeline')}, one after another: ${needs.disk === 0 ? 'no disk' : `disk ${formatSpace(needs.disk)}`}`;
  session.output.result({
    json: {
      ok: exitCode === 0,
      exitCode,
      needs,
      pipelines: planned.map((one) =>
        'plan' in one
          ? { exitCode: 0, ...one.plan.json }
          : { name: one.name, exitCode: EXIT_CODES[one.error.code], ...(errorJson(one.error) as object) },
      ),
    },
    text: [...texts, all].join('\n\n'),
    quiet: String(needs.disk),
  });
  if (exitCode !== 0) throw new ToldFailure(exitCode);
}
