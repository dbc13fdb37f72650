import { join } from 'node:path';
import type { LoadedConfig } from '../../config/index.js';
import { DiskStore } from '../../files/index.js';
import {
  expectedTime,
  freeSpace,
  openRunScope,
  planPipeline,
  preflight,
  roomFor,
  type RunPlan,
} from '../../run/index.js';
import { retryLine } from '../display/warning-line.js';
import { planText } from './plan-text.js';
import type { Session } from './session.js';

/** What is planned: a configuration with the file it came from, or one that a command has made. */
type Plannable = Pick<LoadedConfig, 'config'> & Partial<Pick<LoadedConfig, 'path'>>;

/** Plans a configuration and prints the plan as the command's result. */
export async function showPlan(session: Session, { config, path }: Plannable, tensors: boolean): Promise<void> {
  const scope = await openRunScope(config, {
    env: session.env,
    signal: session.signal,
    network: session.network,
    planOnly: true,
    store: new DiskStore(join(session.home, 'store')),
    ...(path !== undefined && { configPath: path }),
    emit: (event) => {
      if (event.type === 'warning') session.note(`warning[${event.code}]: ${event.message}`);
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
    // A plan is never greener than the run: what would end that ends this.
    await preflight(plan.stages, limits, session.home).catch((error: unknown) => {
      session.note(text);
      throw error;
    });
    session.output.result({
      json: { ok: true, ...plan, limits, freeDisk: room.disk ?? null, places, time: time ?? null },
      text,
      quiet: String(plan.needs.disk),
    });
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
