import type { RunContext } from '../../core/index.js';
import type { OpenedTarget } from '../../registry/index.js';
import { openRunScope } from '../../run/index.js';
import { openRunTarget } from '../../stages/index.js';
import { givenSource } from '../arguments/any-source.js';
import type { Session } from '../session/session.js';

/** Opens a repository or layout for a command that looks at it or changes what its tags point at. */
export async function withRepository<T>(
  session: Session,
  name: string,
  reference: string,
  work: (opened: OpenedTarget, context: RunContext) => Promise<T>,
): Promise<T> {
  const config = { name, pipeline: { name, run: async () => undefined }, store: 'none' as const };
  const scope = await openRunScope(config, { env: session.env, signal: session.signal, network: session.network });
  try {
    const { source } = givenSource(reference, session.path);
    return await work(openRunTarget(source, scope.context, name), scope.context);
  } finally {
    await scope.close();
  }
}
