import { SlipwayError } from '../../core/index.js';

/** Where `-o` says, as an absolute path. Throws `USAGE` for `-`: a file gets its name when all of it has been checked. */
export function outputPath(given: string, path: (given: string) => string): string {
  if (given !== '-') return path(given);
  throw new SlipwayError('USAGE', "'-' cannot be written: a file gets its name when all of it has been checked", {
    try: 'name a file or a directory, and read it from there',
  });
}
