/**
 * The alphabet of byte-level BPE (GPT-2): every byte has a printable character. Bytes that print keep their own,
 * the others get the characters from U+0100 on, in order.
 */
const SYMBOL_OF_BYTE: readonly string[] = symbols();
const BYTE_OF_SYMBOL: ReadonlyMap<string, number> = new Map(SYMBOL_OF_BYTE.map((symbol, byte) => [symbol, byte]));

function symbols(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    if (printable(byte)) return String.fromCodePoint(byte);
    next += 1;
    return String.fromCodePoint(next - 1);
  });
}

/** Bytes as the characters of the byte-level alphabet. */
export function symbolsOfBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += SYMBOL_OF_BYTE[byte] ?? '';
  return text;
}

/** The text that tokens stand for; a token with characters outside the alphabet stands for itself. */
export function bytesOfSymbols(tokens: readonly string[]): string {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const token of tokens) {
    const values = Array.from(token, (symbol) => BYTE_OF_SYMBOL.get(symbol));
    if (values.every((value) => value !== undefined)) bytes.push(...values);
    else bytes.push(...encoder.encode(token));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
