import { mxfp4, nvfp4 } from './four-bit-float.js';
import { iq1M, iq1S } from './iq1.js';
import { iq2S, iq2Xs, iq2Xxs } from './iq2.js';
import { iq3S, iq3Xxs } from './iq3.js';
import { iq4Nl, iq4Xs } from './iq4.js';
import { q1_0, q2_0 } from './low-bit.js';
import { tq1_0, tq2_0 } from './ternary.js';
import type { Twin } from './twin.js';

/** The types with fixed sets of values: lattices, uneven steps, ternary, 4-bit floats, one and two bits. */
export const GRID_TWINS: readonly (readonly [string, Twin])[] = [
  ['IQ4_NL', iq4Nl],
  ['IQ4_XS', iq4Xs],
  ['TQ1_0', tq1_0],
  ['TQ2_0', tq2_0],
  ['MXFP4', mxfp4],
  ['NVFP4', nvfp4],
  ['Q1_0', q1_0],
  ['Q2_0', q2_0],
  ['IQ3_XXS', iq3Xxs],
  ['IQ3_S', iq3S],
  ['IQ2_XXS', iq2Xxs],
  ['IQ2_XS', iq2Xs],
  ['IQ2_S', iq2S],
  ['IQ1_S', iq1S],
  ['IQ1_M', iq1M],
];
