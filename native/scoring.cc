#include "scoring.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace slipway {
namespace {

/** Log-probabilities further below the largest than this are not told apart in a record. */
constexpr float kRange = 16.0f;

struct Sum {
  float maximum;
  int index;
  double exponentials;
};

Sum sum_of(const float* logits, int vocabulary) {
  Sum sum{logits[0], 0, 0};
  for (int i = 1; i < vocabulary; i++) {
    if (logits[i] > sum.maximum) {
      sum.maximum = logits[i];
      sum.index = i;
    }
  }
  for (int i = 0; i < vocabulary; i++) sum.exponentials += std::exp(logits[i] - sum.maximum);
  return sum;
}

/** Rounds half to even, as adding 1.5 x 2^23 does. */
int nearest(float value) {
  const float shifted = value + 12582912.0f;
  int32_t bits = 0;
  std::memcpy(&bits, &shifted, sizeof bits);
  return (bits & 0x007fffff) - 0x00400000;
}

/** `log_probability(i)` is the base's; the loop of both comparisons. */
template <typename LogProbability>
Difference compare(const float* logits, int vocabulary, int token, LogProbability log_probability) {
  const Sum sum = sum_of(logits, vocabulary);
  const float log_sum = static_cast<float>(std::log(sum.exponentials));
  Difference result{};
  result.nll = sum.maximum + log_sum - logits[token];
  result.base_nll = -log_probability(token);
  const float maximum = sum.maximum + log_sum;
  int base_top = -1;
  float base_maximum = 0;
  for (int i = 0; i < vocabulary; i++) {
    const float base = log_probability(i);
    if (i == 0 || base > base_maximum) {
      base_maximum = base;
      base_top = i;
    }
    if (base > -kRange) {
      const float probability = std::exp(base);
      result.divergence += probability * (base - logits[i] + maximum);
    }
  }
  result.same_top = base_top == sum.index;
  result.probability = std::exp(-result.nll) - std::exp(-result.base_nll);
  return result;
}

}  // namespace

double loss(const float* logits, int vocabulary, int token) {
  const Sum sum = sum_of(logits, vocabulary);
  return -(logits[token] - sum.maximum - std::log(sum.exponentials));
}

double make_record(const float* logits, int vocabulary, int token, uint16_t* record) {
  const Sum sum = sum_of(logits, vocabulary);
  const float least = std::max(*std::min_element(logits, logits + vocabulary), sum.maximum - kRange);
  const float log_sum = static_cast<float>(std::log(sum.exponentials));
  const float head[2] = {(sum.maximum - least) / 65535.0f, least - sum.maximum - log_sum};
  std::memcpy(record, head, sizeof head);
  uint16_t* words = record + 4;
  std::memset(words, 0, (record_length(vocabulary) - 4) * sizeof *words);
  if (head[0] != 0) {
    const float inverse = 1 / head[0];
    for (int i = 0; i < vocabulary; i++) {
      if (logits[i] > least) words[i] = static_cast<uint16_t>(nearest(inverse * (logits[i] - least)));
    }
  }
  return sum.maximum + log_sum - logits[token];
}

Difference compare_with_record(const float* logits, int vocabulary, int token, const uint16_t* record) {
  float head[2];
  std::memcpy(head, record, sizeof head);
  const uint16_t* words = record + 4;
  return compare(logits, vocabulary, token, [&](int i) { return head[0] * words[i] + head[1]; });
}

Difference compare_with_logits(const float* logits, int vocabulary, int token, const float* base) {
  const Sum sum = sum_of(base, vocabulary);
  const float shift = sum.maximum + static_cast<float>(std::log(sum.exponentials));
  return compare(logits, vocabulary, token, [&](int i) { return base[i] - shift; });
}

int largest(const float* logits, int vocabulary) {
  return static_cast<int>(std::max_element(logits, logits + vocabulary) - logits);
}

}  // namespace slipway
