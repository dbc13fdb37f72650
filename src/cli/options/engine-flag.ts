import { pickOptions } from '../../core/index.js';
import { MIX_OPTIONS, type MixStageOptions } from '../../stages/index.js';
import type { Session } from '../session/session.js';

/** What encodes, of commands that load a configuration. */
export const ENGINE_FLAG = pickOptions(MIX_OPTIONS, ['engine']);

/** A flag wins over the variable, and the variable over a configuration. */
export function withEngine(session: Session, engine: MixStageOptions['engine']): Session {
  return engine === undefined ? session : { ...session, env: { ...session.env, PIPELINE_ENGINE: engine } };
}
