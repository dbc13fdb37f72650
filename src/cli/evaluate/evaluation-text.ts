import type { Evaluation, GateCheck, Metric } from '../../evaluate/index.js';
import { ruleText } from '../../evaluate/index.js';
import { formatBytes } from '../../run/index.js';
import { safeLine, table } from '../screen/text.js';

/** Metrics that people are shown; `--json` has all. */
const SHOWN: readonly string[] = [
  'ppl',
  'ppl.base',
  'ppl.lnRatio',
  'kld.mean',
  'kld.max',
  'kld.p99_9',
  'kld.p99',
  'kld.median',
  'top.same',
  'deltaP.rms',
  'embedding.cosine',
  'embedding.cosineMin',
  'embedding.retrieval',
  'weight.relative',
  'weight.weighted',
  'weight.max',
];
/** Tensors that are named. */
const WORST = 3;

/** An evaluation for people. */
export function evaluationText(evaluation: Evaluation): string {
  const { metrics, weightError, gate, smoke } = evaluation;
  const shown = SHOWN.flatMap((name) => metrics.filter((metric) => metric.name === name));
  const parts = [
    table(headRows(evaluation)),
    table(shown.map(metricRow), [1]),
    (weightError?.worst ?? [])
      .slice(0, WORST)
      .map(({ name, type, relative }) => `weights  ${safeLine(name)} ${type} ${(100 * relative).toFixed(2)} % off`)
      .join('\n'),
    smoke === undefined ? '' : smokeText(smoke),
    (gate ?? []).map(gateLine).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headRows({ candidate, base, text, settings, engine }: Evaluation): string[][] {
  return [
    ['candidate', modelText(candidate)],
    ...(base === undefined ? [] : [['base', modelText(base)]]),
    ...(text === undefined
      ? []
      : [['text', `${safeLine(text.name)}${text.tokens === undefined ? '' : `, ${text.tokens} tokens`}`]]),
    ...(settings === undefined
      ? []
      : [['settings', `${settings.chunks} chunks of ${settings.contextSize} tokens, ${settings.scored} predictions`]]),
    ...(engine === undefined
      ? []
      : [
          [
            'engine',
            `llama.cpp ${engine.version} (ggml ${engine.ggmlVersion}${engine.cpuPlugin === '' ? '' : `, ${engine.cpuPlugin}`}) from ${engine.package}`,
          ],
        ]),
  ];
}

function modelText({ name, fileType, size, bitsPerWeight }: Evaluation['candidate']): string {
  const bits = bitsPerWeight === undefined ? '' : `, ${bitsPerWeight.toFixed(2)} bits per weight`;
  return `${safeLine(name)}  ${fileType ?? ''}  ${formatBytes(size)}${bits}`;
}

function metricRow({ name, value, uncertainty, unit }: Metric): string[] {
  const error = uncertainty === undefined ? '' : `± ${digits(uncertainty)}`;
  return [name, digits(value), `${error} ${unit ?? ''}`.trim()];
}

function digits(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(3) : value.toFixed(6);
}

function smokeText({ passed, output, checks }: NonNullable<Evaluation['smoke']>): string {
  const failed = checks
    .filter((check) => !check.passed)
    .map(({ name, got }) => `${name}${got === undefined ? '' : ` (${got})`}`);
  return `smoke    ${passed ? 'passed' : `failed: ${failed.join(', ')}`}\n         ${safeLine(output).slice(0, 200)}`;
}

function gateLine(check: GateCheck): string {
  const value = check.value === null ? (check.reason ?? '') : digits(check.value);
  return `gate     ${check.passed ? 'passed' : 'FAILED'}  ${ruleText(check)}  ${value}`;
}
