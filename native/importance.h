// An importance matrix as llama-imatrix collects it: for each matrix, the sum of squares of what it is multiplied with,
// column by column, and how many rows that were.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "llama-library.h"

namespace slipway {

struct Sums {
  std::vector<float> values;
  std::vector<int64_t> counts;
};

class Importance {
 public:
  Importance(const LlamaLibrary& library, bool with_output) : library_(library), with_output_(with_output) {}

  /** For `cb_eval`. What goes wrong is kept: exceptions must not pass through the library. */
  static bool on_tensor(Tensor* tensor, bool ask, void* self);

  /** Sums by the name of the matrix, in order. */
  std::map<std::string, Sums> sums;
  /** Set when collecting failed. */
  std::string failure;

 private:
  bool wants(const Tensor* tensor) const;
  void collect(const Tensor* tensor);
  void collect_matrix(const std::string& name, const Tensor* tensor, const char* data);
  void collect_experts(const std::string& name, const Tensor* tensor, const char* data);

  const LlamaLibrary& library_;
  bool with_output_;
  std::vector<char> copy_;
  std::vector<char> ids_;
};

}  // namespace slipway
