import { createHash } from 'node:crypto';
import type { FinishedRun } from '../session/finished-run.js';

/** What later steps want to know, by name. */
function outputsOf(runs: readonly FinishedRun[], exitCode: number): Record<string, string> {
  const artifacts = runs.flatMap(({ summary }) => summary.artifacts);
  const files = runs.flatMap((run) => run.files);
  const references = artifacts.map(({ reference, digest }) =>
    reference.includes('@') ? reference : `${reference}@${digest}`,
  );
  const digests = artifacts.length > 0 ? artifacts.map(({ digest }) => digest) : files.map(({ digest }) => digest);
  return {
    ok: String(exitCode === 0),
    'exit-code': String(exitCode),
    digest: digests[0] ?? '',
    reference: references[0] ?? '',
    digests: digests.join('\n'),
    references: references.join('\n'),
    path: files[0]?.path ?? '',
    artifacts: JSON.stringify(artifacts),
  };
}

/** Lines for the file that `GITHUB_OUTPUT` names. */
export function githubOutputs(runs: readonly FinishedRun[], exitCode: number): string {
  const lines = Object.entries(outputsOf(runs, exitCode)).map(([name, value]) => {
    if (!/[\r\n]/.test(value)) return `${name}=${value}`;
    // A delimiter that the value cannot hold.
    const end = `end-${createHash('sha256').update(value).digest('hex').slice(0, 16)}`;
    return `${name}<<${end}\n${value}\n${end}`;
  });
  return `${lines.join('\n')}\n`;
}

/** Variables for GitLab's `artifacts:reports:dotenv`: one line each. */
export function dotenvOutputs(runs: readonly FinishedRun[], exitCode: number): string {
  const { artifacts: _artifacts, ...plain } = outputsOf(runs, exitCode);
  const lines = Object.entries(plain).map(
    ([name, value]) => `SLIPWAY_${name.toUpperCase().replaceAll('-', '_')}=${value.replaceAll(/\s+/g, ' ')}`,
  );
  return `${lines.join('\n')}\n`;
}
