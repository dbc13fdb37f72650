/** A rectangle of a treemap. */
export interface Tile<T> {
  readonly item: T;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk 2000): areas are proportional to sizes, shapes as square as they get.
 * Items without a positive size get no tile.
 */
export function layoutTreemap<T>(items: readonly T[], sizeOf: (item: T) => number, box: Box): Tile<T>[] {
  const rest = items
    .map((item) => ({ item, size: sizeOf(item) }))
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size);
  const total = rest.reduce((sum, { size }) => sum + size, 0);
  const scale = (box.width * box.height) / total;
  const tiles: Tile<T>[] = [];
  let free = box;
  let index = 0;
  while (index < rest.length) {
    const row: { item: T; area: number }[] = [];
    const side = Math.min(free.width, free.height);
    for (; index < rest.length; index += 1) {
      const next = rest[index];
      if (next === undefined) break;
      const longer = [...row, { item: next.item, area: next.size * scale }];
      if (row.length > 0 && worstRatio(longer, side) > worstRatio(row, side)) break;
      row.push({ item: next.item, area: next.size * scale });
    }
    free = placeRow(row, free, tiles);
  }
  return tiles;
}

function worstRatio(row: readonly { readonly area: number }[], side: number): number {
  const areas = row.map(({ area }) => area);
  const sum = areas.reduce((total, area) => total + area, 0);
  const [largest, smallest] = [areas[0] ?? 0, areas.at(-1) ?? 0];
  return Math.max((side * side * largest) / (sum * sum), (sum * sum) / (side * side * smallest));
}

/** Lays a row along the shorter side and returns what is left of the box. */
function placeRow<T>(row: readonly { readonly item: T; readonly area: number }[], box: Box, tiles: Tile<T>[]): Box {
  const sum = row.reduce((total, { area }) => total + area, 0);
  const upright = box.width >= box.height;
  const side = upright ? box.height : box.width;
  const depth = side === 0 ? 0 : sum / side;
  let offset = 0;
  for (const { item, area } of row) {
    const length = depth === 0 ? 0 : area / depth;
    tiles.push(
      upright
        ? { item, x: box.x, y: box.y + offset, width: depth, height: length }
        : { item, x: box.x + offset, y: box.y, width: length, height: depth },
    );
    offset += length;
  }
  return upright
    ? { x: box.x + depth, y: box.y, width: Math.max(0, box.width - depth), height: box.height }
    : { x: box.x, y: box.y + depth, width: box.width, height: Math.max(0, box.height - depth) };
}
