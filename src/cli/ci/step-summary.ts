import { withoutControls, type SlipwayError } from '../../core/index.js';
import { formatBytes, formatDuration, formatRate, heldUpBy } from '../../run/index.js';
import type { FinishedRun } from '../session/finished-run.js';

/** GitHub takes a mebibyte a step. */
const LONGEST = 900_000;
/** Rows of a table, and warnings. */
const MOST_ROWS = 100;

/** What runs made, as the page of a step in GitHub Actions (GitHub Flavored Markdown). */
export function stepSummary(runs: readonly FinishedRun[]): string {
  return runs.map(runSection).join('\n').slice(0, LONGEST);
}

/** A command that failed before anything ran. */
export function failurePage(error: SlipwayError): string {
  return [`### ❌ ${text(error.code)}`, '', ...failure(error), ''].join('\n');
}

function runSection(run: FinishedRun): string {
  const { summary, error } = run;
  const heldUp = heldUpBy(summary.resources?.bottleneck);
  const ended =
    error === undefined
      ? `done in ${formatDuration(summary.durationMs)}${text(heldUp)}`
      : `failed: ${text(error.code)}`;
  return [
    `### ${error === undefined ? '✅' : '❌'} ${text(summary.name)}: ${ended}`,
    '',
    ...(error === undefined ? [] : [...failure(error), '']),
    ...made(run),
    ...details('Stages', stageTable(run)),
    ...details(
      `Warnings (${summary.warnings.length})`,
      summary.warnings.slice(0, MOST_ROWS).map(({ code, message }) => `- **${text(code)}**: ${text(message)}`),
    ),
    '',
  ].join('\n');
}

function failure(error: SlipwayError): string[] {
  const { where, got, kept, problems = [], try: tries = [] } = error.details;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['where', where],
    ['got', got],
    ['kept', kept],
  ];
  return [
    `**${text(error.message)}**`,
    '',
    ...problems.slice(0, MOST_ROWS).map(({ at, text: problem }) => `- ${code(at)}: ${text(problem)}`),
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`- ${name}: ${code(value)}`])),
    ...[tries].flat().map((hint) => `- try: ${code(hint)}`),
  ];
}

function made({ summary, files }: FinishedRun): string[] {
  if (summary.artifacts.length > 0) {
    const rows = summary.artifacts
      .slice(0, MOST_ROWS)
      .map(({ reference, digest, size }) => [
        code(reference.replace(/@sha256:.*$/, '')),
        code(digest),
        formatBytes(size),
      ]);
    return [...table(['Artifact', 'Digest', 'Size'], rows), ''];
  }
  const rows = files.slice(0, MOST_ROWS).map(({ path, digest, size }) => [code(path), code(digest), formatBytes(size)]);
  return rows.length === 0 ? [] : [...table(['File', 'Digest', 'Size'], rows), ''];
}

function stageTable({ summary }: FinishedRun): string[] {
  const rows = summary.stages.map(({ stage, startMs, endMs, bytes, retries, summary: said }) => [
    text(stage),
    formatDuration(endMs - startMs),
    bytes === 0 ? '' : formatBytes(bytes),
    bytes === 0 || endMs - startMs < 1000 ? '' : formatRate((bytes / (endMs - startMs)) * 1000),
    retries === 0 ? '' : String(retries),
    text(said ?? ''),
  ]);
  return rows.length === 0 ? [] : table(['Stage', 'Time', 'Bytes', 'Rate', 'Retries', ''], rows);
}

function details(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : ['<details><summary>', '', title, '', '</summary>', '', ...lines, '', '</details>', ''];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** Text that means only itself: no markup, no link, no mention of a person, no cell's end. */
function text(content: string): string {
  return withoutControls(content)
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_{}[\]()#+!|~@]/g, String.raw`\$&`);
}

function code(content: string): string {
  const plain = withoutControls(content)
    .replaceAll(/\s+/g, ' ')
    .replaceAll('|', String.raw`\|`);
  return plain.includes('`') ? `\`\` ${plain} \`\`` : `\`${plain}\``;
}
