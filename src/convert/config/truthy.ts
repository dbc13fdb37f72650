import type { JsonValue } from '../../files/index.js';

/** What Python takes for true. */
export function truthy(value: JsonValue | undefined): value is JsonValue {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}
