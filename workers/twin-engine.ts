import type { Engine, Flaw } from './engine.js';
import type { BlockFormat, EncodeTask } from './messages.js';
import { addRounding, comparedRows, type Rounding } from './rounding.js';
import { isRefused } from './scales.js';
import type { Twin } from './twins/twin.js';

/** Encodes with the scalar twins: slow, readable, the same bytes. */
export function createTwinEngine(twins: ReadonlyMap<string, Twin>): Engine {
  const twin = (type: string): Twin => twins.get(type) as Twin;

  function encode(task: EncodeTask, input: Uint8Array, output: Uint8Array, rounding?: Rounding): Flaw {
    const { from, to, rowLength } = task;
    const [inputRow, outputRow] = [rowBytes(from, rowLength), rowBytes(to, rowLength)];
    const [weights, restored] = [new Float32Array(rowLength), new Float32Array(rowLength)];
    const compared = new Set(rounding === undefined ? [] : comparedRows(rounding, input.length / inputRow));
    // Not written in place: a slab that turns out to be flawed must still be there to be searched.
    const encoded = new Uint8Array(output.length);
    for (let row = 0; row * inputRow < input.length; row++) {
      twin(from.type).dequantizeRow(input.subarray(row * inputRow, (row + 1) * inputRow), weights);
      if (task.refuseNonFinite && !weights.every(Number.isFinite)) return 'input';
      const blocks = encoded.subarray(row * outputRow, (row + 1) * outputRow);
      twin(to.type).quantizeRow(weights, blocks, task.importance);
      if (rounding === undefined || !compared.has(row)) continue;
      twin(to.type).dequantizeRow(blocks, restored);
      addRounding(rounding.sums, weights, restored, task.importance);
    }
    if (task.refuseNonFinite)
      for (let at = 0; at < encoded.length; at += to.blockSize) if (isRefused(to.type, encoded, at)) return 'result';
    output.set(encoded);
    return undefined;
  }

  return { supports: (from, to) => twins.has(from) && twins.has(to), encode };
}

function rowBytes(format: BlockFormat, rowLength: number): number {
  return (rowLength / format.blockLength) * format.blockSize;
}
