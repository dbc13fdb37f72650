import { isAgent, isCi, type Look, type OutputStream } from '../screen/terminal.js';
import { safeText } from '../screen/text.js';
import type { CiKind } from '../ci/ci-kind.js';
import { GroupedDisplay } from '../ci/grouped-display.js';
import type { Display, ProgressChoice } from './display.js';
import { NdjsonDisplay } from './ndjson.js';
import { PlainDisplay } from './plain.js';
import { TtyDisplay } from './tty.js';

/** What a display depends on besides the choice. */
export interface DisplayOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ci?: CiKind;
  /** Least time between two lines of progress, ms. */
  readonly intervalMs?: number | undefined;
}

/** The display for a choice; `auto` is a live region on a real terminal and plain lines everywhere else. */
export function openDisplay(
  choice: ProgressChoice,
  stream: OutputStream,
  look: Look,
  { env, ci, intervalMs }: DisplayOptions,
): Display {
  const pace = intervalMs === undefined ? {} : { intervalMs };
  switch (choice === 'auto' ? automatic(stream, env) : choice) {
    case 'tty':
      return new TtyDisplay(stream, look);
    case 'ndjson':
      return new NdjsonDisplay(stream, intervalMs);
    case 'none':
      return { onEvent: () => {}, note: () => {}, close: () => {} };
    default:
      return ci === undefined ? new PlainDisplay(stream, pace) : new GroupedDisplay(stream, ci, pace);
  }
}

function automatic(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): ProgressChoice {
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !isCi(env) && !isAgent(env) ? 'tty' : 'plain';
}

/** Prints a line that belongs to no run. */
export function say(stream: OutputStream, text: string): void {
  stream.write(`${safeText(text)}\n`);
}
