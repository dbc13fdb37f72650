// Files that this process has mapped, and memory of theirs given back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace slipway {

/** Addresses of a mapping, the end left out. */
struct Mapping {
  uintptr_t start;
  uintptr_t end;
};

/** Files mapped to be read and shared, as llama.cpp maps weights. Empty on systems that do not tell. */
std::vector<Mapping> shared_mappings();
/** Those that have come since. */
std::vector<Mapping> mappings_since(const std::vector<Mapping>& before);
/** Gives back up to so many bytes, from the last address on; what they hold is read from the files again when needed. */
void give_back(const std::vector<Mapping>& mappings, size_t bytes);

}  // namespace slipway
