// An installed llama.cpp, opened at run time: the functions of libggml-base that quantize.
// The declarations follow ggml.h of ggml 0.25.3; nothing here is linked against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace slipway {

/** Ids below this exist in ggml 0.25.3 (`GGML_TYPE_COUNT`). */
constexpr int kTypeCount = 43;

/** True for the types that `ggml_quantize_chunk` knows as a target, other than F32, F16 and BF16. */
bool can_quantize(int type);

/** ggml.h, `struct ggml_type_traits`. */
struct TypeTraits {
  const char* type_name;
  int64_t blck_size;
  int64_t blck_size_interleave;
  size_t type_size;
  bool is_quantized;
  void (*to_float)(const void* blocks, float* weights, int64_t count);
  void (*from_float_ref)(const float* weights, void* blocks, int64_t count);
};

/** What ggml calls before it ends the process. */
using AbortCallback = void (*)(const char* message);

/** Why a library cannot be used: one of LIBRARY_OPEN and LIBRARY_SYMBOL, and the system's or our own words. */
struct Failure {
  const char* code;
  std::string text;
};

/**
 * The library stays loaded until the process ends: ggml installs handlers that must not outlive their code, and other
 * threads may be inside. Its tables are freed with the last user.
 */
class Library {
 public:
  /** Null with `failure` filled in when the file cannot be loaded or lacks a function. */
  static std::unique_ptr<Library> open(const std::string& path, Failure& failure);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /**
   * Runs `work`, which calls into ggml. False when ggml gave up (a failed assertion, which would end the process):
   * `message` then says where. What ggml had allocated by then is lost.
   */
  bool run(const std::function<void()>& work, std::string& message) const;

  const char* (*version)() = nullptr;
  /** Null in libraries that do not tell. */
  const char* (*commit)() = nullptr;
  int64_t (*block_length)(int type) = nullptr;
  size_t (*block_size)(int type) = nullptr;
  size_t (*row_size)(int type, int64_t length) = nullptr;
  const TypeTraits* (*traits)(int type) = nullptr;
  bool (*needs_importance)(int type) = nullptr;
  void (*prepare)(int type) = nullptr;
  size_t (*quantize)(int type, const float* weights, void* blocks, int64_t start, int64_t rows, int64_t row_length,
                     const float* importance) = nullptr;
  bool (*validate)(int type, const void* blocks, size_t size) = nullptr;

 private:
  explicit Library(void* handle) : handle_(handle) {}

  void* handle_;
  void (*free_tables_)() = nullptr;
  AbortCallback (*on_abort_)(AbortCallback callback) = nullptr;
};

}  // namespace slipway
