import { SlipwayError } from '../core/index.js';
import { rowSize, tensorType, type TensorType } from '../gguf/index.js';
import type { EncodeOutcome, EncodeTask } from '../../workers/messages.js';
import type { EncodeJob } from './encoder.js';

/** Types that ggml stores only with importance (`ggml_quantize_requires_imatrix`). */
const NEEDS_IMPORTANCE: ReadonlySet<TensorType> = new Set<TensorType>(['IQ2_XXS', 'IQ2_XS', 'IQ1_S']);

/** A job as the workers understand it, checked. Throws `QUANT_SHAPE` and `IMATRIX_REQUIRED`. */
export function toTask(job: EncodeJob): EncodeTask {
  const { input, rowLength, importance, tensor, compare } = job;
  const rowBytes = rowSize(job.from, rowLength);
  rowSize(job.to, rowLength);
  if (rowBytes === 0 ? input.length > 0 : input.length % rowBytes !== 0) {
    throw new SlipwayError('QUANT_SHAPE', `a chunk of "${tensor}" does not consist of whole rows`, {
      got: `${input.length} bytes, a row has ${rowBytes}`,
    });
  }
  if (importance !== undefined && importance.length !== rowLength) {
    throw new SlipwayError('QUANT_SHAPE', `the importance of "${tensor}" does not fit its rows`, {
      got: `${importance.length} numbers for ${rowLength} columns`,
    });
  }
  if (importance === undefined && NEEDS_IMPORTANCE.has(job.to)) {
    throw new SlipwayError('IMATRIX_REQUIRED', `"${tensor}" cannot be stored as ${job.to} without importance`, {
      try: 'give an importance matrix that covers this tensor',
    });
  }
  return {
    from: tensorType(job.from),
    to: tensorType(job.to),
    input,
    rowLength,
    ...(importance === undefined ? {} : { importance }),
    refuseNonFinite: job.nonFinite !== 'keep',
    ...(compare !== undefined && { compare: { firstRow: compare.firstRow, stride: compare.stride } }),
  };
}

/** The rows of an outcome, or the error that it stands for. */
export function toRows(job: EncodeJob, outcome: EncodeOutcome): Uint8Array {
  if (outcome.kind === 'encoded') return outcome.bytes;
  if (outcome.kind === 'non-finite') throw nonFinite(job, outcome);
  if (outcome.kind === 'row-too-long') {
    throw new SlipwayError('MEMORY_LIMIT', `a row of "${job.tensor}" is too long to be quantized`, {
      got: `${outcome.bytes} bytes as F32, the limit is ${outcome.limit}`,
    });
  }
  if (outcome.kind === 'failed') {
    throw new SlipwayError('INTERNAL', `encoding "${job.tensor}" to ${job.to} failed`, { got: outcome.message });
  }
  if (outcome.kind === 'in-place') {
    throw new SlipwayError('INTERNAL', `"${job.tensor}" was encoded where no row was asked for`);
  }
  throw new SlipwayError('QUANT_UNSUPPORTED', `no kernel encodes "${job.tensor}" from ${job.from} to ${job.to}`, {
    context: { from: job.from, to: job.to },
  });
}

function nonFinite(job: EncodeJob, found: Extract<EncodeOutcome, { kind: 'non-finite' }>): SlipwayError {
  const at = `row ${found.row} of the chunk, column ${found.column}`;
  const context = { tensor: job.tensor, row: found.row, column: found.column };
  return found.place === 'input'
    ? new SlipwayError('NON_FINITE', `tensor "${job.tensor}" holds a NaN or an infinity`, { where: at, context })
    : new SlipwayError('NON_FINITE', `tensor "${job.tensor}" has weights too large for ${job.to}`, {
        where: at,
        got: 'a scale that is not finite in half precision',
        context,
      });
}
