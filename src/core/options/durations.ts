const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);

/** `500ms`, `90s`, `15m`, `12h`, `30d`, `8w`: what {@link parseDuration} takes. */
export const DURATION_PATTERN: RegExp = /^(\d{1,9})(ms|[smhdw])$/;

/** Milliseconds, or `undefined` for what is not a time. A number is milliseconds already. */
export function parseDuration(value: number | string): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  const [, digits, unit = ''] = DURATION_PATTERN.exec(value.trim()) ?? [];
  const factor = UNITS.get(unit);
  const milliseconds = Number(digits) * (factor ?? Number.NaN);
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}
