import type { Command } from 'commander';
import { optionTable } from '../../core/index.js';
import { TENSOR_TYPES, tensorType } from '../../gguf/index.js';
import { fileTypes } from '../facts/file-type-list.js';
import type { Start } from '../program/command-module.js';
import { declareOptions } from '../options/declare-options.js';
import { addExamples } from '../program/help.js';
import type { Result } from '../screen/output.js';
import { table } from '../screen/text.js';

const OWN = optionTable({ tensors: { kind: 'flag', help: 'tensor types instead of mixes' } });

export function define(command: Command, start: Start): void {
  command
    .description(
      "Lists what --quantize takes (llama-quantize's mixes), and with --tensors the types of single tensors.\nBits per weight are those of Llama 3.1 8B: the mix of types depends on the model.",
    )
    .action(async () =>
      start(async (session) => {
        const { own } = await read(session.path);
        session.output.result(own.tensors === true ? tensorTypes() : fileTypes());
      }),
    );
  const read = declareOptions(command, { own: OWN });
  addExamples(command, 'pipeline types', 'pipeline types --tensors --json');
}

function tensorTypes(): Result {
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
