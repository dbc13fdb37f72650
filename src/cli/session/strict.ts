import { SlipwayError, type RunEvent } from '../../core/index.js';
import type { Session } from './session.js';

/** `--strict`: the first warning of a plan or a run ends the command's work. */
export function refuseWarnings(session: Session, event: RunEvent): void {
  if (session.signal.aborted) return;
  if (event.type === 'warning') session.interrupt(warningRefused(`${event.code}: ${event.message}`, event.hint));
  const [first] = event.type === 'plan' ? event.warnings : [];
  if (first !== undefined) session.interrupt(warningRefused(first));
}

/** The error that a warning becomes. */
export function warningRefused(warning: string, hint?: string): SlipwayError {
  return new SlipwayError('WARNING_REFUSED', `a warning, and --strict refuses warnings: ${warning}`, {
    try: [...(hint === undefined ? [] : [hint]), 'leave out --strict'],
  });
}
