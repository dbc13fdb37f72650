import { comparePaths } from '../files/index.js';
import type { ComparedTensor } from './model-content.js';
import { differingPieces, part, type Readable } from './same-bytes.js';

/** A tensor that only one side has. */
export interface UnpairedTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

export interface TensorChange {
  readonly name: string;
  /** `content` only when type and shape are the same: bytes of different types cannot be compared. */
  readonly what: 'type' | 'shape' | 'type and shape' | 'content';
  readonly before: Omit<UnpairedTensor, 'name'>;
  readonly after: Omit<UnpairedTensor, 'name'>;
}

export interface TensorComparison {
  readonly added: readonly UnpairedTensor[];
  readonly removed: readonly UnpairedTensor[];
  readonly changed: readonly TensorChange[];
  /** How many are equal: type, shape and every byte. */
  readonly same: number;
}

type Pair = readonly [ComparedTensor, ComparedTensor];

/**
 * Compares tensors by name. The bytes of those that could be equal are read, each once, in long runs where they lie one
 * behind the other on both sides.
 * @param known the bytes are known to be equal (by digests): nothing is read
 */
export async function compareTensors(
  a: readonly ComparedTensor[],
  b: readonly ComparedTensor[],
  known: boolean,
  signal?: AbortSignal,
): Promise<TensorComparison> {
  const [before, after] = [byName(a), byName(b)];
  const changes = new Map<string, TensorChange>();
  const alike: Pair[] = [];
  for (const tensor of a) {
    const other = after.get(tensor.name);
    if (other === undefined) continue;
    const what = headerChange(tensor, other);
    if (what === undefined) alike.push([tensor, other]);
    else changes.set(tensor.name, changeOf(tensor, other, what));
  }
  for (const [tensor, other] of known ? [] : await differing(alike, signal))
    changes.set(tensor.name, changeOf(tensor, other, 'content'));
  return {
    added: b.filter(({ name }) => !before.has(name)).map(entryOf),
    removed: a.filter(({ name }) => !after.has(name)).map(entryOf),
    changed: a.flatMap(({ name }) => changes.get(name) ?? []),
    same: a.filter(({ name }) => after.has(name) && !changes.has(name)).length,
  };
}

function byName(tensors: readonly ComparedTensor[]): Map<string, ComparedTensor> {
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function entryOf({ name, type, shape }: ComparedTensor): UnpairedTensor {
  return { name, type, shape };
}

function changeOf(a: ComparedTensor, b: ComparedTensor, what: TensorChange['what']): TensorChange {
  return { name: a.name, what, before: { type: a.type, shape: a.shape }, after: { type: b.type, shape: b.shape } };
}

function headerChange(a: ComparedTensor, b: ComparedTensor): TensorChange['what'] | undefined {
  const isShape = a.shape.length !== b.shape.length || a.shape.some((length, index) => length !== b.shape[index]);
  if (a.type !== b.type) return isShape ? 'type and shape' : 'type';
  return isShape ? 'shape' : undefined;
}

async function differing(pairs: readonly Pair[], signal: AbortSignal | undefined): Promise<Pair[]> {
  const found: Pair[] = [];
  const inOrder = pairs.toSorted(([a], [b]) => comparePaths(a.file.path, b.file.path) || a.range.start - b.range.start);
  for (const run of runsOf(inOrder)) {
    const pieces = await differingPieces(...readersOf(run), endsOf(run), signal);
    // Pieces are tensors and, between them, what fills up to the next: that differs without harm.
    for (const piece of pieces) {
      const pair = piece % 2 === 0 ? run[piece / 2] : undefined;
      if (pair !== undefined) found.push(pair);
    }
  }
  return found;
}

/** Bytes between two tensors that are read along rather than asked around. */
const GAP = 4096;

/** Tensors that follow each other at the same distances on both sides. */
function runsOf(pairs: readonly Pair[]): Pair[][] {
  const runs: Pair[][] = [];
  for (const pair of pairs) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && follows(last, pair)) run.push(pair);
    else runs.push([pair]);
  }
  return runs;
}

function follows([lastA, lastB]: Pair, [a, b]: Pair): boolean {
  if (lastA.file !== a.file || lastB.file !== b.file || a.swapped || b.swapped) return false;
  const gap = a.range.start - lastA.range.end;
  return gap >= 0 && gap <= GAP && b.range.start - lastB.range.end === gap;
}

function readersOf(run: readonly Pair[]): [Readable, Readable] {
  const [first, last] = [run[0], run.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a run has tensors');
  if (first[0].swapped || first[1].swapped) return [first[0].content, first[1].content];
  return [
    part(first[0].file, { start: first[0].range.start, end: last[0].range.end }),
    part(first[1].file, { start: first[1].range.start, end: last[1].range.end }),
  ];
}

/** Ends of tensor, gap, tensor, gap, … counted from the start of the run. */
function endsOf(run: readonly Pair[]): number[] {
  const start = run[0]?.[0].range.start ?? 0;
  return run.flatMap(([a], index) => {
    const next = run[index + 1]?.[0].range.start;
    return next === undefined ? [a.range.end - start] : [a.range.end - start, next - start];
  });
}
