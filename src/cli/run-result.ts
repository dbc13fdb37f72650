import { relative } from 'node:path';
import type { RunResult } from '../run/index.js';
import type { Result } from './output.js';
import { safeLine } from './text.js';

/** A file that a stage wrote. */
interface WrittenFile {
  readonly path: string;
  readonly size: number;
  readonly digest: string;
}

/** What a run made, in the three forms of a result: references of artifacts, or paths of files. */
export function runResult(result: RunResult, directory: string): Result {
  const references = result.artifacts.map(({ reference, digest }) =>
    reference.includes('@') ? reference : `${reference}@${digest}`,
  );
  const files = writtenFiles(result.output);
  const paths = files.map(({ path }) => shown(path, directory));
  const lines = (references.length > 0 ? references : paths).map(safeLine);
  return {
    json: {
      ok: true,
      run: result.run,
      name: result.name,
      durationMs: result.durationMs,
      artifacts: result.artifacts,
      files,
      stages: result.stages,
      warnings: result.warnings,
      record: result.record ?? null,
    },
    text: lines.join('\n'),
  };
}

function writtenFiles(output: unknown): readonly WrittenFile[] {
  if (!Array.isArray(output)) return [];
  return output.filter(
    (value: unknown): value is WrittenFile =>
      typeof value === 'object' && value !== null && 'path' in value && 'digest' in value && 'size' in value,
  );
}

function shown(path: string, directory: string): string {
  const short = relative(directory, path);
  return short.startsWith('..') ? path : short;
}
