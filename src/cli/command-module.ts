import type { Command } from 'commander';
import type { Session } from './session.js';

/** Opens a session for a command's work and closes it again. */
export type Start = (work: (session: Session) => Promise<void>) => Promise<void>;

/** What a file in `commands/` exports. */
export interface CommandModule {
  /** Adds arguments, options, examples and the action. */
  define(command: Command, start: Start): void;
}
