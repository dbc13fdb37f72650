import { safeJsonText } from '../../core/index.js';
import { isAgent, isCi, type Look, type OutputStream } from '../screen/terminal.js';
import { safeText } from '../screen/text.js';
import type { Display, ProgressChoice } from './display.js';
import { PlainDisplay } from './plain.js';
import { TtyDisplay } from './tty.js';

/** The display for a choice; `auto` is a live region on a real terminal and plain lines everywhere else. */
export function openDisplay(
  choice: ProgressChoice,
  stream: OutputStream,
  look: Look,
  env: Readonly<Record<string, string | undefined>>,
): Display {
  switch (choice === 'auto' ? automatic(stream, env) : choice) {
    case 'tty':
      return new TtyDisplay(stream, look);
    case 'ndjson':
      return {
        onEvent: (event) => {
          stream.write(`${safeJsonText(JSON.stringify(event))}\n`);
        },
        // Only events: every line of this face is JSON.
        note: () => {},
        close: () => {},
      };
    case 'none':
      return { onEvent: () => {}, note: () => {}, close: () => {} };
    default:
      return new PlainDisplay(stream);
  }
}

function automatic(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): ProgressChoice {
  return stream.isTTY === true && env['TERM'] !== 'dumb' && !isCi(env) && !isAgent(env) ? 'tty' : 'plain';
}

/** Prints a line that belongs to no run. */
export function say(stream: OutputStream, text: string): void {
  stream.write(`${safeText(text)}\n`);
}
