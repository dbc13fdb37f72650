import { optionTable, type OptionsOf } from '../../core/index.js';

/** How an evaluation is carried out; the same for the command and the stage. */
export const EVALUATION_SETTINGS = optionTable({
  /** Text that both models read: a file, or one on the Hub (`hf://datasets/org/name/file.txt`); without it a public-domain text that comes with the package. */
  text: {
    kind: 'path',
    orHub: true,
    value: 'file',
    help: 'text to read, or hf://datasets/org/name/file; some of Moby-Dick unless given',
  },
  /** Tokens of a chunk. */
  context: { kind: 'count', least: 8, most: 1_048_576, help: 'tokens of a chunk; 512 unless given' },
  /** At most so many chunks; the whole text without it. */
  chunks: { kind: 'count', most: 1_000_000, help: 'at most so many chunks' },
  /** Takes chunks evenly over the text instead of its first ones. */
  spread: { kind: 'flag', help: 'chunks from all over the text, not its first ones' },
  /** Chunks decoded side by side: it moves the last digits. As llama-perplexity unless given. */
  sequences: { kind: 'count', most: 4096, help: 'chunks decoded side by side; as llama-perplexity unless given' },
  /** Flash attention: it moves the last digits, too. */
  flashAttention: { kind: 'choice', choice: ['auto', 'off', 'on'], value: 'when', help: 'flash attention' },
  /** The base's log-probabilities stay 32-bit numbers; else they are rounded to 16 bits, as llama-perplexity does. */
  fullPrecision: { kind: 'flag', help: "do not round the base's log-probabilities to 16 bits" },
  /** Let the candidate answer one question, too, through its own chat template; alone when there is nothing else to do. */
  smoke: { kind: 'flag', help: 'let the candidate answer a question, and look at the answer' },
  /** The question; something short about France unless given. */
  smokePrompt: { kind: 'text', value: 'text', most: 65_536, orFile: true, help: 'the question' },
  /** Tokens of the answer at most. */
  smokeTokens: { kind: 'count', most: 4096, help: 'tokens of the answer at most; 64 unless given' },
  /** What the answer has to contain; upper and lower case are the same. */
  smokeContains: {
    kind: 'text',
    list: true,
    flag: 'smoke-contains',
    value: 'text',
    help: 'what the answer has to contain',
  },
  /** The answer has to end by itself. */
  smokeEnds: { kind: 'flag', help: 'the answer has to end before its limit' },
  /** Conditions, `kld.mean<0.02,top.same>94`, or a file of them. */
  gate: { kind: 'text', value: 'rules', help: "what has to hold: 'kld.mean<0.02,top.same>94,smoke', or a file" },
  /** A page (`.html`) or a table for a model card (`.md`) with the numbers of all variants. */
  report: { kind: 'path', value: 'file', help: 'write a page (.html) with a picture, or a table (.md)' },
  /** Importance matrix that weights the weight error. */
  imatrix: { kind: 'path', value: 'file', help: 'importance matrix for the weighted weight error' },
  /** Compare embeddings of passages; what is done anyway with models that are encoders. */
  embeddings: { kind: 'flag', help: 'compare embeddings; always so for encoders' },
  /** Compare weights alone: needs no library. */
  weightsOnly: { kind: 'flag', help: 'compare weights alone; needs no llama.cpp' },
});

/** What `evaluate` can be told. */
export const EVALUATE_OPTIONS = optionTable({
  /** What variants are measured against: a GGUF, repository or artifact; what they were made from unless given. */
  against: {
    kind: 'text',
    value: 'base',
    help: 'a GGUF, repository or artifact; what they were made from unless given',
  },
  ...EVALUATION_SETTINGS,
});

export type EvaluateStageOptions = OptionsOf<typeof EVALUATE_OPTIONS>;
