import { finding, type LintFinding } from './lint-rules.js';

/** Rope scaling as a configuration or a GGUF states it. */
export interface RopeFacts {
  readonly where: string;
  readonly at: string;
  readonly type: string | undefined;
  readonly factor: number | undefined;
  /** Context length before scaling. */
  readonly original: number | undefined;
  readonly context: number | undefined;
  /** Lengths of the two lists of longrope. */
  readonly factors?: readonly (number | undefined)[];
  /** Dimensions of a head that are rotated. */
  readonly rotated?: number | undefined;
}

/** Kinds that transformers and llama.cpp know, and those that need a factor. */
const KNOWN = new Set([
  'default',
  'none',
  'linear',
  'dynamic',
  'yarn',
  'longrope',
  'su',
  'llama3',
  'mrope',
  'proportional',
  'deepseek_yarn',
  'ntk',
]);
const WITH_FACTOR = new Set(['linear', 'dynamic', 'yarn', 'llama3', 'deepseek_yarn']);
/** Contexts are rounded by their authors. */
const ROUNDING = 1.01;

/** Whether rope scaling is complete, and fits the context length. */
export function lintRope(facts: RopeFacts): LintFinding[] {
  const { where, at, type, factor, original, context } = facts;
  const broken = (message: string): LintFinding => finding('rope-scaling', where, message, { at, level: 'error' });
  if (type === undefined) return [finding('rope-scaling', where, 'it names no type', { at })];
  if (!KNOWN.has(type))
    return [
      finding('rope-scaling', where, `'${type.slice(0, 50)}' is no type that transformers or llama.cpp know`, { at }),
    ];
  if (WITH_FACTOR.has(type) && factor === undefined) return [broken(`'${type}' has no factor`)];
  if (factor !== undefined && !(factor >= 1 && Number.isFinite(factor))) return [broken(`the factor is ${factor}`)];
  return [...contextProblems({ where, at, factor, original, context }), ...listProblems(facts)];
}

function contextProblems({ where, at, factor, original, context }: Omit<RopeFacts, 'type'>): LintFinding[] {
  if (original === undefined) return [];
  if (!(original > 0))
    return [finding('rope-scaling', where, `the original context length is ${original}`, { at, level: 'error' })];
  if (context === undefined || factor === undefined || context <= original * factor * ROUNDING) return [];
  const message = `a context of ${context} is more than ${factor} times the original ${original}`;
  return [finding('rope-scaling', where, message, { at })];
}

function listProblems({ where, at, type, factors = [], rotated }: RopeFacts): LintFinding[] {
  if (type !== 'longrope' && type !== 'su') return [];
  return factors.flatMap((length, index) => {
    const name = index === 0 ? 'short_factor' : 'long_factor';
    if (length === undefined)
      return [finding('rope-scaling', where, `'${type}' has no ${name}`, { at, level: 'error' })];
    if (rotated === undefined || length * 2 === rotated) return [];
    return [
      finding('rope-scaling', where, `${name} has ${length} values, ${rotated / 2} are needed`, { at, level: 'error' }),
    ];
  });
}
