/**
 * Bytes that no compression or sparse file makes cheaper: a xorshift stream, seeded.
 * @param {number} size bytes
 * @param {number} mask kept bits of each word: 0xbfffbfff gives half-precision numbers below 2
 */
export async function* noise(size, mask = 0xffffffff) {
  const words = new Uint32Array(256 * 1024);
  let state = 0x9e3779b9;
  for (let left = size; left > 0; left -= words.byteLength) {
    for (let index = 0; index < words.length; index += 1) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state & mask;
    }
    yield new Uint8Array(words.slice().buffer, 0, Math.min(left, words.byteLength));
  }
}
