import { join } from 'node:path';
import type { LoadedConfig } from '../../config/index.js';
import { DiskStore } from '../../files/index.js';
import { freeSpace, openRunScope, planPipeline } from '../../run/index.js';
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
    const room = { disk: await freeSpace(session.home), memory: limits.memory, threads: limits.threads };
    session.output.result({
      json: { ok: true, ...plan, limits, freeDisk: room.disk ?? null },
      text: planText(plan, room, { tensors, paint: session.output.paint }),
      quiet: String(plan.needs.disk),
    });
  } finally {
    await scope.close();
  }
}
