import type { RunEvent } from '../../core/index.js';

/** A face of the event stream. */
export interface Display {
  onEvent(event: RunEvent): void;
  /** Says something that is no event, without disturbing what is on the screen. */
  note(text: string): void;
  /** Leaves the last state behind and gives the terminal back. May be called twice. */
  close(): void;
  /** The process ends now, with this code: what has to stand at the end is written. */
  abandon?(exitCode: number): void;
}

/** How progress is shown: `--progress`. */
export type ProgressChoice = 'auto' | 'tty' | 'plain' | 'ndjson' | 'none';
