import { didYouMean, SlipwayError } from '../core/index.js';

/**
 * The pipelines that are meant, in the order of the file: all, or those that one of the names fits (`*` stands for any
 * letters). Throws `CONFIG_INVALID` for two of one name, `USAGE` for a name that fits none.
 */
export function selectNamed<T>(
  entries: readonly T[],
  nameOf: (entry: T) => unknown,
  only: readonly string[] | undefined,
  file: string,
): readonly T[] {
  const names = entries.map((entry, index) => {
    const name = nameOf(entry);
    return typeof name === 'string' ? name : `pipeline ${index + 1}`;
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new SlipwayError('CONFIG_INVALID', `two pipelines in '${file}' are called '${twice}'`, {
      try: 'give each a name of its own: a summary and --only tell them apart by it',
    });
  }
  if (only === undefined || only.length === 0) return entries;
  const unknown = only.find((pattern) => !names.some((name) => fits(name, pattern)));
  if (unknown !== undefined) {
    throw new SlipwayError('USAGE', `no pipeline in '${file}' is called '${unknown}'${didYouMean(unknown, names)}`, {
      got: `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`,
      try: `--only ${names[0] ?? ''}`,
    });
  }
  return entries.filter((_entry, index) => only.some((pattern) => fits(names[index] ?? '', pattern)));
}

function fits(name: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}
