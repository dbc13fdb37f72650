#include "llama-binding.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "call.h"
#include "model.h"
#include "scoring.h"

#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif

namespace slipway {
namespace {

constexpr size_t kContextLimit = size_t{1} << 22;
constexpr size_t kSequenceLimit = 4096;
constexpr size_t kThreadLimit = 512;
/** Bytes of a text that is tokenized in one go. */
constexpr size_t kTextLimit = size_t{1} << 30;
/** Numbers of one compared position: losses, divergence, probability, same top. */
constexpr size_t kDifferenceLength = 5;

/** The library and its models; one of each process, which ends with them. */
struct Engine {
  std::unique_ptr<LlamaLibrary> library;
  std::vector<std::unique_ptr<Model>> models;
};

class EngineCall : public Call {
 public:
  EngineCall(napi_env env, napi_callback_info info) : Call(env, info), engine(*static_cast<Engine*>(data)) {}

  bool model(size_t index, Model*& model) const {
    int64_t handle = 0;
    if (!whole_number(index, "the model", engine.models.empty() ? 0 : engine.models.size() - 1, handle)) return false;
    if (engine.models.empty() || engine.models[static_cast<size_t>(handle)] == nullptr)
      return fail("ARGUMENT", "there is no such model");
    model = engine.models[static_cast<size_t>(handle)].get();
    return true;
  }

  bool tokens(size_t index, const Model& model, Token*& tokens, size_t& count) const {
    void* elements_at = nullptr;
    if (!elements(index, "tokens", napi_int32_array, elements_at, count)) return false;
    tokens = static_cast<Token*>(elements_at);
    for (size_t i = 0; i < count; i++) {
      if (tokens[i] < 0 || tokens[i] >= model.vocabulary_size) return fail("ARGUMENT", "a token is not in the vocabulary");
    }
    return true;
  }

  Engine& engine;
};

/** Runs a method that may throw, which becomes a JavaScript error. */
template <typename Work>
napi_value guarded(const Call& call, Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return call.refuse("OUT_OF_MEMORY", "there is not enough memory");
  } catch (const std::exception& error) {
    return call.refuse("LIBRARY_FAILED", error.what());
  }
}

/** Calls `work(i)` for all `i` below `count`, on several threads. */
template <typename Work>
void in_parallel(int32_t threads, size_t count, Work work) {
  std::atomic<size_t> next{0};
  const auto loop = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int32_t i = 1; i < threads && static_cast<size_t>(i) < count; i++) others.emplace_back(loop);
  loop();
  for (std::thread& thread : others) thread.join();
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

napi_value bytes_value(napi_env env, const std::string& text) {
  void* data = nullptr;
  napi_value array = new_array(env, napi_uint8_array, text.size(), 1, &data);
  if (array != nullptr && !text.empty()) std::memcpy(data, text.data(), text.size());
  return array;
}

napi_value info(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  const LlamaLibrary& library = *call.engine.library;
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set(env, result, "version", text_value(env, library.version()));
  set(env, result, "ggmlVersion", text_value(env, library.ggml_version()));
  set(env, result, "commit", text_value(env, library.ggml_commit == nullptr ? "" : library.ggml_commit()));
  return result;
}

bool read_options(const EngineCall& call, ModelOptions& options) {
  int64_t context = 0, sequences = 0, batch = 0, micro_batch = 0, threads = 0, flash_attention = 0, purpose = 0;
  if (!call.text(0, "the path", options.path) || !call.whole_number(1, "contextSize", kContextLimit, context) ||
      !call.whole_number(2, "sequences", kSequenceLimit, sequences) ||
      !call.whole_number(3, "batch", kContextLimit, batch) ||
      !call.whole_number(4, "microBatch", kContextLimit, micro_batch) ||
      !call.whole_number(5, "threads", kThreadLimit, threads) ||
      !call.whole_number(6, "flashAttention", 2, flash_attention) || !call.whole_number(7, "purpose", 3, purpose))
    return false;
  if (context < 1 || sequences < 1 || batch < 1 || micro_batch < 1 || threads < 1 ||
      static_cast<size_t>(context * sequences) > kContextLimit)
    return call.fail("ARGUMENT", "a size is zero, or the context too long");
  if (batch < context && sequences > 1) return call.fail("ARGUMENT", "a batch holds less than one chunk of several");
  options.context_size = static_cast<uint32_t>(context);
  options.sequences = static_cast<uint32_t>(sequences);
  options.batch = static_cast<uint32_t>(batch);
  options.micro_batch = static_cast<uint32_t>(micro_batch);
  options.threads = static_cast<int32_t>(threads);
  options.flash_attention = static_cast<int32_t>(flash_attention) - 1;
  options.embeddings = purpose == 1;
  options.collect = purpose >= 2;
  options.collect_output = purpose == 3;
  return true;
}

/**
 * load(path, contextSize, sequences, batch, microBatch, threads, flashAttention, purpose): number.
 * flashAttention: 0 automatic, 1 off, 2 on. purpose: 0 logits, 1 embeddings, 2 importance, 3 the output's, too.
 */
napi_value load(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  ModelOptions options;
  if (!read_options(call, options)) return nullptr;
  return guarded(call, [&] {
    auto model = std::make_unique<Model>(*call.engine.library, options);
    model->load();
    call.engine.models.push_back(std::move(model));
    return number_value(env, static_cast<double>(call.engine.models.size() - 1));
  });
}

/** free(model). */
napi_value free_model(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  int64_t handle = 0;
  Model* model = nullptr;
  if (!call.model(0, model) || !call.whole_number(0, "the model", call.engine.models.size() - 1, handle)) return nullptr;
  call.engine.models[static_cast<size_t>(handle)].reset();
  return nullptr;
}

/** freeContext(model): its memory for text and logits; the next decoding makes it anew. */
napi_value free_context(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  if (call.model(0, model)) model->free_context();
  return nullptr;
}

/** facts(model): what an evaluation has to know about it. */
napi_value facts(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  if (!call.model(0, model)) return nullptr;
  const LlamaLibrary& library = *call.engine.library;
  napi_value result = nullptr;
  napi_create_object(env, &result);
  set(env, result, "vocabulary", number_value(env, model->vocabulary_size));
  set(env, result, "trainedContext", number_value(env, library.trained_context(model->model)));
  set(env, result, "embeddingLength", number_value(env, library.embedding_length(model->model)));
  set(env, result, "size", number_value(env, static_cast<double>(library.model_size(model->model))));
  set(env, result, "addsBos", truth_value(env, library.adds_bos(model->vocabulary)));
  set(env, result, "addsEos", truth_value(env, library.adds_eos(model->vocabulary)));
  set(env, result, "hasEncoder", truth_value(env, library.has_encoder(model->model)));
  set(env, result, "hasDecoder", truth_value(env, library.has_decoder(model->model)));
  set(env, result, "bos", bytes_value(env, library.bos(model->vocabulary) < 0 ? "" : model->piece(library.bos(model->vocabulary))));
  const char* chat_template = library.chat_template(model->model, nullptr);
  set(env, result, "chatTemplate", text_value(env, chat_template));
  return result;
}

/** tokenize(model, text, addSpecial, parseSpecial): Int32Array. */
napi_value tokenize(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  std::string text;
  if (!call.model(0, model) || !call.long_text(1, "the text", kTextLimit, text)) return nullptr;
  return guarded(call, [&]() -> napi_value {
    const std::vector<Token> tokens = model->tokenize(text, call.truth(2), call.truth(3));
    void* data = nullptr;
    napi_value array = new_array(env, napi_int32_array, tokens.size(), sizeof(Token), &data);
    if (array != nullptr && !tokens.empty()) std::memcpy(data, tokens.data(), tokens.size() * sizeof(Token));
    return array;
  });
}

/** piece(model, token): the bytes of a token; end(model, token): whether a text ends with it. */
napi_value piece(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  int64_t token = 0;
  if (!call.model(0, model) ||
      !call.whole_number(1, "the token", static_cast<size_t>(model->vocabulary_size) - 1, token))
    return nullptr;
  return guarded(call, [&] { return bytes_value(env, model->piece(static_cast<Token>(token))); });
}

napi_value is_end(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  int64_t token = 0;
  if (!call.model(0, model) ||
      !call.whole_number(1, "the token", static_cast<size_t>(model->vocabulary_size) - 1, token))
    return nullptr;
  return truth_value(env, call.engine.library->is_end(model->vocabulary, static_cast<Token>(token)));
}

/**
 * decode(model, tokens, first, start, end, sequence): whole chunks, as many as the model has sequences from this one on;
 * these positions of each.
 */
napi_value decode(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  Token* tokens = nullptr;
  size_t count = 0;
  int64_t first = 0, start = 0, end = 0, sequence = 0;
  if (!call.model(0, model) || !call.tokens(1, *model, tokens, count) ||
      !call.whole_number(2, "first", model->options.context_size - 1, first) ||
      !call.whole_number(3, "start", model->options.context_size - 1, start) ||
      !call.whole_number(4, "end", model->options.context_size, end) ||
      !call.whole_number(5, "sequence", model->options.sequences - 1, sequence))
    return nullptr;
  const size_t size = model->options.context_size;
  if (count == 0 || count % size != 0 || static_cast<size_t>(sequence) + count / size > model->options.sequences)
    return call.refuse("ARGUMENT", "tokens are not whole chunks, or too many");
  if (start >= end) return call.refuse("ARGUMENT", "no position is to be decoded");
  return guarded(call, [&]() -> napi_value {
    model->decode_chunks(tokens, static_cast<uint32_t>(count / size), static_cast<uint32_t>(sequence),
                         static_cast<uint32_t>(first), static_cast<uint32_t>(start), static_cast<uint32_t>(end));
    return nullptr;
  });
}

/** rest(model, bytes): gives back memory of mapped weights, which come back when they are read. */
napi_value rest(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  int64_t bytes = 0;
  if (!call.model(0, model) || !call.whole_number(1, "bytes", size_t{1} << 52, bytes)) return nullptr;
  model->rest(static_cast<size_t>(bytes));
  return nullptr;
}

/** A chunk that was decoded, and positions of it that are scored: all but its last. */
struct Scored {
  Model* model = nullptr;
  Token* tokens = nullptr;
  const float* logits = nullptr;
  size_t first = 0;
  size_t start = 0;
  size_t count = 0;

  const float* row(size_t i) const { return logits + (start + i) * static_cast<size_t>(model->vocabulary_size); }
  /** The token that position `i` predicts. */
  Token next(size_t i) const { return tokens[first + start + i + 1]; }
};

/** Arguments `at`: model, the chunk's tokens, which chunk of the batch, first output, start and count of positions. */
bool read_scored(const EngineCall& call, size_t at, Scored& scored) {
  size_t length = 0;
  int64_t chunk = 0, first = 0, start = 0, count = 0;
  if (!call.model(at, scored.model) || !call.tokens(at + 1, *scored.model, scored.tokens, length) ||
      !call.whole_number(at + 2, "chunk", scored.model->options.sequences - 1, chunk) ||
      !call.whole_number(at + 3, "first", length, first) || !call.whole_number(at + 4, "start", length, start) ||
      !call.whole_number(at + 5, "count", length, count))
    return false;
  if (length != scored.model->options.context_size || static_cast<size_t>(first + start + count) >= length)
    return call.fail("ARGUMENT", "positions lie outside of the chunk");
  if (static_cast<uint64_t>(start) + static_cast<uint64_t>(count) > scored.model->outputs_of_chunk())
    return call.fail("ARGUMENT", "these positions were not decoded last");
  scored.first = static_cast<size_t>(first);
  scored.start = static_cast<size_t>(start);
  scored.count = static_cast<size_t>(count);
  scored.logits = scored.model->logits_of(static_cast<uint32_t>(chunk));
  return true;
}

/** losses(model, tokens, chunk, first, start, count): Float64Array of negative log-likelihoods. */
napi_value losses(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Scored scored;
  return guarded(call, [&]() -> napi_value {
    if (!read_scored(call, 0, scored)) return nullptr;
    void* data = nullptr;
    napi_value array = new_array(env, napi_float64_array, scored.count, sizeof(double), &data);
    if (array == nullptr) return nullptr;
    const int size = scored.model->vocabulary_size;
    double* values = static_cast<double*>(data);
    in_parallel(scored.model->options.threads, scored.count,
                [&](size_t i) { values[i] = loss(scored.row(i), size, scored.next(i)); });
    return array;
  });
}

/** records(model, tokens, chunk, first, start, count): Uint8Array of 16-bit log-probabilities, as in .kld files. */
napi_value records(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Scored scored;
  return guarded(call, [&]() -> napi_value {
    if (!read_scored(call, 0, scored)) return nullptr;
    const int size = scored.model->vocabulary_size;
    const size_t length = record_length(size);
    void* data = nullptr;
    napi_value array = new_array(env, napi_uint8_array, scored.count * length * sizeof(uint16_t), 1, &data);
    if (array == nullptr) return nullptr;
    uint16_t* words = static_cast<uint16_t*>(data);
    in_parallel(scored.model->options.threads, scored.count,
                [&](size_t i) { make_record(scored.row(i), size, scored.next(i), words + i * length); });
    return array;
  });
}

void put(double* values, const Difference& it) {
  values[0] = it.nll;
  values[1] = it.base_nll;
  values[2] = it.divergence;
  values[3] = it.probability;
  values[4] = it.same_top ? 1 : 0;
}

/** compareRecords(model, tokens, chunk, first, start, count, records): Float64Array, five numbers a position. */
napi_value compare_records(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Scored scored;
  void* bytes = nullptr;
  size_t size = 0;
  return guarded(call, [&]() -> napi_value {
    if (!read_scored(call, 0, scored) || !call.elements(6, "records", napi_uint8_array, bytes, size)) return nullptr;
    const int vocabulary = scored.model->vocabulary_size;
    const size_t length = record_length(vocabulary);
    if (size != scored.count * length * sizeof(uint16_t) || reinterpret_cast<uintptr_t>(bytes) % 4 != 0)
      return call.refuse("ARGUMENT", "records do not fit the positions");
    void* data = nullptr;
    napi_value array = new_array(env, napi_float64_array, scored.count * kDifferenceLength, sizeof(double), &data);
    if (array == nullptr) return nullptr;
    const uint16_t* words = static_cast<const uint16_t*>(bytes);
    double* values = static_cast<double*>(data);
    in_parallel(scored.model->options.threads, scored.count, [&](size_t i) {
      put(values + i * kDifferenceLength,
          compare_with_record(scored.row(i), vocabulary, scored.next(i), words + i * length));
    });
    return array;
  });
}

/** compare(model, tokens, chunk, first, start, count, base, rounded): as compareRecords, with a model just decoded. */
napi_value compare(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Scored scored;
  Scored base;
  Model* other = nullptr;
  return guarded(call, [&]() -> napi_value {
    if (!read_scored(call, 0, scored) || !call.model(6, other)) return nullptr;
    const bool rounded = call.truth(7);
    const int vocabulary = scored.model->vocabulary_size;
    if (other->vocabulary_size != vocabulary || other->options.context_size != scored.model->options.context_size)
      return call.refuse("ARGUMENT", "the models differ in vocabulary or context");
    int64_t chunk = 0;
    call.whole_number(2, "chunk", other->options.sequences - 1, chunk);
    base = scored;
    base.model = other;
    base.logits = other->logits_of(static_cast<uint32_t>(chunk));
    void* data = nullptr;
    napi_value array = new_array(env, napi_float64_array, scored.count * kDifferenceLength, sizeof(double), &data);
    if (array == nullptr) return nullptr;
    double* values = static_cast<double*>(data);
    in_parallel(scored.model->options.threads, scored.count, [&](size_t i) {
      thread_local std::vector<uint16_t> record;
      const Token next = scored.next(i);
      if (!rounded) {
        put(values + i * kDifferenceLength, compare_with_logits(scored.row(i), vocabulary, next, base.row(i)));
        return;
      }
      record.resize(record_length(vocabulary));
      make_record(base.row(i), vocabulary, next, record.data());
      put(values + i * kDifferenceLength, compare_with_record(scored.row(i), vocabulary, next, record.data()));
    });
    return array;
  });
}

/** sums(model): [{ name, values: Float32Array, counts: Float64Array }] of what was collected. */
napi_value sums(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  if (!call.model(0, model)) return nullptr;
  napi_value list = nullptr;
  napi_create_array(env, &list);
  if (model->importance == nullptr) return list;
  uint32_t index = 0;
  for (const auto& [name, entry] : model->importance->sums) {
    void* values = nullptr;
    void* counts = nullptr;
    napi_value value_array = new_array(env, napi_float32_array, entry.values.size(), sizeof(float), &values);
    napi_value count_array = new_array(env, napi_float64_array, entry.counts.size(), sizeof(double), &counts);
    if (value_array == nullptr || count_array == nullptr) return nullptr;
    std::memcpy(values, entry.values.data(), entry.values.size() * sizeof(float));
    for (size_t i = 0; i < entry.counts.size(); i++) static_cast<double*>(counts)[i] = static_cast<double>(entry.counts[i]);
    napi_value item = nullptr;
    napi_create_object(env, &item);
    set(env, item, "name", text_value(env, name.c_str()));
    set(env, item, "values", value_array);
    set(env, item, "counts", count_array);
    napi_set_element(env, list, index++, item);
  }
  return list;
}

/** preset(model, name, values: Float32Array, counts: Float64Array): sums to go on from. */
napi_value preset(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  std::string name;
  void* values = nullptr;
  void* counts = nullptr;
  size_t value_count = 0, count_count = 0;
  if (!call.model(0, model) || !call.text(1, "the name", name) ||
      !call.elements(2, "values", napi_float32_array, values, value_count) ||
      !call.elements(3, "counts", napi_float64_array, counts, count_count))
    return nullptr;
  return guarded(call, [&]() -> napi_value {
    model->make_context();
    if (model->importance == nullptr) return call.refuse("ARGUMENT", "the model was not loaded to collect");
    Sums& entry = model->importance->sums[name];
    entry.values.assign(static_cast<float*>(values), static_cast<float*>(values) + value_count);
    entry.counts.clear();
    for (size_t i = 0; i < count_count; i++) entry.counts.push_back(static_cast<int64_t>(static_cast<double*>(counts)[i]));
    return nullptr;
  });
}

/** next(model, tokens, restart): the likeliest token after these. */
napi_value next(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  Token* tokens = nullptr;
  size_t count = 0;
  if (!call.model(0, model) || !call.tokens(1, *model, tokens, count)) return nullptr;
  if (count == 0) return call.refuse("ARGUMENT", "there are no tokens");
  return guarded(call, [&] {
    const float* logits = model->decode_more(tokens, count, call.truth(2));
    const int best = largest(logits, model->vocabulary_size);
    if (!std::isfinite(logits[best])) throw std::runtime_error("the logits are not finite");
    return number_value(env, best);
  });
}

/** embed(model, tokens): Float32Array. */
napi_value embed(napi_env env, napi_callback_info callback) {
  const EngineCall call(env, callback);
  Model* model = nullptr;
  Token* tokens = nullptr;
  size_t count = 0;
  if (!call.model(0, model) || !call.tokens(1, *model, tokens, count)) return nullptr;
  if (count == 0 || count > model->options.context_size) return call.refuse("ARGUMENT", "no tokens, or too many");
  return guarded(call, [&]() -> napi_value {
    const std::vector<float> values = model->embed(tokens, count);
    void* data = nullptr;
    napi_value array = new_array(env, napi_float32_array, values.size(), sizeof(float), &data);
    if (array != nullptr) std::memcpy(data, values.data(), values.size() * sizeof(float));
    return array;
  });
}

/** openLlama(path, pluginFolder, anyVersion): the library, as an object with the methods above. */
napi_value open_llama(napi_env env, napi_callback_info callback) {
  const Call call(env, callback);
  std::string path, plugins, code, text;
  if (!call.text(0, "the path", path) || !call.text(1, "the folder", plugins)) return nullptr;
  std::unique_ptr<LlamaLibrary> library = LlamaLibrary::open(path, plugins, call.truth(2), code, text);
  if (library == nullptr) return call.refuse(code.c_str(), text);
  // Never freed: it goes with the process, which was started for it.
  Engine* engine = new Engine{std::move(library), {}};
  napi_value result = nullptr;
  napi_create_object(env, &result);
  const struct {
    const char* name;
    napi_callback method;
  } methods[] = {
      {"info", info},       {"load", load},       {"free", free_model}, {"freeContext", free_context},
      {"facts", facts},     {"tokenize", tokenize}, {"piece", piece},   {"isEnd", is_end},
      {"decode", decode},   {"losses", losses},   {"records", records}, {"compareRecords", compare_records},
      {"compare", compare}, {"sums", sums},       {"preset", preset},   {"next", next},
      {"embed", embed},     {"rest", rest},
  };
  for (const auto& [name, method] : methods) add_method(env, result, name, method, engine);
  return result;
}

/** dieWith(parent): this process ends when its parent does, even while a library computes. */
napi_value die_with(napi_env env, napi_callback_info callback) {
  const Call call(env, callback);
  int64_t parent = 0;
  if (!call.whole_number(0, "the parent", size_t{1} << 31, parent)) return nullptr;
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
  std::thread([parent] {
    while (getppid() == static_cast<pid_t>(parent)) std::this_thread::sleep_for(std::chrono::milliseconds(250));
    _exit(1);
  }).detach();
  return nullptr;
}

/** limitMemory(bytes): private memory that this process may have, all told. */
napi_value limit_memory(napi_env env, napi_callback_info callback) {
  const Call call(env, callback);
  int64_t bytes = 0;
  if (!call.whole_number(0, "bytes", size_t{1} << 52, bytes)) return nullptr;
  rlimit limit{static_cast<rlim_t>(bytes), static_cast<rlim_t>(bytes)};
  return truth_value(env, setrlimit(RLIMIT_DATA, &limit) == 0);
}

}  // namespace

void add_llama_methods(napi_env env, napi_value exports) {
  add_method(env, exports, "openLlama", open_llama, nullptr);
  add_method(env, exports, "dieWith", die_with, nullptr);
  add_method(env, exports, "limitMemory", limit_memory, nullptr);
}

}  // namespace slipway
