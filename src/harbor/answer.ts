/** A JSON object as a server sent it: nothing about it is known until it has been looked at. */
export type AnswerObject = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one for anything else. */
export function answerObject(value: unknown): AnswerObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as AnswerObject) : {};
}

/** The objects of a list. Go writes an empty list as `null`; what is no object is left out. */
export function asObjects(value: unknown): readonly AnswerObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (item): item is AnswerObject => typeof item === 'object' && item !== null && !Array.isArray(item),
  );
}

/** The object's own field, never an inherited one. */
export function field(object: AnswerObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A text field; empty when it is missing or something else. */
export function textField(object: AnswerObject, key: string): string {
  const value = field(object, key);
  return typeof value === 'string' ? value : '';
}

/** A whole number within 2^53; `undefined` when it is missing or something else. */
export function numberField(object: AnswerObject, key: string): number | undefined {
  const value = field(object, key);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

/** True for `true`, and for the text "true" as project metadata has it. */
export function flagField(object: AnswerObject, key: string): boolean {
  const value = field(object, key);
  return value === true || value === 'true';
}
