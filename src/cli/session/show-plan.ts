import { join } from 'node:path';
import type { LoadedConfig } from '../../config/index.js';
import { DiskStore } from '../../files/index.js';
import { freeSpace, openRunScope, planPipeline, preflight, roomFor } from '../../run/index.js';
import { retryLine } from '../display/warning-line.js';
import { planText } from './plan-text.js';
import type { LintMode } from '../../stages/index.js';
import type { Session } from './session.js';

/** What is planned: a configuration with the file it came from, or one that a command has made. */
type Plannable = Pick<LoadedConfig, 'config'> & Partial<Pick<LoadedConfig, 'path'>>;

/** Plans a configuration and prints the plan as the command's result. */
export async function showPlan(
  session: Session,
  { config, path }: Plannable,
  tensors: boolean,
  lint?: LintMode,
): Promise<void> {
  const scope = await openRunScope(config, {
    env: session.env,
    signal: session.signal,
    network: session.network,
    planOnly: true,
    ...(lint !== undefined && { lint }),
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
    const room = { disk, places, memory: limits.memory, threads: limits.threads };
    const text = planText(plan, room, { tensors, paint: session.output.paint });
    // A plan is never greener than the run: what would end that ends this.
    await preflight(plan.stages, limits, session.home).catch((error: unknown) => {
      session.note(text);
      throw error;
    });
    session.output.result({
      json: { ok: true, ...plan, limits, freeDisk: room.disk ?? null, places },
      text,
      quiet: String(plan.needs.disk),
    });
  } finally {
    await scope.close();
  }
}
