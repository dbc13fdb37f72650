/** Weights as models have them: bell-shaped, one in 97 an outlier, rounded to BF16. From integer PRNG bits. */
export function makeWeights(length) {
  const weights = new Float32Array(length);
  const bits = new Uint32Array(weights.buffer);
  for (let i = 0; i < length; i++) {
    const [a, b, c] = [noise(3 * i), noise(3 * i + 1), noise(3 * i + 2)];
    const total = (a & 0xffff) + (a >>> 16) + (b & 0xffff) + (b >>> 16) - 131_070;
    weights[i] = (c % 97 === 0 ? total * 16 : total) * 2 ** -20;
    bits[i] = bits[i] & 0xffff0000;
  }
  return weights;
}

/** Importance of each column: positive, uneven. */
export function makeImportance(length) {
  return Float32Array.from({ length }, (_, i) => ((noise(i) & 0xffff) + 1) * 2 ** -12);
}

function noise(counter) {
  let x = counter | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
