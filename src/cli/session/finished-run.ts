import type { SlipwayError } from '../../core/index.js';
import type { RunSummary } from '../../run/index.js';
import type { WrittenFile } from './run-result.js';

/** A run of a command that is over, for what is told of it afterwards. */
export interface FinishedRun {
  readonly summary: RunSummary;
  readonly files: readonly WrittenFile[];
  readonly error: SlipwayError | undefined;
}
