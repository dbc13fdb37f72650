import { redactSent, safeJsonText, SlipwayError } from '../../core/index.js';
import type { Paint } from './style.js';
import type { OutputStream } from './terminal.js';
import { safePainted } from './text.js';

/** A result in its three forms. */
export interface Result {
  /** For `--json`: one document. */
  readonly json: unknown;
  /** For people, without a last newline; nothing is printed when it is empty. */
  readonly text: string;
  /** For `--quiet`: the one value a script wants. The text unless given. */
  readonly quiet?: string;
}

/** What goes to stdout: the result, in one form. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Colours for text on stdout. */
  readonly paint: Paint;
  /** Prints the command's result. A command has one. */
  result(result: Result): void;
}

export function createOutput(
  stream: OutputStream,
  options: { readonly json: boolean; readonly quiet: boolean; readonly paint: Paint },
): Output {
  let printed = false;
  return {
    ...options,
    result: ({ json, text, quiet }) => {
      if (printed) throw new SlipwayError('INTERNAL', 'a command printed two results');
      printed = true;
      const shown = options.quiet ? (quiet ?? text) : text;
      const content = options.json ? toJson(json) : safePainted(shown, options.paint('strong', 'x') !== 'x');
      if (content !== '') stream.write(`${redactSent(content)}\n`);
    },
  };
}

/** JSON with integers beyond 2^53 as text, bytes as base64 and maps as objects. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (_key, inner: unknown) => {
      if (typeof inner === 'bigint') return inner.toString();
      if (inner instanceof Map) return Object.fromEntries(inner as Map<string, unknown>);
      if (inner instanceof Uint8Array) return Buffer.from(inner).toString('base64');
      return inner;
    },
    2,
  );
  return safeJsonText(text);
}
