import { join } from 'node:path';
import type { Limits } from '../../core/index.js';
import type { LoadedConfig } from '../../config/index.js';
import { DiskStore } from '../../files/index.js';
import {
  expectedTime,
  freeSpace,
  openRunScope,
  planPipeline,
  preflight,
  roomFor,
  type DiskRoom,
  type ExpectedTime,
  type RunPlan,
} from '../../run/index.js';
import { retryLine } from '../display/warning-line.js';
import { planText } from './plan-text.js';
import type { LintMode } from '../../stages/index.js';
import type { Session } from './session.js';
import { warningRefused } from './strict.js';

/** What is planned: a configuration with the file it came from, or one that a command has made. */
type Plannable = Pick<LoadedConfig, 'config'> & Partial<Pick<LoadedConfig, 'path'>>;

/** A plan as it is printed. */
export interface ShownPlan {
  readonly text: string;
  readonly json: RunPlan & {
    readonly ok: true;
    readonly limits: Limits;
    readonly freeDisk: number | null;
    readonly time: ExpectedTime | null;
    readonly places: readonly DiskRoom[];
  };
}

/** Plans a configuration and prints the plan as the command's result. */
export async function showPlan(
  session: Session,
  plannable: Plannable,
  tensors: boolean,
  lint?: LintMode,
): Promise<void> {
  const { json, text } = await makePlan(session, plannable, tensors, lint);
  session.output.result({ json, text, quiet: String(json.needs.disk) });
}

/** Plans a configuration. A plan is never greener than the run: what would end that ends this. */
export async function makePlan(
  session: Session,
  { config, path }: Plannable,
  tensors: boolean,
  lint?: LintMode,
): Promise<ShownPlan> {
  const warned: string[] = [];
  const scope = await openRunScope(config, {
    env: session.env,
    signal: session.signal,
    network: session.network,
    planOnly: true,
    lint,
    store: new DiskStore(join(session.home, 'store')),
    configPath: path,
    emit: (event) => {
      if (event.type === 'warning') {
        warned.push(`${event.code}: ${event.message}`);
        session.note(`warning[${event.code}]: ${event.message}`);
      }
      if (event.type === 'retry') session.note(retryLine(event));
    },
  });
  try {
    const plan = await planPipeline(config, scope.context);
    const { limits } = scope.context;
    const places = await roomFor(plan.stages, session.home);
    const disk = places.length === 0 ? await freeSpace(session.home) : places[0]?.free;
    const time = await expectedTime(session.home, { name: plan.name, bytes: movedBy(plan) });
    const room = { disk, places, memory: limits.memory, threads: limits.threads, time };
    const text = planText(plan, room, { tensors, paint: session.output.paint });
    const [warning] = [...plan.warnings, ...warned];
    try {
      await preflight(plan.stages, limits, session.home);
      if (session.strict && warning !== undefined) throw warningRefused(warning);
    } catch (error) {
      session.note(text);
      throw error;
    }
    return { text, json: { ok: true, ...plan, limits, freeDisk: disk ?? null, places, time: time ?? null } };
  } finally {
    await scope.close();
  }
}

/** Bytes that a run of this plan moves, as a run counts them: nothing where nothing has to be done. */
function movedBy({ stages }: RunPlan): number {
  const push = stages.findLast(({ stage }) => stage === 'push');
  if (push?.bytesOut === 0) return 0;
  return stages.reduce(
    (sum, { bytesIn = 0, stage, bytesOut = 0 }) => sum + bytesIn + (stage === 'push' ? bytesOut : 0),
    0,
  );
}
