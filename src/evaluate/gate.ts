import { SlipwayError } from '../core/index.js';
import { parseYaml } from '../files/yaml.js';
import type { Metric } from './metrics.js';
import type { TensorError } from './weight-error.js';

export type GateOperator = '<' | '<=' | '>' | '>=';

/** One condition: `kld.mean<0.02`. */
export interface GateRule {
  readonly metric: string;
  readonly operator: GateOperator;
  readonly threshold: number;
  /** Standard errors that are added against the candidate before comparing. */
  readonly sigmas: number;
}

/** A condition and what became of it. */
export interface GateCheck extends GateRule {
  /** `null` when it was not measured, or is no number. */
  readonly value: number | null;
  readonly passed: boolean;
  /** Why it failed, when that is not for its value. */
  readonly reason?: string;
}

/** More conditions are a mistake. */
const RULE_LIMIT = 100;
const RULE =
  /^([A-Za-z][\w.]*)\s*(?:\+\s*(\d+(?:\.\d+)?)\s*(?:s|σ|sigma))?\s*(<=|>=|≤|≥|<|>)\s*([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(%?)$/i;
const SPELLINGS: Readonly<Record<string, GateOperator>> = {
  '<': '<',
  '<=': '<=',
  '≤': '<=',
  '>': '>',
  '>=': '>=',
  '≥': '>=',
};
/** Numbers that are counted in per cent: `94`, or `94%`, never `0.94`. */
const IN_PERCENT =
  /^(?:top\.same|deltaP\..*|ppl\.correlation|weight\.(?:relative|weighted)|embedding\.(?:retrieval|neighbours))$/;
/** A ratio near 1 means little without its error: one of it is always added. */
const CAUTIOUS: Readonly<Record<string, number>> = { 'ppl.lnRatio': 1 };

/**
 * Reads conditions: `kld.mean<0.02,top.same>94`. `NAME+2s<X` adds two standard errors to the value first (takes them
 * off for `>`); `ppl.lnRatio` always gets one. Throws `CONFIG_INVALID`.
 */
export function parseGate(text: string): readonly GateRule[] {
  const parts = text
    .split('\n')
    .flatMap((line) => line.replace(/#.*$/, '').split(/[,;]/))
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return checked(parts.map(parseRule), text);
}

/**
 * Reads a gate file, JSON or YAML: a list of conditions, a mapping of names to conditions (`kld.mean: '<0.02'`), either
 * under `gate:` if one likes, or plain lines. Throws `CONFIG_INVALID`.
 */
export function parseGateFile(text: string, path: string): readonly GateRule[] {
  let value: unknown;
  try {
    value = parseYaml(text, { code: 'CONFIG_INVALID', what: `'${path}'`, where: path });
  } catch (error) {
    if (SlipwayError.is(error) && error.code !== 'CONFIG_INVALID') throw error;
    value = text;
  }
  if (isMapping(value) && 'gate' in value) {
    const { gate, ...others } = value;
    if (Object.keys(others).length > 0) throw invalid(path, `'${Object.keys(others)[0]}' beside 'gate'`);
    value = gate;
  } else if (typeof value === 'string') {
    // Lines: YAML has joined them.
    value = text;
  }
  if (typeof value === 'string') return parseGate(value);
  if (Array.isArray(value))
    return checked(
      value.map((item) => parseItem(item, path)),
      path,
    );
  if (isMapping(value)) {
    const rules = Object.entries(value).flatMap(([metric, conditions]) =>
      [conditions].flat().map((condition) => parseEntry(metric, condition, path)),
    );
    return checked(rules, path);
  }
  throw invalid(path, 'neither a list nor a mapping');
}

/** Compares measured numbers with conditions. What was not measured, or is no number, fails. */
export function checkGate(rules: readonly GateRule[], metrics: readonly Metric[]): readonly GateCheck[] {
  return rules.map((rule) => {
    const found = metrics.find(({ name }) => name === rule.metric);
    if (found === undefined) return { ...rule, value: null, passed: false, reason: 'it was not measured' };
    const against = rule.operator.startsWith('<') ? 1 : -1;
    const value = found.value + (rule.sigmas === 0 ? 0 : against * rule.sigmas * (found.uncertainty ?? Number.NaN));
    if (!Number.isFinite(value)) return { ...rule, value: null, passed: false, reason: 'it is not a number' };
    return { ...rule, value, passed: holds(value, rule) };
  });
}

/** A condition in one line, as it would be typed. */
export function ruleText({ metric, operator, threshold, sigmas }: GateRule): string {
  return `${metric}${sigmas === 0 ? '' : `+${sigmas}s`}${operator}${threshold}`;
}

/** The error for conditions that do not hold: which, the worst tensors, and what would help. */
export function gateError(
  name: string,
  checks: readonly GateCheck[],
  worst: readonly TensorError[],
  imatrixUsed: boolean,
): SlipwayError {
  const failed = checks.filter(({ passed }) => !passed);
  return new SlipwayError('GATE_FAILED', `'${name}' does not pass its gate`, {
    where: name,
    got: [
      ...failed.map((check) => `${ruleText(check)}: ${check.value === null ? check.reason : format(check.value)}`),
      ...worst.map(
        ({ name: tensor, type, relative }) => `${tensor} ${type}: weight error ${(100 * relative).toFixed(2)} %`,
      ),
    ].join('\n'),
    try: advice(worst, imatrixUsed),
    context: { failed: failed.map(({ metric }) => metric), worst: worst.map(({ name: tensor }) => tensor) },
  });
}

function advice(worst: readonly TensorError[], imatrixUsed: boolean): readonly string[] {
  const [first] = worst;
  return [
    ...(first === undefined
      ? []
      : [
          `--tensor-type '${first.name.replace(/^blk\.\d+\./, '').replace(/\.weight$/, '')}=Q8_0'   (the tensor that lost most)`,
        ]),
    ...(imatrixUsed ? [] : ['an importance matrix: pipeline imatrix MODEL --text FILE -o imatrix.gguf']),
    'a larger type: pipeline types',
  ];
}

function format(value: number): string {
  return Math.abs(value) >= 0.001 || value === 0 ? value.toFixed(6) : value.toExponential(3);
}

function holds(value: number, { operator, threshold }: GateRule): boolean {
  if (operator === '<') return value < threshold;
  if (operator === '<=') return value <= threshold;
  if (operator === '>') return value > threshold;
  return value >= threshold;
}

function parseRule(text: string): GateRule {
  // One word for everything that a smoke test looks at.
  if (text.trim() === 'smoke') return { metric: 'smoke.passed', operator: '>=', threshold: 1, sigmas: 0 };
  const match = RULE.exec(text.trim());
  const [, metric, sigmas, spelling = '', number, percent] = match ?? [];
  const operator = SPELLINGS[spelling];
  const threshold = Number(number);
  if (metric === undefined || operator === undefined || !Number.isFinite(threshold))
    throw invalid(text, 'not NAME<NUMBER');
  requireUnit(text, { metric, operator, threshold, percent: percent === '%' });
  return {
    metric,
    operator,
    threshold,
    sigmas: sigmas === undefined ? (CAUTIOUS[metric] ?? 0) : Number(sigmas),
  };
}

/** One entry of a mapping: `kld.mean: '<0.02'`. */
function parseEntry(metric: string, condition: unknown, path: string): GateRule {
  if (typeof condition === 'string') return parseRule(`${metric}${condition}`);
  const got = condition === null || typeof condition !== 'object' ? String(condition) : 'a mapping';
  throw invalid(path, `'${metric}' with ${got}, not a condition in quotes: ${metric}: '<0.02'`);
}

/** A bound in the wrong unit lets everything pass: two per cent read as 2, 94 per cent as 0.94 of one. */
function requireUnit(
  text: string,
  { metric, operator, threshold, percent }: Omit<GateRule, 'sigmas'> & { readonly percent: boolean },
): void {
  if (percent && !IN_PERCENT.test(metric)) throw invalid(text, `'${metric}' is not counted in per cent`);
  if (metric === 'top.same' && operator.startsWith('>') && threshold > 0 && threshold < 1) {
    throw invalid(
      text,
      `'${metric}' is counted in per cent: ${Number((100 * threshold).toPrecision(12))}, not ${threshold}`,
    );
  }
}

function parseItem(item: unknown, path: string): GateRule {
  if (typeof item === 'string') return parseRule(item);
  if (isMapping(item)) {
    const { metric, operator, threshold, sigmas = 0, ...others } = item;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw invalid(path, `'${unknown}' in a condition`);
    const errors = sigmas === 0 ? '' : `+${String(sigmas)}s`;
    return parseRule(`${String(metric)}${errors}${String(operator)}${String(threshold)}`);
  }
  throw invalid(path, 'an entry is neither text nor { metric, operator, threshold, sigmas }');
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checked(rules: readonly GateRule[], where: string): readonly GateRule[] {
  if (rules.length === 0) throw invalid(where, 'no conditions: a gate without any would let everything pass');
  if (rules.length > RULE_LIMIT) throw invalid(where, `${rules.length} conditions, at most ${RULE_LIMIT}`);
  return rules;
}

/** What was given is neither conditions nor the path of a file that is there. */
export function gateNotFound(gateText: string, cause: unknown): SlipwayError {
  const where = gateText.trim() === '' ? 'an empty text' : gateText;
  const got = gateText.trim() === '' ? 'no conditions' : 'neither conditions (NAME<NUMBER) nor a file that is there';
  return invalid(where, got, cause);
}

function invalid(where: string, got: string, cause?: unknown): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', 'a gate cannot be read', {
    where: where.slice(0, 200),
    got,
    try: ["--gate 'kld.mean<0.02,top.same>94'", 'names: docs/evaluate.md'],
    cause,
  });
}
