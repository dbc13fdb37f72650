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
  /** Adds arguments, options, examples and the action. `whole` is the program with every command loaded. */
  define(command: Command, start: Start, whole: () => Promise<Command>): void;
}

/** A command before its file is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}
