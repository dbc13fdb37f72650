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
  /** Up to this place in the order, what begins at `apartFrom` or behind it is read apart: decided once for all of it. */
  apartUntil: number;
  apartFrom: number;
}

interface Want {
  readonly state: FileState;
  readonly piece: Piece;
}

/**
 * Goes through what will be read and decides of every piece whether it comes from the one reading of its file or has to
 * be read apart: a file is read in its own order, and what is passed and wanted later is kept while `room` (bytes) lasts. Where it does
 * not, the smaller part is read twice: either what is passed and wanted last, or what lies ahead until something before it is wanted.
 */
export function planReading(
  files: ReadonlyMap<string, PlannedFile>,
  order: readonly FileRange[],
  room: number,
): ReadingPlan {
  const keeping = planWith(files, order, room, false);
  if (keeping.outlook.twice === 0) return keeping;
  // Neither is the better one for every order: what is kept for long leaves no room for the tensors of one layer.
  const dropping = planWith(files, order, room, true);
  return dropping.outlook.twice < keeping.outlook.twice ? dropping : keeping;
}

function planWith(
  files: ReadonlyMap<string, PlannedFile>,
  order: readonly FileRange[],
  room: number,
  mayDrop: boolean,
): ReadingPlan {
  const states = statesOf(files, order);
  const wants = [...wantsOf(states, order)];
  const window = new PlannedWindow(room, wants, mayDrop);
  for (const [place, { state, piece }] of wants.entries()) {
    if (window.take(piece) || piece.end <= state.file.present) {
      piece.wanted += 1;
    } else if (piece.start >= state.head && window.pass(wants, place)) {
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
  /** Bytes that were kept at the same time, at most. */
  most = 0;
  /** Places in the order where a piece is wanted, the next one last. */
  readonly #places = new Map<Piece, number[]>();
  readonly #room: number;
  readonly #mayDrop: boolean;
  readonly #kept = new Set<Piece>();
  #held = 0;

  constructor(room: number, wants: readonly Want[], mayDrop: boolean) {
    this.#room = room;
    this.#mayDrop = mayDrop;
    for (let place = wants.length - 1; place >= 0; place--) {
      const piece = wants[place]?.piece;
      if (piece === undefined) continue;
      const known = this.#places.get(piece);
      if (known === undefined) this.#places.set(piece, [place]);
      else known.push(place);
    }
  }

  /** Counts a reading of a piece; says whether the piece is here. */
  take(piece: Piece): boolean {
    const places = this.#places.get(piece) ?? [];
    places.pop();
    if (!this.#kept.has(piece)) return false;
    if (places.length === 0) this.#drop(piece);
    return true;
  }

  /** Goes on to the piece that is wanted at a place, keeping what is passed; says whether that costs least. */
  pass(wants: readonly Want[], place: number): boolean {
    const want = wants[place];
    if (want === undefined || isDecided(want, place)) return false;
    const { state, piece } = want;
    let least: number | undefined;
    const passed: Piece[] = [];
    let size = this.#held;
    for (const other of state.pieces.between(state.head, piece.end)) {
      if (this.#next(other) === undefined) continue;
      size += sizeOf(other);
      passed.push(other);
      if (size <= this.#room || other === piece) continue;
      if (!this.#mayDrop) return false;
      least ??= costApart(wants, place);
      if (size - this.#room >= least) return stayApart(wants, place);
    }
    const dropped = this.#mayDrop || size <= this.#room ? this.#lastWanted(passed, size - this.#room) : [piece];
    const cost = dropped.reduce((sum, other) => sum + (other === piece ? 0 : sizeOf(other)), 0);
    if (cost > 0 && cost >= (least ??= costApart(wants, place))) return stayApart(wants, place);
    this.#keep(passed, dropped);
    return true;
  }

  #keep(passed: readonly Piece[], dropped: readonly Piece[]): void {
    for (const each of passed) {
      this.#kept.add(each);
      this.#held += sizeOf(each);
    }
    for (const each of dropped) this.#drop(each);
    this.most = Math.max(this.most, this.#held);
  }

  #drop(piece: Piece): void {
    if (this.#kept.delete(piece)) this.#held -= sizeOf(piece);
  }

  #next(piece: Piece): number | undefined {
    return this.#places.get(piece)?.at(-1);
  }

  /** Of what is kept and what is passed, as much as is too much: what is wanted last goes first. */
  #lastWanted(passed: readonly Piece[], tooMuch: number): readonly Piece[] {
    if (tooMuch <= 0) return [];
    const others = this.#kept.size > MOST_COMPARED ? [] : [...this.#kept];
    const sorted = [...others, ...passed].sort((a, b) => (this.#next(b) ?? 0) - (this.#next(a) ?? 0));
    const dropped: Piece[] = [];
    for (let [index, rest] = [0, tooMuch]; rest > 0 && index < sorted.length; index++) {
      const piece = sorted[index];
      if (piece === undefined) break;
      dropped.push(piece);
      rest -= sizeOf(piece);
    }
    return dropped;
  }
}

/** With more pieces than this only those that are passed are compared: the plan of a model of many experts takes no minutes. */
const MOST_COMPARED = 4096;

function isDecided({ state, piece }: Want, place: number): boolean {
  return place < state.apartUntil && piece.start >= state.apartFrom;
}

/** Reads apart what is wanted at a place and what follows it there: always false. */
function stayApart(wants: readonly Want[], place: number): false {
  const want = wants[place];
  if (want === undefined) return false;
  want.state.apartFrom = want.piece.start;
  want.state.apartUntil = place + 1;
  while (wants[want.state.apartUntil] !== undefined && !isBefore(wants[want.state.apartUntil], want))
    want.state.apartUntil += 1;
  return false;
}

/** Bytes that are read twice when the reading stays where it is until something before the wanted piece is wanted. */
function costApart(wants: readonly Want[], place: number): number {
  const want = wants[place];
  let cost = 0;
  if (want === undefined) return cost;
  for (let at = place; at < wants.length; at++) {
    const other = wants[at];
    if (isBefore(other, want)) break;
    if (other?.state === want.state && other.piece.start >= want.piece.start) cost += sizeOf(other.piece);
  }
  return cost;
}

/** Whether something stands between the head of a file and the piece that is wanted of it. */
function isBefore(other: Want | undefined, { state, piece }: Want): boolean {
  return other?.state === state && other.piece.start >= state.head && other.piece.start < piece.start;
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
      return [[path, { file, pieces, head: file.head, twice: 0, apartUntil: 0, apartFrom: 0 }] as const];
    }),
  );
}

function* wantsOf(states: ReadonlyMap<string, FileState>, order: readonly FileRange[]): Generator<Want> {
  for (const { file, start, end } of order) {
    const state = states.get(file.path);
    if (state === undefined || end <= start) continue;
    for (const piece of state.pieces.between(start, end)) yield { state, piece };
  }
}
