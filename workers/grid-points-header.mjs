import { createJiti } from 'jiti';

/** grid-points.h: the lattices of the grid types as C arrays, from the table that the twins use. */
export async function gridPointsHeader() {
  const { GRID_POINTS } = await createJiti(import.meta.url).import('./twins/grid-points.ts');
  const arrays = Object.entries(GRID_POINTS).map(([name, base64]) => {
    const bytes = Buffer.from(base64, 'base64');
    const words = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
    return `static const uint16_t ${name}_points[${words.length}] = {${words.join()}};\n`;
  });
  return `#include <stdint.h>\n${arrays.join('')}`;
}
