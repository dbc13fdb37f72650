/** White space as Python's `str.split()` sees it. */
// oxlint-disable-next-line no-control-regex -- Python counts the control characters U+001C to U+001F as white space
const SPACE = /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;
/** Line ends as Python's `str.splitlines()` sees them. */
// oxlint-disable-next-line no-control-regex -- Python ends lines at the control characters U+001C to U+001E
const LINE_END = /\r\n|[\n-\r\u001c-\u001e\u0085\u2028\u2029]/u;

export function words(text: string): string[] {
  return text.split(SPACE).filter((word) => word !== '');
}

/** Lines without their ends; a line end at the end of the text opens no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const CASED = /[\p{Lowercase}\p{Uppercase}\p{Lt}]/u;

/** `str.islower()`: there are letters with case, and none of them is a capital. */
export function isLower(text: string): boolean {
  return /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text);
}

/** `str.title()`: a capital after everything that has no case, so that `s2orc` becomes `S2Orc`. */
export function titleCase(text: string): string {
  let result = '';
  let inside = false;
  for (const character of text) {
    const cased = CASED.test(character);
    result += cased && !inside ? capital(character) : character.toLowerCase();
    inside = cased;
  }
  return result;
}

function capital(character: string): string {
  const [first = '', ...rest] = Array.from(character.toUpperCase());
  return first + rest.join('').toLowerCase();
}

/** A number with a fixed count of decimals; halves go to the even neighbour, as in Python's format and round. */
export function fixed(value: number, decimals: number): string {
  // A binary number lies exactly between two decimals only when its last binary digit is one place further.
  const tie = Math.abs((value * 2 ** (decimals + 1)) % 2) === 1;
  if (!tie) return value.toFixed(decimals);
  const below = Math.floor(value * 10 ** decimals);
  return ((below % 2 === 0 ? below : below + 1) / 10 ** decimals).toFixed(decimals);
}
