import type { Command } from 'commander';
import { TENSOR_TYPES, tensorType } from '../../gguf/index.js';
import { FILE_TYPES } from '../../quantize/index.js';
import type { Start } from '../command-module.js';
import { addExamples } from '../help.js';
import { table } from '../text.js';

export function define(command: Command, start: Start): void {
  command
    .description(
      "Lists what --quantize takes (llama-quantize's mixes), and with --tensors the types of single tensors.\nBits per weight are those of the type of most tensors.",
    )
    .option('--tensors', 'tensor types instead of mixes')
    .action(async (options: { readonly tensors?: boolean }) =>
      start(async (session) => {
        session.output.result(options.tensors === true ? tensorTypes() : fileTypes());
      }),
    );
  addExamples(command, 'pipeline types', 'pipeline types --tensors --json');
}

interface Listing {
  readonly json: unknown;
  readonly text: string;
  readonly quiet: string;
}

function fileTypes(): Listing {
  const rows = FILE_TYPES.map(({ name, tensorType: type, imatrix, aliases }) => ({
    name,
    bitsPerWeight: type === undefined ? null : bits(type),
    tensorType: type ?? null,
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

function tensorTypes(): Listing {
  const rows = TENSOR_TYPES.map(({ type, id, blockLength, blockSize }) => ({
    type,
    id,
    blockLength,
    blockSize,
    bitsPerWeight: bits(type),
  }));
  const text = table(
    [
      ['TYPE', 'ID', 'BITS', 'WEIGHTS A BLOCK', 'BYTES A BLOCK'],
      ...rows.map((row) => [
        row.type,
        String(row.id),
        row.bitsPerWeight.toFixed(2),
        String(row.blockLength),
        String(row.blockSize),
      ]),
    ],
    [1, 2, 3, 4],
  );
  return { json: rows, text, quiet: rows.map((row) => row.type).join('\n') };
}

function bits(type: (typeof TENSOR_TYPES)[number]['type']): number {
  const { blockLength, blockSize } = tensorType(type);
  return (blockSize * 8) / blockLength;
}
