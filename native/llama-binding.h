// Node-API methods that load models and decode text; for a process of its own (workers/llama-process.ts).
#pragma once
#include <node_api.h>

namespace slipway {

/** Adds `openLlama`, `dieWith` and `limitMemory`. */
void add_llama_methods(napi_env env, napi_value exports);

}  // namespace slipway
