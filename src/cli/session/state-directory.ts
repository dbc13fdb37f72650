import { join } from 'node:path';
import type { Session } from './session.js';

/**
 * Where commands that do one step keep notes that outlive them (uploads under way): with the run records where
 * PIPELINE_HOME names a place for those, else in the user's own directory for state. `undefined` without either.
 */
export function stateDirectory({ env, home }: Session): string | undefined {
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  if (set('PIPELINE_HOME') !== undefined) return home;
  const user = set('HOME') ?? set('USERPROFILE');
  const state = set('XDG_STATE_HOME') ?? set('LOCALAPPDATA') ?? (user && join(user, '.local', 'state'));
  return state && join(state, 'slipway');
}
