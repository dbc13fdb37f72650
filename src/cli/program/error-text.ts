import type { SlipwayError } from '../../core/index.js';
import { createPaint } from '../screen/style.js';
import type { Look } from '../screen/terminal.js';
import { padEnd, safeLine, safeText, widthOf } from '../screen/text.js';

/** Deeper chains repeat themselves. */
const CAUSE_LIMIT = 6;

/** An error for people: what, where, numbers, cause, what survived, what to type next. */
export function errorText(error: SlipwayError, look: Pick<Look, 'color'>, debug: boolean): string {
  const paint = createPaint(look);
  const { where, got, kept, problems = [] } = error.details;
  const interrupted = error.code === 'ABORTED' || error.code === 'TERMINATED';
  const head = interrupted
    ? paint('warn', safeLine(error.message))
    : `${paint('bad', `error[${error.code}]:`)} ${safeLine(error.message)}`;
  const lines = [head, ...problemLines(problems)];
  lines.push(...field('where', where), ...field('got', got));
  if (!interrupted)
    for (const [index, cause] of causes(error).entries()) lines.push(...field(index === 0 ? 'because' : '', cause));
  lines.push(...field('kept', kept));
  for (const [index, hint] of hintsOf(error).entries()) lines.push(...field(index === 0 ? 'try' : '', hint));
  if (debug || error.code === 'INTERNAL') lines.push(...stackLines(error));
  return lines.join('\n');
}

function problemLines(problems: readonly { readonly at: string; readonly text: string }[]): string[] {
  const width = Math.min(40, Math.max(0, ...problems.map(({ at }) => widthOf(safeLine(at)))));
  return problems.map(({ at, text }) => `  ${padEnd(safeLine(at), width)}   ${safeLine(text)}`);
}

function field(name: string, text: string | undefined): string[] {
  if (text === undefined || text === '') return [];
  return safeText(text)
    .split('\n')
    .map((line, index) => `  ${padEnd(index === 0 ? name : '', 7)} ${line}`);
}

function hintsOf(error: SlipwayError): readonly string[] {
  const hints = error.details.try;
  return hints === undefined ? [] : typeof hints === 'string' ? [hints] : hints;
}

/** Messages of the causes, deepest last; those that only repeat what was said are left out. */
export function causes(error: SlipwayError): string[] {
  const seen = [error.message, error.details.got ?? ''];
  const messages: string[] = [];
  let cause: unknown = error.cause;
  for (let depth = 0; depth < CAUSE_LIMIT && cause !== undefined && cause !== null; depth += 1) {
    const message =
      (cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : '').split('\n')[0] ?? '';
    if (message !== '' && !seen.some((text) => text.includes(message))) {
      messages.push(message);
      seen.push(message);
    }
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages;
}

function stackLines(error: SlipwayError): string[] {
  const inner = error.cause instanceof Error ? error.cause.stack : undefined;
  return [...(error.code === 'INTERNAL' && inner !== undefined ? [] : [error.stack ?? '']), inner ?? '']
    .filter((stack) => stack !== '')
    .map((stack) => safeText(stack));
}

/** An error for programs. */
export function errorJson(error: SlipwayError): unknown {
  const { where, got, kept, context, problems, retryable, stages } = error.details;
  return {
    ok: false,
    error: {
      code: error.code,
      message: error.message,
      ...(where === undefined ? {} : { where }),
      ...(got === undefined ? {} : { got }),
      ...(kept === undefined ? {} : { kept }),
      ...(problems === undefined ? {} : { problems }),
      context: context ?? {},
      hint: hintsOf(error),
      causes: causes(error),
      retryable: retryable ?? false,
    },
    // What had moved until then, as in a result.
    ...(stages === undefined ? {} : { stages }),
  };
}
