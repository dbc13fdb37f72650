// What llama-perplexity computes of the logits of one position: losses, 16-bit log-probabilities (the records of .kld
// files), and how one distribution differs from another. Sums are doubles, everything else floats, in its order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace slipway {

/** How a position's prediction by one model differs from the other's. */
struct Difference {
  /** Negative log-likelihood of the true token. */
  float nll;
  float base_nll;
  /** Kullback-Leibler divergence of the base from this model. */
  double divergence;
  /** Probability of the true token, minus the base's. */
  float probability;
  bool same_top;
};

/** 16-bit words of a record: two floats, then one word a token, an even number of them. */
inline size_t record_length(int vocabulary) { return 2 * ((static_cast<size_t>(vocabulary) + 1) / 2) + 4; }

double loss(const float* logits, int vocabulary, int token);
/** Writes the record of one position and returns the loss. */
double make_record(const float* logits, int vocabulary, int token, uint16_t* record);
Difference compare_with_record(const float* logits, int vocabulary, int token, const uint16_t* record);
/** As `compare_with_record`, with the base's own logits. */
Difference compare_with_logits(const float* logits, int vocabulary, int token, const float* base);
/** Index of the largest, the first of equals. */
int largest(const float* logits, int vocabulary);

}  // namespace slipway
