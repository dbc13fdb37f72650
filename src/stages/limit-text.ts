/** A number of bytes for a message: in the largest binary unit that it fills. */
export function formatLimit(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, index] = [bytes, 0];
  for (; value >= 1024 && index < units.length - 1; index += 1) value /= 1024;
  return `${Number(value.toFixed(1))} ${units[index] ?? ''}`;
}
