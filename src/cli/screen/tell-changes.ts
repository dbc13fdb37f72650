import type { ResourceChange } from '../../cluster/index.js';
import type { Session } from '../session/session.js';
import { safeLine } from './text.js';

/** Field by field, what would be another. */
export function tellChanges(session: Session, changes: readonly ResourceChange[]): void {
  for (const { id, change, differences } of changes) {
    session.note(
      `${change === 'created' ? 'new' : change === 'updated' ? 'change' : 'same'}     ${safeLine(id)}`.replace(
        /^(\S+)\s+/,
        (_all, word: string) => word.padEnd(8),
      ),
    );
    for (const { field, before, after } of differences) {
      if (before !== undefined) session.note(`      - ${safeLine(field)}: ${safeLine(before)}`);
      if (after !== undefined) session.note(`      + ${safeLine(field)}: ${safeLine(after)}`);
    }
  }
}
