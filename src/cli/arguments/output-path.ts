import { SlipwayError } from '../../core/index.js';

/** Where `-o` says, as an absolute path. Throws `USAGE` for `-`: a file gets its name when all of it has been checked. */
export function outputPath(typed: string, path: (typed: string) => string): string {
  if (typed !== '-') return path(typed);
  throw new SlipwayError('USAGE', "'-' cannot be written: a file gets its name when all of it has been checked", {
    try: 'name a file or a directory, and read it from there',
  });
}
