import { SlipwayError } from '../core/index.js';
import { pathCollisions, safeRelativePath } from '../files/index.js';
import type { ModelView } from './lint-input.js';
import { finding, type LintFinding } from './lint-rules.js';

/** File names: safe on every system, and unique where case does not count. */
export function lintNames({ files }: ModelView): LintFinding[] {
  const paths = files.map(({ path }) => path);
  const unsafe = paths.flatMap((path) => {
    const problem = problemOf(path);
    return problem === undefined ? [] : [finding('name-unsafe', path, problem)];
  });
  const collisions = pathCollisions(paths).map(({ path, other }) =>
    finding('name-collision', path, `it cannot stand beside '${other}'`),
  );
  return [...unsafe, ...collisions];
}

function problemOf(path: string): string | undefined {
  try {
    safeRelativePath(path);
    return undefined;
  } catch (error) {
    if (SlipwayError.is(error)) return error.details.got ?? error.message;
    throw error;
  }
}
