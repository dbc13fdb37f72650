#include "llama-library.h"

#include <dlfcn.h>

#include <cstring>
#include <vector>

namespace slipway {
namespace {

/** What is kept of what the library says, in bytes. */
constexpr size_t kWordsLimit = 2000;
/** ggml.h, `enum ggml_log_level`: warnings and errors, and lines that go on with one. */
constexpr int kLogWarning = 3;
/** ggml.h, `struct ggml_threadpool_params`: where the count of threads and the level of polling are, and its default. */
constexpr size_t kPoolThreadsAt = 512;
constexpr size_t kPoolPollAt = 520;
constexpr uint32_t kUsualPoll = 50;
/** ggml-backend.h, `enum ggml_backend_dev_type`. */
constexpr int kProcessor = 0;

struct Versions {
  const char* llama;
  std::vector<const char*> ggml;
};

/** Releases whose structures are the ones declared here (llama.h of both commits compared). */
const Versions kKnown = {"0.5.0", {"0.25.1", "0.25.3"}};

template <typename Function>
bool find(void* handle, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(handle, name));
  return function != nullptr;
}

void on_log(int level, const char* text, void* words) {
  if (level >= kLogWarning) static_cast<Words*>(words)->add(text);
}

bool starts_with(const char* text, const char* start) { return std::strncmp(text, start, std::strlen(start)) == 0; }

/** What a function returns by value, and whether it wrote no more than the structure that is expected. */
template <typename Params>
bool returned(void* function, Params& params) {
  Roomy<Params> room;
#if defined(__x86_64__)
  // A structure of this size is written to where a hidden first argument points (System V ABI): into prepared memory.
  std::memset(&room, 0xa5, sizeof room);
  reinterpret_cast<void* (*)(void*)>(function)(&room);
  for (const unsigned char byte : room.beyond) {
    if (byte != 0xa5) return false;
  }
#else
  room = reinterpret_cast<Roomy<Params> (*)()>(function)();
#endif
  params = room.params;
  return true;
}

}  // namespace

void Words::add(const char* text) {
  std::lock_guard<std::mutex> guard(lock_);
  kept_ += text;
  if (kept_.size() > kWordsLimit) kept_.erase(0, kept_.size() - kWordsLimit);
}

std::string Words::take() {
  std::lock_guard<std::mutex> guard(lock_);
  std::string text;
  text.swap(kept_);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool LlamaLibrary::resolve(std::string& missing) {
  const auto need = [&](const char* name, auto& function) {
    if (!find(handle_, name, function) && missing.empty()) missing = name;
  };
  need("llama_version", version);
  need("ggml_version", ggml_version);
  need("llama_model_load_from_file", load);
  need("llama_model_free", free_model);
  need("llama_init_from_model", make_context);
  need("llama_free", free_context);
  need("llama_n_ctx", context_size);
  need("llama_decode", decode);
  need("llama_encode", encode);
  need("llama_synchronize", synchronize);
  need("llama_get_logits", logits);
  need("llama_get_embeddings_seq", embeddings_of);
  need("llama_get_embeddings_ith", embeddings_at);
  need("llama_pooling_type", pooling);
  need("llama_get_memory", memory);
  need("llama_memory_clear", clear_memory);
  need("llama_model_get_vocab", vocabulary);
  need("llama_vocab_n_tokens", token_count);
  need("llama_vocab_bos", bos);
  need("llama_vocab_eos", eos);
  need("llama_vocab_get_add_bos", adds_bos);
  need("llama_vocab_get_add_eos", adds_eos);
  need("llama_vocab_is_eog", is_end);
  need("llama_tokenize", tokenize);
  need("llama_token_to_piece", piece);
  need("llama_model_chat_template", chat_template);
  need("llama_model_has_encoder", has_encoder);
  need("llama_model_has_decoder", has_decoder);
  need("llama_model_n_embd", embedding_length);
  need("llama_model_n_ctx_train", trained_context);
  need("llama_model_size", model_size);
  need("ggml_backend_buffer_is_host", is_host);
  need("ggml_backend_tensor_get", read_tensor);
  need("ggml_nbytes", tensor_bytes);
  find(handle_, "ggml_commit", ggml_commit);
  return missing.empty();
}

/** The processor's code may be a plug-in: its functions are asked for by name. All of this is left out where it lacks. */
void LlamaLibrary::find_threads() {
  void* (*device_by_type)(int) = nullptr;
  void* (*registry_of)(void*) = nullptr;
  void* (*function_of)(void*, const char*) = nullptr;
  const bool found = find(handle_, "ggml_backend_dev_by_type", device_by_type) &&
                     find(handle_, "ggml_backend_dev_backend_reg", registry_of) &&
                     find(handle_, "ggml_backend_reg_get_proc_address", function_of) &&
                     find(handle_, "ggml_threadpool_params_init", describe_threads_) &&
                     find(handle_, "llama_attach_threadpool", attach_threads);
  void* processor = found ? device_by_type(kProcessor) : nullptr;
  void* registry = processor == nullptr ? nullptr : registry_of(processor);
  if (registry == nullptr) return;
  new_threads_ = reinterpret_cast<decltype(new_threads_)>(function_of(registry, "ggml_threadpool_new"));
  free_threads = reinterpret_cast<decltype(free_threads)>(function_of(registry, "ggml_threadpool_free"));
}

ThreadPool* LlamaLibrary::make_threads(int32_t count) const {
  if (new_threads_ == nullptr || free_threads == nullptr) return nullptr;
  // Written and read by the library alone; the structure of 0.5.0 has 528 bytes.
  alignas(16) unsigned char params[4096] = {};
  describe_threads_(params, count);
  int32_t threads = 0;
  uint32_t poll = 0;
  std::memcpy(&threads, params + kPoolThreadsAt, sizeof threads);
  std::memcpy(&poll, params + kPoolPollAt, sizeof poll);
  // Threads that wait for the next part of a text would spin for a tenth of a second, while others score the one before.
  if (threads == count && poll == kUsualPoll) std::memset(params + kPoolPollAt, 0, sizeof poll);
  return new_threads_(params);
}

/** Asks for the defaults, which have to be those of the structures that are declared here. */
bool LlamaLibrary::read_defaults(std::string& text) {
  void* model_function = dlsym(handle_, "llama_model_default_params");
  void* context_function = dlsym(handle_, "llama_context_default_params");
  if (model_function == nullptr || context_function == nullptr) {
    text = "it exports no default parameters";
    return false;
  }
  if (!returned(model_function, model_defaults) || !returned(context_function, context_defaults)) {
    text = "its parameters are longer than those of llama.cpp 0.5.0";
    return false;
  }
  const ContextParams& it = context_defaults;
  const bool expected = it.n_ctx == 512 && it.n_batch == 2048 && it.n_ubatch == 512 && it.n_seq_max == 1 &&
                        it.n_threads == 4 && it.cb_eval == nullptr && it.type_k == 1 && it.type_v == 1 &&
                        it.offload_kqv && it.samplers == nullptr && it.ctx_other == nullptr &&
                        model_defaults.progress_callback == nullptr && model_defaults.use_extra_bufts;
  if (!expected) text = "its default parameters are not where those of llama.cpp 0.5.0 are";
  return expected;
}

std::unique_ptr<LlamaLibrary> LlamaLibrary::open(const std::string& path, const std::string& plugins, bool any_version,
                                                 std::string& code, std::string& text) {
  std::unique_ptr<LlamaLibrary> library(new LlamaLibrary());
  library->handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library->handle_ == nullptr) {
    const char* reason = dlerror();
    code = "LIBRARY_OPEN";
    text = reason == nullptr ? "the system gives no reason" : reason;
    return nullptr;
  }
  std::string missing;
  if (!library->resolve(missing)) {
    code = "LIBRARY_SYMBOL";
    text = "it exports no " + missing;
    return nullptr;
  }
  bool known = starts_with(library->version(), kKnown.llama);
  bool known_ggml = false;
  for (const char* version : kKnown.ggml) known_ggml = known_ggml || std::strcmp(library->ggml_version(), version) == 0;
  if (!any_version && !(known && known_ggml)) {
    code = "LIBRARY_VERSION";
    text = std::string("it is llama.cpp ") + library->version() + " with ggml " + library->ggml_version() +
           ", expected llama.cpp 0.5.0 with ggml 0.25.1 or 0.25.3";
    return nullptr;
  }
  if (!library->read_defaults(text)) {
    code = "LIBRARY_LAYOUT";
    return nullptr;
  }
  void (*log_set)(void (*)(int, const char*, void*), void*) = nullptr;
  if (find(library->handle_, "llama_log_set", log_set)) log_set(on_log, &library->words);
  // In builds whose processor code is a plug-in, nothing computes before one is loaded.
  void (*load_plugins)(const char*) = nullptr;
  if (!plugins.empty() && find(library->handle_, "ggml_backend_load_all_from_path", load_plugins))
    load_plugins(plugins.c_str());
  void (*start)() = nullptr;
  if (find(library->handle_, "llama_backend_init", start)) start();
  library->find_threads();
  return library;
}

}  // namespace slipway
