import type { Evaluation, Histogram } from '../evaluation.js';
import { columnsOf, sizeText, valueOf } from './columns.js';

// One page without anything from elsewhere: it can be mailed, and opened in ten years.

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } td, th { padding: .25rem .7rem; border-bottom: 1px solid #8884; text-align: right; }
td:first-child, th:first-child { text-align: left; }
svg { max-width: 100%; height: auto; } text { fill: currentColor; font: 12px system-ui, sans-serif; }
.axis { stroke: currentColor; opacity: .4; } .mark { fill: #2b7bba; } .bar { fill: #2b7bba; opacity: .8; }
.failed { color: #c22; } .passed { color: #282; } .note { opacity: .75; }
`;
const WIDTH = 720;
const HEIGHT = 360;
const MARGIN = { left: 80, right: 110, top: 20, bottom: 50 } as const;

/** A page about variants: loss against size, the numbers, the worst tensors, and how divergences are spread. */
export function evaluationHtml(evaluations: readonly Evaluation[], title = 'Evaluation'): string {
  const parts = [
    `<h1>${escaped(title)}</h1>`,
    setting(evaluations[0]),
    picture(evaluations),
    numbers(evaluations),
    ...evaluations.map(variantPart),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
${parts.filter((part) => part !== '').join('\n')}
</body></html>
`;
}

function setting(evaluation: Evaluation | undefined): string {
  if (evaluation === undefined) return '';
  const { base, text, settings, engine } = evaluation;
  const lines = [
    base === undefined ? '' : `against ${base.name} (${base.fileType ?? 'unknown type'}, ${sizeText(base.size)})`,
    text === undefined ? '' : `text ${text.name}`,
    settings === undefined
      ? ''
      : `${settings.chunks} chunks of ${settings.contextSize} tokens, ${settings.scored} predictions`,
    engine === undefined ? '' : `llama.cpp ${engine.version}, ggml ${engine.ggmlVersion}, ${engine.cpuPlugin}`,
  ].filter((line) => line !== '');
  return `<p class="note">${lines.map(escaped).join(' · ')}</p>`;
}

/** What is plotted: the first of these that every variant has. */
const LOSSES: readonly (readonly [name: string, title: string])[] = [
  ['kld.mean', 'mean KL divergence'],
  ['weight.relative', 'weight error, %'],
  ['ppl', 'perplexity'],
];

/** Loss over size, the loss on a logarithmic scale when it spans more than a power of ten. */
function picture(evaluations: readonly Evaluation[]): string {
  const found = LOSSES.find(([name]) => evaluations.every((one) => valueOf(one, name) !== undefined));
  if (found === undefined || evaluations.length === 0) return '';
  const [name, title] = found;
  const points = evaluations.map((one) => ({
    label: one.candidate.fileType ?? one.candidate.name,
    size: one.candidate.size,
    loss: valueOf(one, name) ?? 0,
  }));
  const losses = points.map(({ loss }) => loss);
  const isLogarithmic = Math.min(...losses) > 0 && Math.max(...losses) > 10 * Math.min(...losses);
  const scaled = (loss: number): number => (isLogarithmic ? Math.log10(loss) : loss);
  const x = axis(
    points.map(({ size }) => size),
    MARGIN.left,
    WIDTH - MARGIN.right,
  );
  const y = axis(losses.map(scaled), HEIGHT - MARGIN.bottom, MARGIN.top);
  const marks = points.map(
    ({ label, size, loss }) =>
      `<circle class="mark" cx="${x(size)}" cy="${y(scaled(loss))}" r="5"/><text x="${x(size) + 9}" y="${y(scaled(loss)) + 4}">${escaped(label)}</text>`,
  );
  const sizes = [
    ...new Set([Math.min(...points.map(({ size }) => size)), Math.max(...points.map(({ size }) => size))]),
  ];
  const ends = [...new Set([Math.min(...losses), Math.max(...losses)])];
  return `<h2>Loss against size</h2>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)} over file size">
<line class="axis" x1="${MARGIN.left}" y1="${HEIGHT - MARGIN.bottom}" x2="${WIDTH - MARGIN.right}" y2="${HEIGHT - MARGIN.bottom}"/>
<line class="axis" x1="${MARGIN.left}" y1="${MARGIN.top}" x2="${MARGIN.left}" y2="${HEIGHT - MARGIN.bottom}"/>
${sizes.map((size) => `<text text-anchor="middle" x="${x(size)}" y="${HEIGHT - MARGIN.bottom + 18}">${sizeText(size)}</text>`).join('')}
${ends.map((loss) => `<text text-anchor="end" x="${MARGIN.left - 6}" y="${y(scaled(loss)) + 4}">${Number(loss.toPrecision(3))}</text>`).join('')}
<text x="${MARGIN.left}" y="${HEIGHT - 8}">size →   ↑ ${escaped(title)}${isLogarithmic ? ' (logarithmic)' : ''}</text>
${marks.join('\n')}
</svg>`;
}

function axis(values: readonly number[], from: number, to: number): (value: number) => number {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = (most - least || Math.abs(most) || 1) * 0.08;
  const [low, high] = [least - room, most + room];
  return (value) => Math.round(10 * (from + ((value - low) / (high - low)) * (to - from))) / 10;
}

function numbers(evaluations: readonly Evaluation[]): string {
  const columns = columnsOf(evaluations);
  const head = ['', 'type', 'size', 'bits per weight', ...columns.map(({ title }) => title)];
  const rows = evaluations.map((one) => [
    one.candidate.name,
    one.candidate.fileType ?? '',
    sizeText(one.candidate.size),
    one.candidate.bitsPerWeight?.toFixed(2) ?? '',
    ...columns.map(({ textOf }) => textOf(one)),
  ]);
  return `<h2>Numbers</h2>\n${table(head, rows)}`;
}

function variantPart(evaluation: Evaluation): string {
  const { candidate, weightError, histogram, gate = [], smoke } = evaluation;
  const parts = [
    gate.length === 0
      ? ''
      : `<p>${gate.map(({ metric, operator, threshold, passed }) => `<span class="${passed ? 'passed' : 'failed'}">${escaped(`${metric} ${operator} ${threshold}`)} ${passed ? '✔' : '✖'}</span>`).join(' · ')}</p>`,
    smoke === undefined ? '' : `<p>“${escaped(smoke.prompt)}” → “${escaped(smoke.output)}”</p>`,
    histogram === undefined ? '' : bars(histogram),
    weightError === undefined || weightError.worst.length === 0
      ? ''
      : table(
          ['worst tensors', 'type', 'weight error, %', 'RMSE', 'largest'],
          weightError.worst.map(({ name, type, relative, rmse, max }) => [
            name,
            type,
            (100 * relative).toFixed(3),
            rmse.toExponential(2),
            max.toExponential(2),
          ]),
        ),
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `<h2>${escaped(candidate.name)}</h2>\n${parts.join('\n')}`;
}

/** How many predictions diverge how much. */
function bars({ edges, counts }: Histogram): string {
  const most = Math.max(1, ...counts);
  const step = WIDTH / counts.length;
  const drawn = counts.map((count, index) => {
    const height = (120 * count) / most;
    const edge = edges[index];
    const label = edge === undefined ? `≥ ${edges.at(-1) ?? 0}` : `< ${edge}`;
    const x = index * step;
    return `<rect class="bar" x="${x + 2}" y="${140 - height}" width="${step - 4}" height="${height}"/><text text-anchor="middle" x="${x + step / 2}" y="158">${escaped(label)}</text><text text-anchor="middle" x="${x + step / 2}" y="${134 - height}">${count}</text>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} 165" role="img" aria-label="predictions by their KL divergence">${drawn.join('')}</svg>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[^\P{C}\n]/gu, ' ');
}
