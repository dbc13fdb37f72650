import { FILE_TYPES } from '../../quantize/index.js';
import type { Result } from '../screen/output.js';
import { table } from '../screen/text.js';

/** What --quantize takes: one line a file type. */
export function fileTypes(): Result {
  const rows = FILE_TYPES.map(({ name, tensorType, typicalBits, imatrix, aliases }) => ({
    name,
    bitsPerWeight: typicalBits ?? null,
    tensorType: tensorType ?? null,
    imatrix,
    aliases,
  }));
  const text = table(
    [
      ['TYPE', 'BITS', 'MOST TENSORS', 'IMPORTANCE MATRIX', ''],
      ...rows.map((row) => [
        row.name,
        row.bitsPerWeight?.toFixed(2) ?? '',
        row.tensorType ?? 'as they are',
        row.imatrix === 'unused' ? '' : row.imatrix,
        row.aliases.length === 0 ? '' : `also ${row.aliases.join(', ')}`,
      ]),
    ],
    [1],
  );
  return { json: rows, text, quiet: rows.map((row) => row.name).join('\n') };
}
