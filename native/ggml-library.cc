#include "ggml-library.h"

#include <dlfcn.h>

#include <csetjmp>
#include <cstdio>
#include <map>
#include <mutex>

namespace slipway {
namespace {

// How many threads use a library, by its handle: the tables are the process's, not a thread's.
std::mutex users_lock;
std::map<void*, int> users;

// Where a thread that is inside ggml goes when ggml gives up, and what ggml said.
thread_local std::jmp_buf* way_out = nullptr;
thread_local char last_words[512];

/** ggml calls this right before `abort()`. Only C frames of ggml lie between here and `Library::run`. */
void on_abort(const char* message) {
  std::snprintf(last_words, sizeof last_words, "%s", message);
  if (way_out != nullptr) std::longjmp(*way_out, 1);
  std::fprintf(stderr, "%s\n", message);
}

template <typename Function>
bool resolve(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

/** Kept apart from everything that has a destructor, which a jump would skip. */
bool protect(void (*call)(const void*), const void* argument) {
  std::jmp_buf here;
  way_out = &here;
  const bool finished = setjmp(here) == 0;
  if (finished) call(argument);
  way_out = nullptr;
  return finished;
}

}  // namespace

bool can_quantize(int type) {
  switch (type) {
    case 2: case 3: case 6: case 7: case 8:               // Q4_0 Q4_1 Q5_0 Q5_1 Q8_0
    case 10: case 11: case 12: case 13: case 14:          // Q2_K Q3_K Q4_K Q5_K Q6_K
    case 16: case 17: case 18: case 19: case 20:          // IQ2_XXS IQ2_XS IQ3_XXS IQ1_S IQ4_NL
    case 21: case 22: case 23: case 29:                   // IQ3_S IQ2_S IQ4_XS IQ1_M
    case 34: case 35: case 39: case 40: case 41: case 42: // TQ1_0 TQ2_0 MXFP4 NVFP4 Q1_0 Q2_0
      return true;
    default:
      return false;
  }
}

std::unique_ptr<Library> Library::open(const std::string& path, Failure& failure) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    failure = {"LIBRARY_OPEN", reason == nullptr ? "the system gives no reason" : reason};
    return nullptr;
  }
  std::unique_ptr<Library> library(new Library(handle));
  {
    std::lock_guard<std::mutex> guard(users_lock);
    users[handle]++;
  }
  const char* missing = nullptr;
  const auto need = [&](const char* name, auto& function) {
    if (!resolve(handle, name, function) && missing == nullptr) missing = name;
  };
  need("ggml_version", library->version);
  need("ggml_blck_size", library->block_length);
  need("ggml_type_size", library->block_size);
  need("ggml_row_size", library->row_size);
  need("ggml_get_type_traits", library->traits);
  need("ggml_quantize_requires_imatrix", library->needs_importance);
  need("ggml_quantize_init", library->prepare);
  need("ggml_quantize_chunk", library->quantize);
  need("ggml_quantize_free", library->free_tables_);
  need("ggml_validate_row_data", library->validate);
  need("ggml_set_abort_callback", library->on_abort_);
  resolve(handle, "ggml_commit", library->commit);
  if (missing != nullptr) {
    failure = {"LIBRARY_SYMBOL", std::string("it exports no ") + missing};
    return nullptr;
  }
  library->on_abort_(on_abort);
  return library;
}

Library::~Library() {
  std::lock_guard<std::mutex> guard(users_lock);
  if (--users[handle_] > 0) return;
  if (free_tables_ != nullptr) free_tables_();
  // This code may be unloaded before the library is.
  if (on_abort_ != nullptr) on_abort_(nullptr);
}

bool Library::run(const std::function<void()>& work, std::string& message) const {
  const auto call = [](const void* argument) { (*static_cast<const std::function<void()>*>(argument))(); };
  if (protect(call, &work)) return true;
  message = last_words;
  return false;
}

}  // namespace slipway
