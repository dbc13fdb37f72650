import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { SlipwayError } from '../../core/index.js';
import type { Session } from '../session/session.js';

/** More than this is no line that a person typed. */
const INPUT_LIMIT = 64 * 1024;

/** Asks one question on a terminal. Elsewhere a question is an error that names the flag which answers it. */
export async function ask(session: Session, question: string, flag: string, hidden = false): Promise<string> {
  const { stdin, stderr } = session.terminal;
  if (session.yes || !hasTerminal(session)) {
    throw new SlipwayError(
      'NEEDS_TERMINAL',
      `${question.replace(/[:?]\s*$/, '')} is not known, and there is no terminal to ask at`,
      {
        try: flag,
      },
    );
  }
  if (hidden) stderr.write(question);
  // What is typed is echoed by readline itself; a sink in its place keeps a password off the screen.
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!hidden) stderr.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input: stdin, output: sink, terminal: true });
  try {
    return (await lines.question(hidden ? '' : question, { signal: session.signal })).trim();
  } finally {
    lines.close();
    if (hidden) stderr.write('\n');
  }
}

function hasTerminal({ terminal: { stdin, stderr } }: Session): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/**
 * Asks a person at a terminal whether it is meant. Not with `--yes`, and not without a terminal: a script means
 * what it says. Throws `ABORTED` for anything but a yes.
 */
export async function confirm(session: Session, question: string): Promise<void> {
  if (session.yes || !hasTerminal(session)) return;
  const answer = await ask(session, `${question} [y/N] `, '--yes');
  if (/^y(es)?$/i.test(answer)) return;
  throw new SlipwayError('ABORTED', 'nothing was done', { try: '--yes   (does not ask)' });
}

/** All of standard input, without its last line break. */
export async function readInput(session: Session): Promise<string> {
  let text = '';
  session.terminal.stdin.setEncoding('utf8');
  for await (const chunk of session.terminal.stdin) {
    text += String(chunk);
    if (text.length > INPUT_LIMIT)
      throw new SlipwayError('USAGE', 'standard input is too long', { got: `limit ${INPUT_LIMIT}` });
  }
  return text.replace(/\r?\n$/, '');
}
