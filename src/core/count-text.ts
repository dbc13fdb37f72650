/** `1 byte`, `2 bytes`: a count and what it counts, by its English plural. */
export function countText(count: number | bigint, unit: string): string {
  return `${count} ${unit}${count === 1 || count === 1n ? '' : 's'}`;
}
