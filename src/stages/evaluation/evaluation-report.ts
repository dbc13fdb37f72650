import { SlipwayError, type RunContext } from '../../core/index.js';
import { evaluationHtml, evaluationMarkdown, type Evaluation } from '../../evaluate/index.js';
import { memoryFile, writeLocalFile } from '../../files/index.js';

/** Throws `USAGE` for a report that is neither a page nor a table. */
export function checkReport(path: string | undefined): void {
  if (path === undefined || /\.(html?|md)$/i.test(path)) return;
  throw new SlipwayError('USAGE', `'${path}' is neither a page nor a table`, { try: ['report.html', 'report.md'] });
}

/** Writes what was measured of all variants as a page (`.html`) or a table for a model card (`.md`). */
export async function writeEvaluationReport(
  path: string | undefined,
  evaluations: readonly Evaluation[],
  { signal }: RunContext,
): Promise<void> {
  if (path === undefined || evaluations.length === 0) return;
  checkReport(path);
  const text = /\.md$/i.test(path) ? evaluationMarkdown(evaluations) : evaluationHtml(evaluations);
  await writeLocalFile(path, memoryFile(path, new TextEncoder().encode(text)).read(undefined, signal), signal);
}
