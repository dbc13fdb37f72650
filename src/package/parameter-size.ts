const UNITS = ['', 'K', 'M', 'B', 'T', 'Q'] as const;

/** A number of weights as ModelPack writes it: at most one decimal and a unit, `8.2B`; nothing below a thousand. */
export function parameterSize(parameters: number): string | undefined {
  if (!Number.isFinite(parameters) || parameters < 1000) return undefined;
  return withUnit(parameters, 1).replace(/\.0(?=[A-Z])/, '');
}

/** A number with a decimal unit and `digits` decimals: `494.03M`. */
export function withUnit(value: number, digits: number): string {
  let index = 0;
  let rest = value;
  while (index < UNITS.length - 1 && Number(rest.toFixed(digits)) >= 1000) {
    rest /= 1000;
    index += 1;
  }
  return `${rest.toFixed(digits)}${UNITS[index] ?? ''}`;
}
