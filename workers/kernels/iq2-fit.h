// The search for the scales and points of an IQ2 block.
#ifndef SLIPWAY_IQ2_FIT_H
#define SLIPWAY_IQ2_FIT_H
#include "grid.h"

typedef enum { IQ2_XXS, IQ2_XS, IQ2_S } Iq2;

/** Fits the sub-blocks of a block; returns the largest scale, or NaN when ggml would abort. */
float fit_iq2(const Grid *grid, const float *x, const float *columns, Iq2 variant, uint8_t *scratch, Stored *out);
#endif
