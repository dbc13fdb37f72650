import type { ErrorCode } from '../../core/index.js';
import type { Session } from '../session/session.js';

/** What a check found. */
export interface CheckResult {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What is the case, with numbers. */
  readonly fact: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Does it, with `--fix`; resolves to what was done. Absent where only the user can. */
  readonly mend?: () => Promise<string>;
  /** What `--fix` has done. */
  readonly mended?: string;
  /** Decides the exit code when this is the first check that failed. */
  readonly code?: ErrorCode;
}

/** A check; what it throws is a failure of its own. */
export interface DoctorCheck {
  readonly name: string;
  run(session: Session): Promise<Omit<CheckResult, 'name'>>;
}
