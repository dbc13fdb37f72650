// A model that was loaded, with its context: several chunks of a text decoded side by side, as sequences.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "importance.h"
#include "llama-library.h"
#include "mappings.h"

namespace slipway {

struct ModelOptions {
  std::string path;
  uint32_t context_size = 512;
  uint32_t sequences = 1;
  uint32_t batch = 2048;
  uint32_t micro_batch = 512;
  int32_t threads = 1;
  int32_t flash_attention = -1;
  bool embeddings = false;
  bool collect = false;
  bool collect_output = false;
};

class Model {
 public:
  Model(LlamaLibrary& library, const ModelOptions& options) : options(options), library_(library) {}
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  /** Loads the file; throws with the library's words. The context is made by the first decoding. */
  void load();
  void make_context();
  void free_context();

  std::vector<Token> tokenize(const std::string& text, bool add_special, bool parse_special) const;
  std::string piece(Token token) const;

  /**
   * Decodes `chunks` chunks of `context_size` tokens, each a sequence of its own that begins with BOS where the
   * vocabulary wants one. Positions from `first` on are outputs; their logits stay until the next call. Of each chunk
   * the positions from `start` to `end` are decoded: a call goes on where the one before ended, or begins with 0. The
   * first of these chunks is sequence `sequence`; a call that begins with 0 forgets all of them.
   */
  void decode_chunks(const Token* tokens, uint32_t chunks, uint32_t sequence, uint32_t first, uint32_t start,
                     uint32_t end);
  /** Logits of the outputs of one of the chunks that were decoded last, one position after another. */
  const float* logits_of(uint32_t chunk) const;
  /** Outputs of each chunk that was decoded last. */
  uint32_t outputs_of_chunk() const { return outputs_of_chunk_; }

  /**
   * Gives back up to so many bytes of memory that mapped weights take: the system brings them back from its cache of the
   * file when they are read again. Does nothing where mappings cannot be told (Linux can).
   */
  void rest(size_t bytes) const { give_back(weights_, bytes); }

  /** Decodes one more piece of a text and returns the logits after its last token. */
  const float* decode_more(const Token* tokens, size_t count, bool restart);
  /** The pooled embedding of a text (the last token's where the model does not pool). */
  std::vector<float> embed(const Token* tokens, size_t count);

  const ModelOptions options;
  int32_t vocabulary_size = 0;
  const LlamaVocabulary* vocabulary = nullptr;
  LlamaModel* model = nullptr;
  std::unique_ptr<Importance> importance;

 private:
  void run();
  void add(Token token, int32_t position, int32_t sequence, bool output);
  void clear();

  LlamaLibrary& library_;
  LlamaContext* context_ = nullptr;
  ThreadPool* threads_ = nullptr;
  /** Where the weights are mapped. */
  std::vector<Mapping> weights_;
  std::vector<Token> tokens_;
  std::vector<int32_t> positions_;
  std::vector<int32_t> sequence_counts_;
  std::vector<int32_t> sequences_;
  std::vector<int32_t*> sequence_pointers_;
  std::vector<int8_t> outputs_;
  /** Outputs of earlier batches, where one chunk needs several. */
  std::vector<float> gathered_;
  uint32_t outputs_of_chunk_ = 0;
  int32_t next_position_ = 0;
};

}  // namespace slipway
