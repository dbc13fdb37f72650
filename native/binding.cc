// Node-API binding: open(path) gives an object that quantizes with the llama.cpp library found there.
// Every argument is checked before a pointer is made of it; see native/README.md.
#define NAPI_VERSION 8
#include <node_api.h>

#include <memory>
#include <vector>

#include "call.h"
#include "ggml-library.h"
#include "llama-binding.h"

namespace slipway {
namespace {

/** What a thread's JavaScript environment has opened; it goes when the environment does. */
using Opened = std::vector<std::unique_ptr<Library>>;

/** A call of a method of an opened library. */
class QuantizeCall : public Call {
 public:
  QuantizeCall(napi_env env, napi_callback_info info) : Call(env, info), library(static_cast<Library*>(data)) {}

  bool type(size_t index, bool as_target, int& value) const {
    int64_t id = 0;
    if (!whole_number(index, "the type", kTypeCount - 1, id)) return false;
    value = static_cast<int>(id);
    return !as_target || can_quantize(value) || fail("ARGUMENT", "ggml cannot quantize to this type");
  }

  Library* library;
};

/** info(): { version, commit } as the library tells them; commit is empty when it does not. */
napi_value info(napi_env env, napi_callback_info callback) {
  const QuantizeCall call(env, callback);
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "version", text_value(env, call.library->version()));
  const char* commit = call.library->commit == nullptr ? "" : call.library->commit();
  napi_set_named_property(env, result, "commit", text_value(env, commit));
  return result;
}

/** shape(type): what the library says about a type, twice where it says it twice. */
napi_value shape(napi_env env, napi_callback_info callback) {
  const QuantizeCall call(env, callback);
  int type = 0;
  if (!call.type(0, false, type)) return nullptr;
  const Library& ggml = *call.library;
  const TypeTraits* traits = ggml.traits(type);
  const int64_t length = ggml.block_length(type);
  const size_t size = ggml.block_size(type);
  if (traits == nullptr || traits->blck_size != length || traits->type_size != size || length < 1 || size < 1 ||
      ggml.row_size(type, 2 * length) != 2 * size) {
    return call.refuse("LIBRARY_LAYOUT", "its functions disagree about the shape of a type");
  }
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "name", text_value(env, traits->type_name));
  napi_set_named_property(env, result, "blockLength", number_value(env, static_cast<double>(length)));
  napi_set_named_property(env, result, "blockSize", number_value(env, static_cast<double>(size)));
  napi_set_named_property(env, result, "needsImportance", truth_value(env, ggml.needs_importance(type)));
  return result;
}

/** quantize(type, weights: Float32Array, rows, rowLength, importance?: Float32Array): Uint8Array. */
napi_value quantize(napi_env env, napi_callback_info callback) {
  const QuantizeCall call(env, callback);
  const Library& ggml = *call.library;
  int type = 0;
  void* weights = nullptr;
  void* importance = nullptr;
  size_t count = 0;
  size_t importance_count = 0;
  int64_t rows = 0;
  int64_t row_length = 0;
  if (!call.type(0, true, type) || !call.elements(1, "weights", napi_float32_array, weights, count) ||
      !call.whole_number(2, "rows", kWeightLimit, rows) ||
      !call.whole_number(3, "rowLength", kWeightLimit, row_length) ||
      (call.has(4) && !call.elements(4, "importance", napi_float32_array, importance, importance_count)))
    return nullptr;
  const int64_t block_length = ggml.block_length(type);
  // Both factors are at most 2^28, so that their product cannot overflow.
  if (rows < 1 || row_length < 1 || count > kWeightLimit || static_cast<size_t>(rows * row_length) != count)
    return call.refuse("ARGUMENT", "rows x rowLength is not the number of weights");
  if (row_length % block_length != 0)
    return call.refuse("ARGUMENT", "a row does not consist of whole blocks");
  if (call.has(4) ? importance_count != static_cast<size_t>(row_length) : ggml.needs_importance(type))
    return call.refuse("ARGUMENT", "importance has to have one number for each column");
  const size_t size = count / static_cast<size_t>(block_length) * ggml.block_size(type);
  void* blocks = nullptr;
  napi_value result = new_array(env, napi_uint8_array, size, 1, &blocks);
  if (result == nullptr) return nullptr;
  size_t written = 0;
  std::string last_words;
  const bool finished = ggml.run(
      [&] {
        ggml.prepare(type);
        written = ggml.quantize(type, static_cast<const float*>(weights), blocks, 0, rows, row_length,
                                static_cast<const float*>(importance));
      },
      last_words);
  if (!finished) return call.refuse("GGML_GAVE_UP", last_words);
  if (written != size) return call.refuse("LIBRARY_LAYOUT", "ggml wrote another number of bytes");
  return result;
}

/** Whole blocks of a type: the checks that dequantize and validate share. */
bool whole_blocks(const QuantizeCall& call, int& type, void*& blocks, size_t& size) {
  if (!call.type(0, false, type) || !call.elements(1, "blocks", napi_uint8_array, blocks, size)) return false;
  const size_t block_size = call.library->block_size(type);
  if (block_size == 0 || size == 0 || size % block_size != 0 ||
      size / block_size > kWeightLimit / static_cast<size_t>(call.library->block_length(type)))
    return call.fail("ARGUMENT", "these are not whole blocks, or too many");
  return true;
}

/** dequantize(type, blocks: Uint8Array): Float32Array. */
napi_value dequantize(napi_env env, napi_callback_info callback) {
  const QuantizeCall call(env, callback);
  const Library& ggml = *call.library;
  int type = 0;
  void* blocks = nullptr;
  size_t size = 0;
  if (!whole_blocks(call, type, blocks, size)) return nullptr;
  const TypeTraits* traits = ggml.traits(type);
  // F32 has no function: it needs none.
  if (traits == nullptr || traits->to_float == nullptr)
    return call.refuse("ARGUMENT", "ggml does not widen this type");
  const size_t count = size / ggml.block_size(type) * static_cast<size_t>(ggml.block_length(type));
  void* weights = nullptr;
  napi_value result = new_array(env, napi_float32_array, count, sizeof(float), &weights);
  if (result == nullptr) return nullptr;
  std::string last_words;
  const auto work = [&] { traits->to_float(blocks, static_cast<float*>(weights), static_cast<int64_t>(count)); };
  if (!ggml.run(work, last_words)) return call.refuse("GGML_GAVE_UP", last_words);
  return result;
}

/** validate(type, blocks: Uint8Array): whether ggml accepts them. */
napi_value validate(napi_env env, napi_callback_info callback) {
  const QuantizeCall call(env, callback);
  int type = 0;
  void* blocks = nullptr;
  size_t size = 0;
  if (!whole_blocks(call, type, blocks, size)) return nullptr;
  return truth_value(env, call.library->validate(type, blocks, size));
}

/** open(path): the library, as an object with the methods above. */
napi_value open(napi_env env, napi_callback_info callback) {
  const Call call(env, callback);
  std::string path;
  if (!call.text(0, "the path", path)) return nullptr;
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  Failure failure{};
  std::unique_ptr<Library> library = Library::open(path, failure);
  if (library == nullptr) return call.refuse(failure.code, failure.text);
  napi_value result = nullptr;
  napi_create_object(env, &result);
  add_method(env, result, "info", info, library.get());
  add_method(env, result, "shape", shape, library.get());
  add_method(env, result, "quantize", quantize, library.get());
  add_method(env, result, "dequantize", dequantize, library.get());
  add_method(env, result, "validate", validate, library.get());
  static_cast<Opened*>(data)->push_back(std::move(library));
  return result;
}

}  // namespace
}  // namespace slipway

NAPI_MODULE_INIT() {
  const auto forget = [](napi_env, void* data, void*) { delete static_cast<slipway::Opened*>(data); };
  napi_set_instance_data(env, new slipway::Opened(), forget, nullptr);
  slipway::add_method(env, exports, "open", slipway::open, nullptr);
  slipway::add_llama_methods(env, exports);
  return exports;
}
