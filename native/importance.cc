#include "importance.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

namespace slipway {
namespace {

/** Fewer rows than this are not counted, as llama-imatrix does. */
constexpr int64_t kLeastRows = 16;

/** The name between the marks that a scheduler puts around it: `CUDA0#blk.0.attn_k.weight#0`. */
std::string bare_name(const char* name) {
  const char* start = std::strchr(name, '#');
  if (start == nullptr) return name;
  start++;
  const char* end = std::strchr(start, '#');
  return end == nullptr ? std::string(start) : std::string(start, end);
}

void add_squares(float* sums, const float* row, int64_t length) {
  for (int64_t column = 0; column < length; column++) sums[column] += row[column] * row[column];
}

void require_finite(const std::string& name, const float* values, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!std::isfinite(values[i])) throw std::runtime_error("the sums of " + name + " are not finite");
  }
}

}  // namespace

bool Importance::on_tensor(Tensor* tensor, bool ask, void* self) {
  Importance& it = *static_cast<Importance*>(self);
  try {
    if (ask) return it.failure.empty() && it.wants(tensor);
    it.collect(tensor);
    return true;
  } catch (const std::exception& error) {
    it.failure = error.what();
    return false;
  }
}

bool Importance::wants(const Tensor* tensor) const {
  if (tensor->op == kOpMulMatId) return true;
  if (tensor->op != kOpMulMat) return false;
  const Tensor* input = tensor->src[1];
  if (input->ne[1] < kLeastRows || input->type != kTypeF32) return false;
  const std::string name = bare_name(tensor->src[0]->name);
  return name.compare(0, 4, "blk.") == 0 || (with_output_ && name == "output.weight");
}

void Importance::collect(const Tensor* tensor) {
  const Tensor* input = tensor->src[1];
  const std::string name = bare_name(tensor->src[0]->name);
  const char* data = static_cast<const char*>(input->data);
  if (!library_.is_host(input->buffer)) {
    copy_.resize(library_.tensor_bytes(input));
    library_.read_tensor(input, copy_.data(), 0, copy_.size());
    data = copy_.data();
  }
  if (input->type != kTypeF32 || input->nb[0] != sizeof(float))
    throw std::runtime_error("the input of " + name + " is not stored as rows of floats");
  if (tensor->op == kOpMulMatId) {
    collect_experts(name, tensor, data);
  } else {
    collect_matrix(name, tensor, data);
  }
}

void Importance::collect_matrix(const std::string& name, const Tensor* tensor, const char* data) {
  const Tensor* weights = tensor->src[0];
  const Tensor* input = tensor->src[1];
  const int64_t length = input->ne[0];
  const int64_t matrices = weights->ne[2] * weights->ne[3];
  Sums& entry = sums[name];
  if (entry.values.empty()) {
    entry.values.resize(static_cast<size_t>(length * matrices), 0);
    entry.counts.resize(1, 0);
  } else if (entry.values.size() != static_cast<size_t>(length * matrices)) {
    throw std::runtime_error("the matrix " + name + " changes its size");
  }
  for (int64_t third = 0; third < input->ne[3]; third++) {
    for (int64_t second = 0; second < input->ne[2]; second++) {
      const int64_t matrix = (third % weights->ne[3]) * weights->ne[2] + second % weights->ne[2];
      const char* rows = data + second * input->nb[2] + third * input->nb[3];
      for (int64_t row = 0; row < input->ne[1]; row++) {
        add_squares(entry.values.data() + matrix * length, reinterpret_cast<const float*>(rows + row * input->nb[1]),
                    length);
      }
    }
  }
  require_finite(name, entry.values.data(), entry.values.size());
  for (int64_t& count : entry.counts) count += input->ne[1] * input->ne[2] * input->ne[3] / matrices;
}

void Importance::collect_experts(const std::string& name, const Tensor* tensor, const char* data) {
  const Tensor* input = tensor->src[1];
  const Tensor* ids = tensor->src[2];
  const int64_t experts = tensor->src[0]->ne[2];
  const int64_t length = input->ne[0];
  if (ids->ne[1] != input->ne[2] || input->ne[3] != 1)
    throw std::runtime_error("the experts of " + name + " are not chosen token by token");
  // Small, and not contiguous: it is always copied.
  ids_.resize(library_.tensor_bytes(ids));
  library_.read_tensor(ids, ids_.data(), 0, ids_.size());
  Sums& entry = sums[name];
  if (entry.counts.size() == 1 && experts > 1) entry.counts.resize(static_cast<size_t>(experts), entry.counts[0]);
  if (entry.values.empty()) {
    entry.values.resize(static_cast<size_t>(length * experts), 0);
    entry.counts.resize(static_cast<size_t>(experts), 0);
  } else if (entry.values.size() != static_cast<size_t>(length * experts) ||
             entry.counts.size() != static_cast<size_t>(experts)) {
    throw std::runtime_error("the experts of " + name + " change their number or size");
  }
  for (int64_t choice = 0; choice < ids->ne[0]; choice++) {
    for (int64_t token = 0; token < input->ne[2]; token++) {
      int32_t expert = 0;
      std::memcpy(&expert, ids_.data() + token * ids->nb[1] + choice * ids->nb[0], sizeof expert);
      if (expert < 0 || expert >= experts) throw std::runtime_error("there is no such expert in " + name);
      const char* row = data + (choice % input->ne[1]) * input->nb[1] + token * input->nb[2];
      entry.counts[static_cast<size_t>(expert)]++;
      add_squares(entry.values.data() + expert * length, reinterpret_cast<const float*>(row), length);
    }
  }
  require_finite(name, entry.values.data(), entry.values.size());
}

}  // namespace slipway
