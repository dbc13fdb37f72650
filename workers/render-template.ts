import { parentPort, workerData } from 'node:worker_threads';
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import type { RenderAnswer, RenderCase, RenderOrder } from './render-messages.js';

// Renders a stranger's chat template. A thread of its own, with little memory, so that one that never ends can be ended.

/** The template refuses a conversation by calling `raise_exception`. */
class Refusal extends Error {}

/** What the parser made; the package's types do not say what that is. */
interface Program {
  readonly body: unknown;
}

function answer(message: RenderAnswer): void {
  parentPort?.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 500) : 'unknown';
}

function parsed(template: string): Program | undefined {
  try {
    // As transformers and llama.cpp set Jinja up: a line with nothing but a block leaves nothing behind.
    const body: unknown = parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
    answer({ kind: 'parsed' });
    return { body };
  } catch (error) {
    // The parser reads on where the text has ended.
    const unended = error instanceof TypeError;
    answer({ kind: 'syntax', message: unended ? 'it ends inside a block or an expression' : messageOf(error) });
    return undefined;
  }
}

/** Noon of Friday, 26 July 2024, as Python's `strftime` writes it. */
const TODAY: Readonly<Record<string, string>> = {
  a: 'Fri',
  A: 'Friday',
  d: '26',
  b: 'Jul',
  B: 'July',
  m: '07',
  y: '24',
  Y: '2024',
  j: '208',
  H: '12',
  I: '12',
  M: '00',
  S: '00',
  p: 'PM',
  '%': '%',
};

/** What every chat template may count on. The date is fixed: nothing depends on when a template is looked at. */
function environment(values: Readonly<Record<string, unknown>>): Environment {
  const env = new Environment();
  const constants = { false: false, False: false, true: true, True: true, none: null, None: null };
  const functions = {
    raise_exception: (message: unknown) => {
      throw new Refusal(String(message));
    },
    range,
    strftime_now: (format: unknown) => String(format).replace(/%([a-zA-Z%])/g, (all, key: string) => TODAY[key] ?? all),
  };
  for (const [name, value] of Object.entries({ ...constants, ...functions, ...values })) env.set(name, value);
  return env;
}

/** Python's `range`, as far as a template may want it. */
function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= 1_000_000)) throw new Error(`a range of ${length} numbers`);
  return Array.from({ length }, (_, index) => start + index * step);
}

function render(program: Program, { name, values }: RenderCase, most: number): void {
  try {
    const result = new Interpreter(environment(values)).run(program.body) as { readonly value: unknown };
    const text = String(result.value);
    answer({ kind: 'rendered', name, text: text.slice(0, most), length: text.length });
  } catch (error) {
    answer({ kind: 'failed', name, message: messageOf(error), raised: error instanceof Refusal });
  }
}

const { template, cases, most } = workerData as RenderOrder;
answer({ kind: 'ready' });
const program = parsed(template);
if (program !== undefined) for (const one of cases) render(program, one, most);
