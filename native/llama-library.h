// An installed libllama, opened at run time: the functions that load a model and decode text.
// The declarations follow llama.h and ggml.h of llama.cpp 0.5.0; nothing here is linked against them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace slipway {

struct LlamaModel;
struct ThreadPool;
struct LlamaContext;
struct LlamaVocabulary;
struct LlamaMemory;
using Token = int32_t;

/** ggml.h, `struct ggml_tensor`: what is computed, of what, and where it lies. */
struct Tensor {
  int32_t type;
  void* buffer;
  int64_t ne[4];
  size_t nb[4];
  int32_t op;
  int32_t op_params[16];
  int32_t flags;
  Tensor* src[10];
  Tensor* view_src;
  size_t view_offs;
  void* data;
  char name[64];
  void* extra;
  char padding[8];
};
static_assert(sizeof(Tensor) == 336, "ggml_tensor");

constexpr int32_t kTypeF32 = 0;
constexpr int32_t kOpMulMat = 29;
constexpr int32_t kOpMulMatId = 30;

/** Called for each tensor of a graph: once before (`ask`), to say whether it is wanted, and once with its data. */
using EvaluateCallback = bool (*)(Tensor* tensor, bool ask, void* user_data);

/** llama.h, `struct llama_model_params`. */
struct ModelParams {
  void* devices;
  const void* tensor_buft_overrides;
  int32_t n_gpu_layers;
  int32_t split_mode;
  int32_t load_mode;
  int32_t lazy_mode;
  int32_t main_gpu;
  const float* tensor_split;
  bool (*progress_callback)(float progress, void* user_data);
  void* progress_callback_user_data;
  const void* kv_overrides;
  bool vocab_only;
  bool check_tensors;
  bool use_extra_bufts;
  bool no_host;
  bool no_alloc;
  bool load_mtp;
};
static_assert(sizeof(ModelParams) == 80, "llama_model_params");

/** llama.h, `struct llama_context_params`. */
struct ContextParams {
  uint32_t n_ctx;
  uint32_t n_batch;
  uint32_t n_ubatch;
  uint32_t n_seq_max;
  uint32_t n_rs_seq;
  uint32_t n_outputs_max;
  uint32_t n_outputs_max_per_seq;
  int32_t n_threads;
  int32_t n_threads_batch;
  int32_t ctx_type;
  int32_t rope_scaling_type;
  int32_t pooling_type;
  int32_t attention_type;
  int32_t flash_attn_type;
  float rope_freq_base;
  float rope_freq_scale;
  float yarn_ext_factor;
  float yarn_attn_factor;
  float yarn_beta_fast;
  float yarn_beta_slow;
  uint32_t yarn_orig_ctx;
  float defrag_thold;
  EvaluateCallback cb_eval;
  void* cb_eval_user_data;
  int32_t type_k;
  int32_t type_v;
  bool (*abort_callback)(void* data);
  void* abort_callback_data;
  bool embeddings;
  bool offload_kqv;
  bool no_perf;
  bool op_offload;
  bool swa_full;
  bool kv_unified;
  void* samplers;
  size_t n_samplers;
  LlamaContext* ctx_other;
};
static_assert(sizeof(ContextParams) == 160, "llama_context_params");
static_assert(offsetof(ContextParams, cb_eval) == 88 && offsetof(ContextParams, type_k) == 104, "llama_context_params");

/** llama.h, `struct llama_batch`. */
struct Batch {
  int32_t n_tokens;
  Token* token;
  float* embd;
  int32_t* pos;
  int32_t* n_seq_id;
  int32_t** seq_id;
  int8_t* logits;
};
static_assert(sizeof(Batch) == 56, "llama_batch");

/** A structure as it is returned by value, with room for one that has grown in a later release. */
template <typename Params>
struct Roomy {
  Params params;
  unsigned char beyond[512 - sizeof(Params)];
};

/** The last words of the library, kept for the error that follows them. */
class Words {
 public:
  void add(const char* text);
  std::string take();

 private:
  std::mutex lock_;
  std::string kept_;
};

/** Opened once a process; it stays loaded until the process ends. */
class LlamaLibrary {
 public:
  /**
   * Null with `code` and `text` filled in: LIBRARY_OPEN, LIBRARY_SYMBOL, LIBRARY_VERSION, LIBRARY_LAYOUT. Versions are
   * compared before anything that takes or gives a structure by value is called; `any_version` leaves that out.
   */
  static std::unique_ptr<LlamaLibrary> open(const std::string& path, const std::string& plugins, bool any_version,
                                            std::string& code, std::string& text);

  Words words;
  ModelParams model_defaults;
  ContextParams context_defaults;

  const char* (*version)() = nullptr;
  const char* (*ggml_version)() = nullptr;
  const char* (*ggml_commit)() = nullptr;
  LlamaModel* (*load)(const char* path, ModelParams params) = nullptr;
  void (*free_model)(LlamaModel* model) = nullptr;
  LlamaContext* (*make_context)(LlamaModel* model, ContextParams params) = nullptr;
  void (*free_context)(LlamaContext* context) = nullptr;
  uint32_t (*context_size)(const LlamaContext* context) = nullptr;
  int32_t (*decode)(LlamaContext* context, Batch batch) = nullptr;
  int32_t (*encode)(LlamaContext* context, Batch batch) = nullptr;
  void (*synchronize)(LlamaContext* context) = nullptr;
  float* (*logits)(LlamaContext* context) = nullptr;
  float* (*embeddings_of)(LlamaContext* context, int32_t sequence) = nullptr;
  float* (*embeddings_at)(LlamaContext* context, int32_t index) = nullptr;
  int32_t (*pooling)(const LlamaContext* context) = nullptr;
  LlamaMemory* (*memory)(const LlamaContext* context) = nullptr;
  void (*clear_memory)(LlamaMemory* memory, bool data) = nullptr;
  const LlamaVocabulary* (*vocabulary)(const LlamaModel* model) = nullptr;
  int32_t (*token_count)(const LlamaVocabulary* vocabulary) = nullptr;
  Token (*bos)(const LlamaVocabulary* vocabulary) = nullptr;
  Token (*eos)(const LlamaVocabulary* vocabulary) = nullptr;
  bool (*adds_bos)(const LlamaVocabulary* vocabulary) = nullptr;
  bool (*adds_eos)(const LlamaVocabulary* vocabulary) = nullptr;
  bool (*is_end)(const LlamaVocabulary* vocabulary, Token token) = nullptr;
  int32_t (*tokenize)(const LlamaVocabulary* vocabulary, const char* text, int32_t length, Token* tokens,
                      int32_t limit, bool add_special, bool parse_special) = nullptr;
  int32_t (*piece)(const LlamaVocabulary* vocabulary, Token token, char* text, int32_t length, int32_t lstrip,
                   bool special) = nullptr;
  const char* (*chat_template)(const LlamaModel* model, const char* name) = nullptr;
  bool (*has_encoder)(const LlamaModel* model) = nullptr;
  bool (*has_decoder)(const LlamaModel* model) = nullptr;
  int32_t (*embedding_length)(const LlamaModel* model) = nullptr;
  int32_t (*trained_context)(const LlamaModel* model) = nullptr;
  uint64_t (*model_size)(const LlamaModel* model) = nullptr;
  /** Threads that stay from one decoding to the next; null where the library has none to give. */
  ThreadPool* make_threads(int32_t count) const;
  void (*free_threads)(ThreadPool* threads) = nullptr;
  void (*attach_threads)(LlamaContext* context, ThreadPool* threads, ThreadPool* batch) = nullptr;

  bool (*is_host)(void* buffer) = nullptr;
  void (*read_tensor)(const Tensor* tensor, void* data, size_t offset, size_t size) = nullptr;
  size_t (*tensor_bytes)(const Tensor* tensor) = nullptr;

 private:
  void* handle_ = nullptr;
  void (*describe_threads_)(void* params, int count) = nullptr;
  ThreadPool* (*new_threads_)(void* params) = nullptr;
  void find_threads();
  bool resolve(std::string& missing);
  bool read_defaults(std::string& text);
};

}  // namespace slipway
