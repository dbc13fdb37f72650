// Node-API: the kernels as functions over memory that threads share. Nothing is kept between calls, so that any number of
// threads may load this and call it at the same time, each in memory of its own.
#define NAPI_VERSION 8
#include <node_api.h>

#include "kernel.h"

enum { MOST_ARGUMENTS = 6 };

static napi_value refuse(napi_env env, const char *text) {
    napi_throw_error(env, "ARGUMENT", text);
    return 0;
}

/** kernel(memory: Uint8Array, ...numbers): addresses count from the memory's start. */
static napi_value call_kernel(napi_env env, napi_callback_info info) {
    napi_value given[MOST_ARGUMENTS + 1], result = 0;
    size_t count = MOST_ARGUMENTS + 1, length = 0;
    void *data = 0, *memory = 0;
    napi_typedarray_type type;
    napi_get_cb_info(env, info, &count, given, 0, &data);
    const Kernel *kernel = data;
    if (count == 0 || napi_get_typedarray_info(env, given[0], &type, &length, &memory, 0, 0) != napi_ok ||
        type != napi_uint8_array)
        return refuse(env, "the memory is no Uint8Array");
    int64_t values[MOST_ARGUMENTS] = {0};
    for (size_t i = 0; kernel->arguments[i]; i++) {
        if (i + 1 >= count || napi_get_value_int64(env, given[i + 1], &values[i]) != napi_ok)
            return refuse(env, "an argument is no number");
        if (values[i] < 0 || values[i] > (kernel->arguments[i] == 'p' ? (int64_t)length : INT32_MAX))
            return refuse(env, "an argument is out of range");
    }
    napi_create_int32(env, kernel->call(memory, values), &result);
    return result;
}

static const Variant *find_variant(napi_env env, napi_value name) {
    char text[16];
    size_t length = 0;
    if (napi_get_value_string_utf8(env, name, text, sizeof text, &length) != napi_ok) return 0;
    for (const Variant *variant = slipway_variants; variant->name; variant++) {
        size_t i = 0;
        while (i < length && variant->name[i] == text[i]) i++;
        if (i == length && variant->name[i] == 0) return variant;
    }
    return 0;
}

/** open(name): the kernels of a variant by their names. */
static napi_value open_variant(napi_env env, napi_callback_info info) {
    napi_value name, result;
    size_t count = 1;
    napi_get_cb_info(env, info, &count, &name, 0, 0);
    const Variant *variant = count == 1 ? find_variant(env, name) : 0;
    if (!variant || !variant->usable()) return refuse(env, "there are no such kernels for this processor");
    napi_create_object(env, &result);
    for (const Kernel *kernel = variant->kernels; kernel->name; kernel++) {
        napi_value function;
        napi_create_function(env, kernel->name, NAPI_AUTO_LENGTH, call_kernel, (void *)kernel, &function);
        napi_set_named_property(env, result, kernel->name, function);
    }
    return result;
}

/** variants: the names of those that this processor can run, fastest first. */
static napi_value usable_variants(napi_env env) {
    napi_value names, name;
    uint32_t count = 0;
    napi_create_array(env, &names);
    for (const Variant *variant = slipway_variants; variant->name; variant++) {
        if (!variant->usable()) continue;
        napi_create_string_utf8(env, variant->name, NAPI_AUTO_LENGTH, &name);
        napi_set_element(env, names, count++, name);
    }
    return names;
}

NAPI_MODULE_INIT() {
    napi_value open;
    napi_set_named_property(env, exports, "variants", usable_variants(env));
    napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_variant, 0, &open);
    napi_set_named_property(env, exports, "open", open);
    return exports;
}
