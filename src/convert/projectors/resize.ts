/**
 * Resizes a square grid of vectors by bilinear interpolation with aligned corners, as `torch.nn.functional.interpolate`
 * computes it in single precision.
 * @param values rows of `from * from` places, `width` numbers each
 */
export function resizedGrid(values: Float32Array, from: number, to: number, width: number): Float32Array {
  const { fround } = Math;
  const scale = to > 1 ? fround((from - 1) / (to - 1)) : 0;
  const places = Array.from({ length: to }, (_, index) => {
    const exact = fround(scale * index);
    const first = Math.min(Math.trunc(exact), from - 1);
    const second = first + (first < from - 1 ? 1 : 0);
    const share = Math.min(Math.max(fround(exact - first), 0), 1);
    return { first, second, share, rest: fround(1 - share) };
  });
  const result = new Float32Array(to * to * width);
  const at = (row: number, column: number, channel: number): number =>
    values[(row * from + column) * width + channel] ?? 0;
  places.forEach((y, row) => {
    places.forEach((x, column) => {
      for (let channel = 0; channel < width; channel += 1) {
        // Each product is added exactly and the sum rounded once, in the order in which torch's kernel does.
        let sum = fround(fround(y.share * x.rest) * at(y.second, x.first, channel));
        sum = fround(fround(y.share * x.share) * at(y.second, x.second, channel) + sum);
        sum = fround(fround(y.rest * x.share) * at(y.first, x.second, channel) + sum);
        sum = fround(fround(y.rest * x.rest) * at(y.first, x.first, channel) + sum);
        result[(row * to + column) * width + channel] = sum;
      }
    });
  });
  return result;
}
