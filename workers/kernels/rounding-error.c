// How far weights are from what their blocks hold: sums over rows, in double precision.
#include "lanes.h"

/** Weights whose squares are summed in single precision before they join the sum of all. */
#define PART 128

typedef struct {
    double squares, base, weighted_squares, weighted_base;
    v largest;
} sums;

INLINE double across_sum(v x) {
    return (double)wasm_f32x4_extract_lane(x, 0) + (double)wasm_f32x4_extract_lane(x, 1) +
           (double)wasm_f32x4_extract_lane(x, 2) + (double)wasm_f32x4_extract_lane(x, 3);
}

/** Four weights at a time, n of them: a multiple of four. `columns`: importance, or NULL. */
INLINE void add_part(sums *to, const float *x, const float *y, const float *columns, int n) {
    v squares = splat(0), base = splat(0), weighted = splat(0), weighted_base = splat(0);
    for (int i = 0; i < n; i += 4) {
        v w = wasm_v128_load(x + i), d = sub(wasm_v128_load(y + i), w);
        v square = mul(d, d), own = mul(w, w);
        squares = add(squares, square);
        base = add(base, own);
        to->largest = keep_max(to->largest, absolute(d));
        if (columns) {
            v importance = wasm_v128_load(columns + i);
            weighted = add(weighted, mul(importance, square));
            weighted_base = add(weighted_base, mul(importance, own));
        }
    }
    to->squares += across_sum(squares);
    to->base += across_sum(base);
    if (!columns) return;
    to->weighted_squares += across_sum(weighted);
    to->weighted_base += across_sum(weighted_base);
}

INLINE void add_row(sums *to, const float *x, const float *y, const float *columns, int n) {
    for (int i = 0; i < n; i += PART)
        add_part(to, x + i, y + i, columns ? columns + i : 0, n - i < PART ? n - i : PART);
}

/** Adds rows to out: squares of differences, of x, both weighted by columns if there are any, the largest difference, weights. */
EXPORT(rounding_error)(const float *x, const float *y, int rows, int n, const float *columns, double *out) {
    sums found = {out[0], out[1], out[2], out[3], splat(0)};
    for (int r = 0; r < rows; r++) {
        if (columns) add_row(&found, x + r * n, y + r * n, columns, n);
        else add_row(&found, x + r * n, y + r * n, 0, n);
    }
    out[0] = found.squares, out[1] = found.base, out[2] = found.weighted_squares, out[3] = found.weighted_base;
    out[5] += (double)rows * n;
    for (int k = 0; k < 4; k++) {
        float lanes[4];
        wasm_v128_store(lanes, found.largest);
        if ((double)lanes[k] > out[4]) out[4] = (double)lanes[k];
    }
}
