import type { RunContext, Digest } from '../../core/index.js';
import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonObject } from '../../files/index.js';
import type { Target } from '../../registry/index.js';
import { evaluationRecords, recordedMetrics, type EvaluationRecord } from '../../stages/index.js';
import { safeLine } from '../screen/text.js';

/** Numbers that people are shown, as many as there are. */
const SHOWN: readonly string[] = [
  'kld.mean',
  'kld.p99_9',
  'top.same',
  'ppl.lnRatio',
  'ppl',
  'embedding.cosine',
  'weight.relative',
];
const DIGITS = 6;
const PERCENT: ReadonlySet<string> = new Set(['top.same', 'weight.relative']);

/** Evaluations of an artifact; none where its registry cannot be asked for referrers. */
export async function evaluationsOf(
  target: Target,
  digest: Digest,
  { signal }: Pick<RunContext, 'signal'>,
): Promise<readonly EvaluationRecord[]> {
  try {
    return await evaluationRecords(target, digest, signal);
  } catch (error) {
    if (SlipwayError.is(error) && error.code !== 'ABORTED' && error.code !== 'TERMINATED') return [];
    throw error;
  }
}

/** A line for each: what was found, against what, and whether anyone signed it. */
export function evaluationRows(records: readonly EvaluationRecord[]): string[][] {
  return records.map((record) => [
    'evaluation',
    `${said(record)} (${record.signed ? 'in a signed bundle' : 'unsigned'})`,
  ]);
}

function said({ predicate }: EvaluationRecord): string {
  const result = textAt(predicate, 'result');
  if (result !== undefined) {
    const failed = jsonField(predicate, 'failedTests');
    const names =
      Array.isArray(failed) && failed.length > 0 ? `: ${failed.map((one) => safeLine(String(one))).join(', ')}` : '';
    return `gate ${safeLine(result)}${names}`;
  }
  const metrics = new Map(recordedMetrics(predicate).map((metric) => [metric.name, metric.value]));
  const shown = SHOWN.flatMap((name) => {
    const value = metrics.get(name);
    return value === undefined ? [] : [`${name} ${shortNumber(name, value)}`];
  });
  const base = jsonField(predicate, 'base');
  const against = isJsonObject(base ?? null) ? textAt(base as JsonObject, 'name') : undefined;
  return `${shown.join(', ')}${against === undefined ? '' : `, against ${safeLine(against)}`}`;
}

function shortNumber(name: string, value: number): string {
  return PERCENT.has(name) ? `${value.toFixed(2)} %` : value.toFixed(DIGITS);
}

function textAt(object: JsonObject, field: string): string | undefined {
  const value = jsonField(object, field);
  return typeof value === 'string' ? value : undefined;
}
