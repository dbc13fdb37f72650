import { SlipwayError } from '../../core/index.js';
import { parseFileType } from '../../quantize/index.js';

/**
 * The arguments of `quantize` in their order: the input, then types. Other tools take the output in between, and the
 * input last; who is used to them is told the line that does it here. Throws `USAGE`.
 */
export function checkTypeArguments(input: string, types: readonly string[]): void {
  const isFile = (word: string): boolean => word.toLowerCase().endsWith('.gguf');
  const file = types.find(isFile);
  const rest = types.filter((word) => word !== file);
  if (file !== undefined && problemOf(input) === undefined) {
    throw new SlipwayError('USAGE', `the input comes first, and '${input}' is a type`, {
      try: `pipeline quantize ${[file, input, ...rest].join(' ')} -o out.gguf`,
    });
  }
  if (file !== undefined) {
    throw new SlipwayError('USAGE', `'${file}' is no type: the output is named with -o`, {
      try: `pipeline quantize ${[input, ...(rest.length === 0 ? ['Q4_K_M'] : rest)].join(' ')} -o ${file}`,
    });
  }
  checkTypes(types);
}

/** Throws `USAGE` for a type that does not exist: on a command line that is a mistyped word. */
export function checkTypes(types: readonly string[]): void {
  for (const type of types) {
    const problem = problemOf(type);
    if (problem === undefined) continue;
    const { try: near } = problem.details;
    throw new SlipwayError('USAGE', problem.message, {
      try: [...(typeof near === 'string' ? [near] : []), 'pipeline types'],
      context: { received: type },
    });
  }
}

function problemOf(type: string): SlipwayError | undefined {
  try {
    parseFileType(type);
    return undefined;
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
}
