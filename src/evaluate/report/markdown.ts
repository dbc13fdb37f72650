import type { Evaluation } from '../evaluation.js';
import { columnsOf, sizeText } from './columns.js';

/** A table for a model card: one row a variant, with the numbers that were measured. */
export function evaluationMarkdown(evaluations: readonly Evaluation[]): string {
  const columns = columnsOf(evaluations);
  const head = ['File', 'Type', 'Size', 'Bits per weight', ...columns.map(({ title }) => title)];
  const rows = evaluations.map((evaluation) => [
    cell(evaluation.candidate.name),
    cell(evaluation.candidate.fileType ?? ''),
    sizeText(evaluation.candidate.size),
    evaluation.candidate.bitsPerWeight?.toFixed(2) ?? '',
    ...columns.map(({ textOf }) => textOf(evaluation)),
  ]);
  const align = head.map((_, index) => (index < 2 ? '---' : '---:'));
  const lines = [head, align, ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `${[...lines, '', ...notes(evaluations)].join('\n')}\n`;
}

/** How the numbers came about, in one line each. */
function notes(evaluations: readonly Evaluation[]): string[] {
  const [first] = evaluations;
  if (first === undefined) return [];
  const { base, text, settings, engine } = first;
  return [
    ...(base === undefined ? [] : [`Measured against \`${cell(base.name)}\` (${cell(base.fileType ?? '?')}).`]),
    ...(settings === undefined || text === undefined
      ? []
      : [
          `Text: ${cell(text.name)}, ${settings.chunks} chunks of ${settings.contextSize} tokens, ${settings.scored} predictions.`,
        ]),
    ...(engine === undefined ? [] : [`llama.cpp ${engine.version}, ggml ${engine.ggmlVersion}, ${engine.cpuPlugin}.`]),
  ];
}

/** What stands in a cell cannot end it, nor begin markup. */
function cell(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').replaceAll(/[|<>`[\]\\]/g, (mark) => `\\${mark}`);
}
