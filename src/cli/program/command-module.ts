import type { Command } from 'commander';
import type { Session } from '../session/session.js';

/** A failure that the command's result has already told: only its exit code is left to say. */
export class ToldFailure extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Opens a session for a command's work and closes it again. */
export type Start = (work: (session: Session) => Promise<void>) => Promise<void>;

/** What a file in `commands/` exports. */
export interface CommandModule {
  /** Adds arguments, options, examples and the action. */
  define(command: Command, start: Start): void;
}
