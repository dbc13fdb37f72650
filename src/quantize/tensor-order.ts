/**
 * The order in which llama-quantize goes through tensors and writes them: those outside blocks first, then block by
 * block; within each by the bytes of their names.
 */
export function inReferenceOrder<T extends { readonly name: string }>(tensors: readonly T[]): T[] {
  return tensors
    .map((tensor) => ({ tensor, block: blockOf(tensor.name), bytes: Buffer.from(tensor.name) }))
    .sort((a, b) => a.block - b.block || Buffer.compare(a.bytes, b.bytes))
    .map(({ tensor }) => tensor);
}

/** The number after `blk.` at the start of a name; -1 elsewhere, also in `enc.blk.0.`. */
function blockOf(name: string): number {
  const match = /^blk\.\s*([+-]?\d+)/.exec(name);
  return match === null ? -1 : Number(match[1]);
}
