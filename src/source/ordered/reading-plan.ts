import type { FileRange, ReadingOutlook } from '../../files/index.js';
import { LEAF_BYTES } from './leaf-marks.js';
import { Pieces, type Piece } from './pieces.js';

/** A file as a plan sees it. */
export interface PlannedFile {
  readonly path: string;
  readonly size: number;
  /** Bytes that have been read in order already. */
  readonly head: number;
  /** Of those, how many from the beginning on are still here. */
  readonly present: number;
}

export interface ReadingPlan {
  readonly pieces: ReadonlyMap<string, Pieces>;
  readonly outlook: ReadingOutlook;
}

interface FileState {
  readonly file: PlannedFile;
  readonly pieces: Pieces;
  head: number;
  twice: number;
}

/**
 * Goes through what will be read and decides of every piece whether it comes from the one reading of its file or has to
 * be read apart: a file is read in its own order, what is passed and wanted later is kept while `room` (bytes) lasts, and
 * what lies so far ahead that there is no room for what comes before it is read apart, and again in passing.
 */
export function planReading(
  files: ReadonlyMap<string, PlannedFile>,
  order: readonly FileRange[],
  room: number,
): ReadingPlan {
  const states = statesOf(files, order);
  const window = new PlannedWindow(room);
  for (const { piece } of wantsOf(states, order)) window.comes.set(piece, (window.comes.get(piece) ?? 0) + 1);
  for (const { state, piece } of wantsOf(states, order)) {
    if (window.take(piece) || piece.end <= state.file.present) {
      piece.wanted += 1;
    } else if (piece.start >= state.head && window.pass(state, piece)) {
      piece.wanted += 1;
      state.head = piece.end;
    } else {
      if (piece.start >= state.head) piece.apart += 1;
      state.twice += readApart(state.file, piece);
    }
  }
  const pieces = new Map([...states].map(([path, state]) => [path, state.pieces] as const));
  return { pieces, outlook: outlookOf([...states.values()], window.most) };
}

/** What is kept of all files while a plan goes through its order. */
class PlannedWindow {
  /** Readings of a piece that are still to come. */
  readonly comes = new Map<Piece, number>();
  /** Bytes that were kept at the same time, at most. */
  most = 0;
  readonly #room: number;
  readonly #kept = new Set<Piece>();
  #held = 0;

  constructor(room: number) {
    this.#room = room;
  }

  /** Counts a reading of a piece; says whether the piece is here. */
  take(piece: Piece): boolean {
    const remaining = (this.comes.get(piece) ?? 1) - 1;
    this.comes.set(piece, remaining);
    if (!this.#kept.has(piece)) return false;
    if (remaining === 0 && this.#kept.delete(piece)) this.#held -= sizeOf(piece);
    return true;
  }

  /** Goes on to a piece, keeping what is passed; says whether there was room for that. */
  pass({ head, pieces }: FileState, piece: Piece): boolean {
    const passed: Piece[] = [];
    let size = this.#held;
    for (const other of pieces.between(head, piece.start)) {
      if (other.start >= piece.start || (this.comes.get(other) ?? 0) === 0) continue;
      size += sizeOf(other);
      if (size > this.#room) return false;
      passed.push(other);
    }
    if ((this.comes.get(piece) ?? 0) > 0 && size + sizeOf(piece) <= this.#room) passed.push(piece);
    for (const each of passed) {
      this.#kept.add(each);
      this.#held += sizeOf(each);
    }
    this.most = Math.max(this.most, this.#held);
    return true;
  }
}

/** Bytes that a reading of a piece by itself takes: it is compared in whole leaves. */
function readApart({ size }: PlannedFile, { start, end }: Piece): number {
  const last = Math.min(size, Math.ceil(end / LEAF_BYTES) * LEAF_BYTES);
  return last - Math.floor(start / LEAF_BYTES) * LEAF_BYTES;
}

function sizeOf({ start, end }: Piece): number {
  return end - start;
}

function outlookOf(states: readonly FileState[], kept: number): ReadingOutlook {
  const files = states.map(({ file, twice }) => ({ path: file.path, twice }));
  return {
    size: states.reduce((sum, { file }) => sum + file.size, 0),
    twice: files.reduce((sum, { twice }) => sum + twice, 0),
    kept,
    files: files.filter(({ twice }) => twice > 0),
  };
}

function statesOf(files: ReadonlyMap<string, PlannedFile>, order: readonly FileRange[]): Map<string, FileState> {
  const edges = new Map<string, number[]>();
  for (const { file, start, end } of order) {
    if (!files.has(file.path) || end <= start) continue;
    const known = edges.get(file.path) ?? [];
    known.push(start, end);
    edges.set(file.path, known);
  }
  return new Map(
    [...edges].flatMap(([path, places]) => {
      const file = files.get(path);
      if (file === undefined) return [];
      const pieces = new Pieces(file.size, [...places, file.head, file.present]);
      return [[path, { file, pieces, head: file.head, twice: 0 }] as const];
    }),
  );
}

function* wantsOf(
  states: ReadonlyMap<string, FileState>,
  order: readonly FileRange[],
): Generator<{ readonly state: FileState; readonly piece: Piece }> {
  for (const { file, start, end } of order) {
    const state = states.get(file.path);
    if (state === undefined || end <= start) continue;
    for (const piece of state.pieces.between(start, end)) yield { state, piece };
  }
}
