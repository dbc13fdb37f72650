const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes that move or lie in files: `3.10 GB` (powers of 1000), three digits. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1000, DECIMAL);
}

/** Bytes of memory or disk space: `1.90 GiB` (powers of 1024), three digits. */
export function formatSpace(bytes: number): string {
  return scaled(bytes, 1024, BINARY);
}

/** Bytes a second: `118 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  return `${scaled(Math.round(bytesPerSecond), 1000, DECIMAL)}/s`;
}

/** Milliseconds for people: `41.0 s`, `2 min 03 s`, `1 h 04 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let [number, unit] = [value, 0];
  while (number >= base * 0.9995 && unit < units.length - 1) {
    number /= base;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : number < 9.995 ? 2 : number < 99.95 ? 1 : 0;
  return `${number.toFixed(digits)} ${units[unit] ?? ''}`;
}
