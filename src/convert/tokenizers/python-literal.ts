/** Escapes of one character in Python's string literals. */
const SIMPLE: ReadonlyMap<string, number> = new Map([
  ['\\', 0x5c],
  ["'", 0x27],
  ['"', 0x22],
  ['a', 0x07],
  ['b', 0x08],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
]);
/** Characters that `repr` of bytes writes as an escape of one letter. */
const SHORT: ReadonlyMap<number, string> = new Map([
  [0x09, '\\t'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x5c, '\\\\'],
]);

/**
 * The bytes of a Python string or bytes literal (text in UTF-8); `undefined` for anything else. Raw and triple-quoted
 * literals and named characters are not understood.
 */
export function parsePythonLiteral(literal: string): Uint8Array | undefined {
  const match = /^([bB]?)(['"])(.*)\2$/su.exec(literal);
  if (match === null) return undefined;
  const [, prefix, quote = '', body = ''] = match;
  const asBytes = prefix !== '';
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  const pattern = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))|([^\\])/gsu;
  let end = 0;
  for (const part of body.matchAll(pattern)) {
    if (part.index !== end) return undefined;
    end += part[0].length;
    const [, hex2, hex4, hex8, octal, simple, plain] = part;
    // Bytes literals are ASCII.
    if (plain === quote || (asBytes && plain !== undefined && plain > '\u007f')) return undefined;
    const code = codeOf(hex2 ?? hex4 ?? hex8, octal, simple, plain);
    if (code === undefined || (asBytes && (code > 0xff || hex4 !== undefined || hex8 !== undefined))) return undefined;
    if (asBytes) bytes.push(code);
    else bytes.push(...encoder.encode(String.fromCodePoint(code)));
  }
  return end === body.length ? Uint8Array.from(bytes) : undefined;
}

function codeOf(
  hex: string | undefined,
  octal: string | undefined,
  simple: string | undefined,
  plain: string | undefined,
): number | undefined {
  if (hex !== undefined) {
    const code = Number.parseInt(hex, 16);
    return code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? undefined : code;
  }
  if (octal !== undefined) return Number.parseInt(octal, 8);
  return simple === undefined ? plain?.codePointAt(0) : SIMPLE.get(simple);
}

/** Bytes as Python's `repr` prints them, without the `b''` around. */
export function reprOfBytes(bytes: Uint8Array): string {
  // Python quotes by ' unless only " spares it an escape.
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? 0x22 : 0x27;
  let text = '';
  for (const byte of bytes) {
    if (byte === quote) text += `\\${String.fromCodePoint(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f && byte !== 0x5c) text += String.fromCodePoint(byte);
    else text += SHORT.get(byte) ?? `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
