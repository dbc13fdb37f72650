import { createHash } from 'node:crypto';
import { SlipwayError, throwIfAborted, type Digest } from '../../core/index.js';
import { requireDecoder } from '../chunks.js';
import type { Engine } from '../engine/engine.js';
import type { LlamaModel } from '../engine/model.js';
import type { SmokeResult } from '../evaluation.js';
import type { Metric } from '../metrics.js';
import { chatPrompt } from './chat-prompt.js';

/** What a model is asked, and what its answer has to be. */
export interface SmokeSettings {
  /** Put through the model's own chat template when it has one. */
  readonly prompt?: string | undefined;
  /** Tokens of the answer at most. */
  readonly tokens?: number | undefined;
  /** Texts that the answer has to contain; case does not matter. */
  readonly contains?: readonly string[] | undefined;
  /** The answer has to end by itself, not at the limit. */
  readonly ends?: boolean | undefined;
}

export interface SmokeInput extends SmokeSettings {
  /** Path of the GGUF. */
  readonly candidate: string;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const SMOKE_PROMPT = 'What is the capital of France? Answer in one short sentence.';
export const SMOKE_TOKENS = 64;
/** Tokens of prompt and answer. */
const CONTEXT_LIMIT = 8192;
/** The same token so often at the end is no text. */
const STUCK = 16;

interface Answer {
  readonly tokens: readonly number[];
  readonly ended: boolean;
}

type Check = SmokeResult['checks'][number];

/**
 * Lets a model answer one question, the likeliest token each time (temperature 0), twice, and looks at the answer:
 * whether it is text, comes out the same again, contains what it should, and ends. Throws what the engine throws, and
 * `EVALUATION_FAILED` for a model that predicts no text or a template that cannot be used.
 */
export async function smokeTest(engine: Engine, input: SmokeInput): Promise<SmokeResult> {
  const { prompt = SMOKE_PROMPT, tokens: most = SMOKE_TOKENS, signal, threads } = input;
  const small = await engine.load(input.candidate, { contextSize: 8, threads }, signal);
  let tokens: Int32Array;
  try {
    requireDecoder({ ...small.facts, addsEos: false }, small.name);
    const text = await chatPrompt(small.facts, prompt, signal);
    tokens = await small.tokenize(text, true, true, signal);
  } finally {
    if (engine.alive) await small.free();
  }
  const contextSize = tokens.length + most;
  if (tokens.length === 0 || contextSize > CONTEXT_LIMIT) throw badPrompt(tokens.length, most);
  const batch = Math.max(2048, contextSize);
  const model = await engine.load(input.candidate, { contextSize, batch, threads, sequences: 1 }, signal);
  try {
    const first = await generate(model, tokens, most, signal);
    const second = await generate(model, tokens, most, signal);
    return await resultOf(model, { ...input, prompt }, first, second);
  } finally {
    if (engine.alive) await model.free();
  }
}

/** What a gate can name: 1 for what held, 0 for what did not. */
export function smokeMetrics({ passed, checks }: SmokeResult): readonly Metric[] {
  return [
    { name: 'smoke.passed', value: passed ? 1 : 0 },
    ...checks.map((check) => ({ name: `smoke.${check.name}`, value: check.passed ? 1 : 0 })),
  ];
}

async function generate(
  model: LlamaModel,
  prompt: Int32Array,
  most: number,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const tokens: number[] = [];
  let next = await model.next(prompt, true, signal);
  for (;;) {
    throwIfAborted(signal);
    if (await model.isEnd(next, signal)) return { tokens, ended: true };
    tokens.push(next);
    if (tokens.length >= most) return { tokens, ended: false };
    next = await model.next(Int32Array.of(next), false, signal);
  }
}

async function resultOf(
  model: LlamaModel,
  { prompt, contains = [], ends, signal }: SmokeInput & { readonly prompt: string },
  first: Answer,
  second: Answer,
): Promise<SmokeResult> {
  const pieces: Uint8Array[] = [];
  for (const token of first.tokens) pieces.push(await model.piece(token, signal));
  const bytes = Buffer.concat(pieces);
  const output = bytes.toString('utf8');
  const missing = contains.filter((text) => !output.toLowerCase().includes(text.toLowerCase()));
  const same = first.tokens.length === second.tokens.length && first.tokens.every((it, at) => it === second.tokens[at]);
  const textProblem = problemOf(bytes, first);
  const checks: Check[] = [
    check('text', textProblem === undefined, textProblem),
    check('repeats', same, same ? undefined : 'the second answer is another'),
    ...(contains.length === 0
      ? []
      : [
          check(
            'contains',
            missing.length === 0,
            missing.length === 0 ? undefined : `not there: ${missing.join(', ')}`,
          ),
        ]),
    check('ends', first.ended, first.ended ? undefined : `no end within ${first.tokens.length} tokens`),
  ];
  return {
    // Many a good model goes on: whether an answer ends counts when it is asked for.
    passed: checks.every(({ name, passed }) => passed || (name === 'ends' && ends !== true)),
    prompt,
    output,
    tokens: first.tokens.length,
    promptDigest: digest(Buffer.from(prompt)),
    outputDigest: digest(bytes),
    checks,
  };
}

function check(name: string, passed: boolean, got: string | undefined): Check {
  return { name, passed, got };
}

/** Why an answer is no text, if it is none. A character that the limit has cut does not count. */
function problemOf(bytes: Uint8Array, { tokens, ended }: Answer): string | undefined {
  const text = new TextDecoder().decode(bytes, { stream: !ended });
  if (text.trim() === '') return tokens.length === 0 ? 'no token at all' : 'only white space';
  if (text.includes('�')) return 'bytes that are no UTF-8';
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text)) return 'control characters';
  const tail = tokens.slice(-STUCK);
  if (tail.length === STUCK && tail.every((token) => token === tail[0])) return 'the same token over and over';
  return undefined;
}

function digest(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function badPrompt(prompt: number, tokens: number): SlipwayError {
  return new SlipwayError('EVALUATION_FAILED', 'the question does not fit', {
    got: `${prompt} tokens and an answer of ${tokens}, at most ${CONTEXT_LIMIT}`,
    try: 'a shorter --smoke-prompt, fewer --smoke-tokens',
  });
}
