import { relative, resolve } from 'node:path';
import type { SlipwayError } from '../../core/index.js';
import { withoutControls } from '../../core/index.js';

/** Annotations that one step may make; GitHub drops those above. */
const MOST_ANNOTATIONS = 10;

/** Where an annotation belongs. */
export interface AnnotationPlace {
  readonly title?: string;
  readonly file?: string;
  readonly line?: string;
  readonly col?: string;
}

/** A workflow command of GitHub Actions: `::warning title=…::text`, its parts escaped as the runner reads them. */
export function workflowCommand(command: string, text: string, place: AnnotationPlace = {}): string {
  const pairs = Object.entries(place).flatMap(([name, value]: [string, string | undefined]) =>
    value === undefined ? [] : [`${name}=${escaped(value).replaceAll(':', '%3A').replaceAll(',', '%2C')}`],
  );
  return `::${command}${pairs.length === 0 ? '' : ` ${pairs.join(',')}`}::${escaped(text)}`;
}

/** An error as annotations: one for each problem of a configuration, at its line. */
export function errorAnnotations(
  error: SlipwayError,
  { cwd, workspace }: { readonly cwd: string; readonly workspace?: string | undefined },
): string[] {
  const { problems = [], context, where, got } = error.details;
  const file = typeof context?.['file'] === 'string' ? fileIn(context['file'], cwd, workspace) : undefined;
  if (problems.length > 0) {
    return problems.slice(0, MOST_ANNOTATIONS).map(({ at, text }) =>
      workflowCommand('error', `${at}: ${text}`, {
        title: error.code,
        file,
        ...lineIn(text),
      }),
    );
  }
  const [, path, line, col] = /^(.+?):(\d+):(\d+)$/.exec(where ?? '') ?? [];
  const place =
    path === undefined ? {} : { file: fileIn(path, cwd, workspace), ...(line && { line }), ...(col && { col }) };
  const text = [error.message, got].filter((part) => part !== undefined && part !== '').join(': ');
  return [workflowCommand('error', text, { title: error.code, ...place })];
}

function lineIn(text: string): { line?: string; col?: string } {
  const [, line, col] = /\(line (\d+), column (\d+)\)\s*$/.exec(text) ?? [];
  return line === undefined || col === undefined ? {} : { line, col };
}

/** As GitHub wants it: from the root of the checkout. */
function fileIn(file: string, cwd: string, workspace: string | undefined): string {
  if (workspace === undefined || workspace === '') return file;
  const path = relative(workspace, resolve(cwd, file));
  return path.startsWith('..') ? file : path.replaceAll('\\', '/');
}

function escaped(text: string): string {
  const lines = text.split(/\r?\n/).map(withoutControls).join('\n');
  return lines.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D');
}
