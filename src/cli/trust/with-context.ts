import type { RunContext } from '../../core/index.js';
import { openRunScope } from '../../run/index.js';
import type { Session } from '../session/session.js';

/** Work with the session's network and credentials that leaves no record. */
export async function withContext<T>(
  session: Session,
  name: string,
  work: (context: RunContext) => Promise<T>,
): Promise<T> {
  const scope = await openRunScope(
    { name, pipeline: { name, run: async () => undefined }, store: 'none' },
    {
      env: session.env,
      signal: session.signal,
      network: session.network,
      emit: (event) => {
        if (event.type === 'warning') session.note(`warning: ${event.message}`);
      },
    },
  );
  try {
    return await work(scope.context);
  } finally {
    await scope.close();
  }
}
