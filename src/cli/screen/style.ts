import type { Look } from './terminal.js';

/** Colours by what they mean. */
export type Tone = 'good' | 'bad' | 'warn' | 'dim' | 'strong' | 'accent';

const CODES: Readonly<Record<Tone, readonly [number, number]>> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  dim: [2, 22],
  strong: [1, 22],
  accent: [36, 39],
};

/** Paints text, or leaves it. */
export type Paint = (tone: Tone, text: string) => string;

export function createPaint(look: Pick<Look, 'color'>): Paint {
  if (!look.color) return (_tone, text) => text;
  return (tone, text) => {
    const [open, close] = CODES[tone];
    return text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`;
  };
}

/** Marks that say the same in both alphabets. */
export interface Marks {
  readonly done: string;
  readonly failed: string;
  readonly warning: string;
  readonly spinner: readonly string[];
  readonly full: string;
  readonly half: string;
  readonly empty: string;
  readonly waiting: string;
  readonly times: string;
}

const UNICODE: Marks = {
  done: '✔',
  failed: '✖',
  warning: '!',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  full: '━',
  half: '╸',
  empty: ' ',
  waiting: '↳',
  times: '×',
};

const ASCII: Marks = {
  done: '+',
  failed: 'x',
  warning: '!',
  spinner: ['|', '/', '-', '\\'],
  full: '#',
  half: '#',
  empty: '.',
  waiting: '>',
  times: 'x',
};

export function marksOf(look: Pick<Look, 'unicode'>): Marks {
  return look.unicode ? UNICODE : ASCII;
}
