#include "mappings.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace slipway {

std::vector<Mapping> shared_mappings() {
  std::vector<Mapping> found;
#ifdef __linux__
  const std::unique_ptr<FILE, int (*)(FILE*)> list(std::fopen("/proc/self/maps", "r"), std::fclose);
  if (list == nullptr) return found;
  char line[8192];
  while (std::fgets(line, sizeof line, list.get()) != nullptr) {
    unsigned long start = 0, end = 0, inode = 0;
    char access[5] = "";
    if (std::sscanf(line, "%lx-%lx %4s %*s %*s %lu", &start, &end, access, &inode) != 4) continue;
    if (inode != 0 && std::strcmp(access, "r--s") == 0) found.push_back({start, end});
  }
#endif
  return found;
}

std::vector<Mapping> mappings_since(const std::vector<Mapping>& before) {
  std::vector<Mapping> now = shared_mappings();
  const auto was_there = [&](const Mapping& mapping) {
    return std::any_of(before.begin(), before.end(), [&](const Mapping& other) {
      return mapping.start < other.end && other.start < mapping.end;
    });
  };
  now.erase(std::remove_if(now.begin(), now.end(), was_there), now.end());
  return now;
}

void give_back(const std::vector<Mapping>& mappings, size_t bytes) {
#ifdef __linux__
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  size_t rest = (bytes + page - 1) / page * page;
  for (auto mapping = mappings.rbegin(); mapping != mappings.rend() && rest > 0; ++mapping) {
    const size_t length = std::min<size_t>(mapping->end - mapping->start, rest);
    // Pages that cannot be given back stay, which costs memory and nothing else.
    madvise(reinterpret_cast<void*>(mapping->end - length), length, MADV_DONTNEED);
    rest -= length;
  }
#else
  (void)mappings;
  (void)bytes;
#endif
}

}  // namespace slipway
