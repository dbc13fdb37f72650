import { relative } from 'node:path';
import { formatBytes, type RunResult } from '../../run/index.js';
import type { Result } from '../screen/output.js';
import { safeLine } from '../screen/text.js';

/** A file that a stage wrote. */
export interface WrittenFile {
  readonly path: string;
  readonly size: number;
  readonly digest: string;
  readonly bitsPerWeight?: number;
}

/** What a run made, in the three forms of a result: references of artifacts, or paths of files. */
export function runResult(result: RunResult, directory: string): Result {
  const references = result.artifacts.map(({ reference, digest }) =>
    reference.includes('@') ? reference : `${reference}@${digest}`,
  );
  const files = writtenFiles(result.output);
  const paths = files.map(({ path }) => shown(path, directory));
  const values = (references.length > 0 ? references : paths).map(safeLine);
  const made = references.length > 0 ? values : files.map((file, index) => fileLine(values[index] ?? '', file));
  // A run that only set something up has nothing else to show.
  const lines = made.length > 0 ? made : result.changes.map(changeText);
  return {
    json: {
      ok: true,
      run: result.run,
      name: result.name,
      durationMs: result.durationMs,
      artifacts: result.artifacts,
      changes: result.changes,
      files,
      stages: result.stages,
      warnings: result.warnings,
      engines: result.engines,
      bottleneck: result.bottleneck ?? null,
      weightError: result.weightError,
      leftOut: leftOut(result),
      record: result.record ?? null,
    },
    text: lines.join('\n'),
    quiet: values.join('\n'),
  };
}

/** The files of the source that were not taken. */
function leftOut({ warnings }: RunResult): { readonly count: number; readonly files: readonly string[] } {
  const files = warnings.flatMap((warning) => (warning.code === 'FILES_LEFT_OUT' ? (warning.files ?? []) : []));
  return { count: files.length, files };
}

/** `created project models (private)`. */
function changeText({ change, kind, name, detail }: RunResult['changes'][number]): string {
  return safeLine(`${change} ${kind} ${name}${detail === '' ? '' : ` (${detail})`}`);
}

/** A file with its size, its bits per weight when it is a GGUF of ours, and its digest. */
function fileLine(path: string, { size, bitsPerWeight, digest }: WrittenFile): string {
  const bits = bitsPerWeight === undefined ? [] : [`${bitsPerWeight.toFixed(2)} bits per weight`];
  return [path, formatBytes(size), ...bits, digest].join('  ');
}

/** The files among what a run returned. */
export function writtenFiles(output: unknown): readonly WrittenFile[] {
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
