/** A file that one part derives: where it lies in the model, as shares of the whole from 0 to 1. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/**
 * Gives each span a part, so that parts are neighbours in the model and none has much more than the others: what a part
 * reads of the source is then one stretch of it, and no two parts read the same but where a file begins. Spans of several
 * variants that lie over each other go to the same part. Pure: the same spans give the same parts.
 */
export function assignSpans(chains: readonly (readonly Span[])[], parts: number): readonly (readonly number[])[] {
  const [longest = []] = chains.toSorted((a, b) => b.length - a.length || total(b) - total(a));
  const edges = edgesOf(longest, parts);
  return chains.map((chain) => chain.map(({ start, end }) => partAt(edges, (start + end) / 2)));
}

/** Where each part ends, as shares of the model, at ends of files: the largest part is as small as it can be. */
function edgesOf(chain: readonly Span[], parts: number): readonly number[] {
  let [low, high] = [Math.max(0, ...chain.map(({ size }) => size)), total(chain)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (cut(chain, middle).length <= parts) high = middle;
    else low = middle;
  }
  const fits = cut(chain, low).length <= parts ? low : high;
  return cut(chain, fits);
}

/** Ends of stretches of files that have at most `most` bytes. */
function cut(chain: readonly Span[], most: number): readonly number[] {
  const edges: number[] = [];
  let sum = 0;
  for (const [index, { size, start }] of chain.entries()) {
    if (sum + size > most && index > 0) {
      edges.push(start);
      sum = 0;
    }
    sum += size;
  }
  return [...edges, 1];
}

function partAt(edges: readonly number[], place: number): number {
  const index = edges.findIndex((edge) => place < edge);
  return index === -1 ? Math.max(0, edges.length - 1) : index;
}

function total(chain: readonly Span[]): number {
  return chain.reduce((sum, { size }) => sum + size, 0);
}

/** Share of the model that spans cover together, as a part reads it: what lies over each other is read once. */
export function covered(spans: readonly Pick<Span, 'start' | 'end'>[]): number {
  let [sum, reached] = [0, 0];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    sum += Math.max(0, end - Math.max(start, reached));
    reached = Math.max(reached, end);
  }
  return sum;
}
