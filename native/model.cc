#include "model.h"

#include <algorithm>
#include <stdexcept>

namespace slipway {
namespace {

std::runtime_error failed(LlamaLibrary& library, const std::string& what) {
  const std::string words = library.words.take();
  return std::runtime_error(words.empty() ? what : what + ": " + words);
}

}  // namespace

Model::~Model() {
  free_context();
  if (model != nullptr) library_.free_model(model);
}

void Model::load() {
  library_.words.take();
  ModelParams params = library_.model_defaults;
  const std::vector<Mapping> before = shared_mappings();
  model = library_.load(options.path.c_str(), params);
  if (model == nullptr) throw failed(library_, "the model cannot be loaded");
  weights_ = mappings_since(before);
  vocabulary = library_.vocabulary(model);
  vocabulary_size = library_.token_count(vocabulary);
}

void Model::make_context() {
  if (context_ != nullptr) return;
  ContextParams params = library_.context_defaults;
  params.n_ctx = options.context_size * options.sequences;
  params.n_seq_max = options.sequences;
  params.n_batch = std::min(options.batch, params.n_ctx);
  params.n_ubatch = options.micro_batch;
  params.n_threads = options.threads;
  params.n_threads_batch = options.threads;
  params.flash_attn_type = options.flash_attention;
  params.embeddings = options.embeddings;
  // As llama.cpp's own programs set it; the library's default is another.
  params.swa_full = false;
  if (options.collect) {
    if (importance == nullptr) importance = std::make_unique<Importance>(library_, options.collect_output);
    params.cb_eval = Importance::on_tensor;
    params.cb_eval_user_data = importance.get();
  }
  context_ = library_.make_context(model, params);
  if (context_ == nullptr) throw failed(library_, "no context can be made of the model");
  threads_ = library_.make_threads(options.threads);
  if (threads_ != nullptr) library_.attach_threads(context_, threads_, nullptr);
}

void Model::free_context() {
  if (context_ != nullptr) library_.free_context(context_);
  context_ = nullptr;
  if (threads_ != nullptr) library_.free_threads(threads_);
  threads_ = nullptr;
}

std::vector<Token> Model::tokenize(const std::string& text, bool add_special, bool parse_special) const {
  std::vector<Token> tokens(text.size() + 2);
  const auto call = [&] {
    return library_.tokenize(vocabulary, text.data(), static_cast<int32_t>(text.size()), tokens.data(),
                             static_cast<int32_t>(tokens.size()), add_special, parse_special);
  };
  int32_t count = call();
  if (count < 0) {
    tokens.resize(static_cast<size_t>(-static_cast<int64_t>(count)));
    count = call();
  }
  if (count < 0) throw std::runtime_error("the text cannot be tokenized");
  tokens.resize(static_cast<size_t>(count));
  return tokens;
}

std::string Model::piece(Token token) const {
  std::string text(256, '\0');
  int32_t length = library_.piece(vocabulary, token, &text[0], static_cast<int32_t>(text.size()), 0, false);
  if (length < 0) {
    text.resize(static_cast<size_t>(-length));
    length = library_.piece(vocabulary, token, &text[0], static_cast<int32_t>(text.size()), 0, false);
  }
  text.resize(static_cast<size_t>(std::max(length, 0)));
  return text;
}

void Model::clear() {
  tokens_.clear();
  positions_.clear();
  sequences_.clear();
  outputs_.clear();
}

void Model::add(Token token, int32_t position, int32_t sequence, bool output) {
  tokens_.push_back(token);
  positions_.push_back(position);
  sequences_.push_back(sequence);
  outputs_.push_back(output ? 1 : 0);
}

/** Decodes what was added. */
void Model::run() {
  const size_t count = tokens_.size();
  sequence_counts_.assign(count, 1);
  sequence_pointers_.resize(count);
  for (size_t i = 0; i < count; i++) sequence_pointers_[i] = &sequences_[i];
  Batch batch{static_cast<int32_t>(count), tokens_.data(),           nullptr,        positions_.data(),
              sequence_counts_.data(),    sequence_pointers_.data(), outputs_.data()};
  library_.words.take();
  const int32_t result = library_.decode(context_, batch);
  if (importance != nullptr && !importance->failure.empty()) throw std::runtime_error(importance->failure);
  if (result != 0) throw failed(library_, "decoding failed with " + std::to_string(result));
  library_.synchronize(context_);
}

void Model::decode_chunks(const Token* tokens, uint32_t chunks, uint32_t sequence, uint32_t first, uint32_t begin,
                          uint32_t end) {
  make_context();
  const bool with_bos = library_.adds_bos(vocabulary);
  const uint32_t size = options.context_size;
  const uint32_t batch = std::min(options.batch, size * options.sequences);
  const uint32_t batches = (end - begin + batch - 1) / batch;
  if (begin == 0) library_.clear_memory(library_.memory(context_), true);
  gathered_.clear();
  outputs_of_chunk_ = end - std::min(end, std::max(first, begin));
  for (uint32_t part = 0; part < batches; part++) {
    const uint32_t start = begin + part * batch;
    const uint32_t length = std::min(end - start, batch);
    clear();
    size_t outputs = 0;
    for (uint32_t chunk = 0; chunk < chunks; chunk++) {
      for (uint32_t k = 0; k < length; k++) {
        const uint32_t position = start + k;
        const bool bos = with_bos && position == 0;
        const Token token = bos ? library_.bos(vocabulary) : tokens[size_t{chunk} * size + position];
        add(token, static_cast<int32_t>(position), static_cast<int32_t>(sequence + chunk), position >= first);
        outputs += position >= first ? 1 : 0;
      }
    }
    run();
    if (batches > 1 && outputs > 0) {
      const float* logits = library_.logits(context_);
      gathered_.insert(gathered_.end(), logits, logits + outputs * static_cast<size_t>(vocabulary_size));
    }
  }
}

const float* Model::logits_of(uint32_t chunk) const {
  const float* all = gathered_.empty() ? library_.logits(context_) : gathered_.data();
  if (all == nullptr) throw std::runtime_error("there are no logits");
  return all + size_t{chunk} * outputs_of_chunk_ * static_cast<size_t>(vocabulary_size);
}

const float* Model::decode_more(const Token* tokens, size_t count, bool restart) {
  make_context();
  if (restart) {
    library_.clear_memory(library_.memory(context_), true);
    next_position_ = 0;
  }
  gathered_.clear();
  const size_t batch = std::min(options.batch, options.context_size * options.sequences);
  for (size_t start = 0; start < count; start += batch) {
    clear();
    const size_t end = std::min(count, start + batch);
    for (size_t i = start; i < end; i++) add(tokens[i], next_position_++, 0, i + 1 == count);
    run();
  }
  return library_.logits(context_);
}

std::vector<float> Model::embed(const Token* tokens, size_t count) {
  make_context();
  LlamaMemory* memory = library_.memory(context_);
  if (memory != nullptr) library_.clear_memory(memory, true);
  clear();
  for (size_t i = 0; i < count; i++) add(tokens[i], static_cast<int32_t>(i), 0, true);
  run();
  const bool pools = library_.pooling(context_) > 0;
  const float* values = pools ? library_.embeddings_of(context_, 0)
                              : library_.embeddings_at(context_, static_cast<int32_t>(count) - 1);
  if (values == nullptr) throw std::runtime_error("the model gives no embedding");
  return std::vector<float>(values, values + library_.embedding_length(model));
}

}  // namespace slipway
