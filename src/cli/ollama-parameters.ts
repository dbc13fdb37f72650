import { didYouMean, SlipwayError } from '../core/index.js';
import type { PackStageOptions } from '../stages/index.js';

type Parameters = NonNullable<NonNullable<PackStageOptions['ollama']>['parameters']>;

const FRACTIONS = ['temperature', 'top_p', 'min_p', 'repeat_penalty'] as const;
const COUNTS = ['top_k', 'num_ctx'] as const;
const LARGEST_COUNT = 4_294_967_295;

/** Reads `temperature=0.7`, `num_ctx=8192`, `stop=<end>` (repeatable). Throws `USAGE`. */
export function ollamaParameters(pairs: readonly string[]): Parameters {
  const numbers: Partial<Record<(typeof FRACTIONS)[number] | (typeof COUNTS)[number], number>> = {};
  const stop: string[] = [];
  for (const pair of pairs) {
    const split = pair.indexOf('=');
    const [name, value] = [pair.slice(0, Math.max(0, split)), pair.slice(split + 1)];
    const fraction = FRACTIONS.find((known) => known === name);
    const count = COUNTS.find((known) => known === name);
    if (name === 'stop' && value !== '') stop.push(value);
    else if (fraction !== undefined) numbers[fraction] = fractionOf(pair, value);
    else if (count !== undefined) numbers[count] = countOf(pair, value);
    else throw unknown(pair, name);
  }
  return { ...numbers, ...(stop.length > 0 && { stop }) };
}

function fractionOf(pair: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) return number;
  throw new SlipwayError('USAGE', `--ollama-parameters '${pair}' needs a number`, { try: 'temperature=0.7' });
}

function countOf(pair: string, value: string): number {
  const number = Number(value);
  if (/^\d{1,10}$/.test(value) && number <= LARGEST_COUNT) return number;
  throw new SlipwayError('USAGE', `--ollama-parameters '${pair}' needs a whole number`, { try: 'num_ctx=8192' });
}

function unknown(pair: string, name: string): SlipwayError {
  const known = [...FRACTIONS, ...COUNTS, 'stop'];
  return new SlipwayError(
    'USAGE',
    `--ollama-parameters '${pair.slice(0, 60)}' is no parameter that is written${didYouMean(name, known)}`,
    { got: `known: ${known.join(', ')}`, try: '--ollama-parameters temperature=0.7' },
  );
}
