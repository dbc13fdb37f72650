// The lattices of the grid types: only some combinations of levels may be stored. Every other combination has a list of
// the stored points nearest to it (ggml-quants.c, iq2xs_init_impl and iq3xs_init_impl).
import { byteAt } from './arithmetic.js';
import { GRID_POINTS, type GridName } from './grid-points.js';

export interface Grid {
  /** Weights of a point: 8, or 4 for IQ3. */
  readonly width: number;
  /** Levels of a weight: 3, or 8 for IQ3. */
  readonly levels: number;
  /** The levels of point p are `width` bytes from p * width. */
  readonly points: Uint8Array;
  /** The point with exactly these levels, or the nearest shells of points: by distance, then by number. */
  lookUp(levels: ArrayLike<number>): number | Uint16Array;
}

interface Shape {
  readonly width: number;
  readonly levels: number;
  /** How many different distances a list of neighbours covers. */
  readonly shells: number;
}

const EIGHT = { width: 8, levels: 3 };
const FOUR = { width: 4, levels: 8 };
const SHAPES: Readonly<Record<GridName, Shape>> = {
  iq1: { ...EIGHT, shells: 3 },
  iq2_xxs: { ...EIGHT, shells: 2 },
  iq2_xs: { ...EIGHT, shells: 2 },
  iq2_s: { ...EIGHT, shells: 1 },
  iq3_xxs: { ...FOUR, shells: 2 },
  iq3_s: { ...FOUR, shells: 3 },
};

const opened = new Map<GridName, Grid>();

/** The grid of a type; decoded when it is first asked for. */
export function gridOf(name: GridName): Grid {
  const known = opened.get(name) ?? openGrid(name);
  opened.set(name, known);
  return known;
}

function openGrid(name: GridName): Grid {
  const shape = SHAPES[name];
  const points = decodePoints(GRID_POINTS[name], shape);
  const exact = new Map<number, number>();
  for (let p = 0; p * shape.width < points.length; p++)
    exact.set(keyOf(points.subarray(p * shape.width, (p + 1) * shape.width)), p);
  const lists = new Map<number, Uint16Array>();
  function lookUp(levels: ArrayLike<number>): number | Uint16Array {
    const key = keyOf(levels);
    const found = exact.get(key) ?? lists.get(key);
    if (found !== undefined) return found;
    const list = nearestShells(levels, points, shape);
    lists.set(key, list);
    return list;
  }
  return { width: shape.width, levels: shape.levels, points, lookUp };
}

function decodePoints(base64: string, { width }: Shape): Uint8Array {
  const words = Buffer.from(base64, 'base64');
  const bits = width === 8 ? 2 : 3;
  return Uint8Array.from({ length: (words.length / 2) * width }, (_, i) => {
    const word = words.readUInt16LE(2 * Math.floor(i / width));
    return (word >> (bits * (i % width))) & (2 ** bits - 1);
  });
}

function keyOf(levels: ArrayLike<number>): number {
  let key = 0;
  for (let i = 0; i < levels.length; i++) key = key * 8 + (levels[i] ?? 0);
  return key;
}

function nearestShells(levels: ArrayLike<number>, points: Uint8Array, { width, shells }: Shape): Uint16Array {
  const byDistance: number[][] = [];
  for (let p = 0; p * width < points.length; p++) {
    let distance = 0;
    for (let i = 0; i < width; i++) distance += (byteAt(points, p * width + i) - (levels[i] ?? 0)) ** 2;
    (byDistance[distance] ??= []).push(p);
  }
  return Uint16Array.from(Object.values(byDistance).slice(0, shells).flat());
}
