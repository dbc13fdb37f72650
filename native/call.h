// One call from JavaScript, its arguments checked; and the values that go back.
#pragma once
#ifndef NAPI_VERSION
#define NAPI_VERSION 8
#endif
#include <node_api.h>

#include <cmath>
#include <string>

namespace slipway {

/** The longest path that is accepted, in bytes. */
constexpr size_t kPathLimit = 4096;
/** Weights in one call: 1 GiB as floats. Node dies when it cannot allocate an array, so nothing larger is tried. */
constexpr size_t kWeightLimit = size_t{1} << 28;

/** One call from JavaScript. Each reader throws a JavaScript error and returns false for what does not fit. */
class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env(env) {
    napi_get_cb_info(env, info, &count_, arguments_, nullptr, &data);
  }

  bool fail(const char* code, const std::string& text) const {
    napi_throw_error(env, code, text.c_str());
    return false;
  }

  napi_value refuse(const char* code, const std::string& text) const {
    fail(code, text);
    return nullptr;
  }

  bool has(size_t index) const {
    napi_valuetype type = napi_undefined;
    return index < count_ && napi_typeof(env, arguments_[index], &type) == napi_ok && type != napi_undefined;
  }

  bool whole_number(size_t index, const char* name, size_t limit, int64_t& value) const {
    double number = -1;
    if (!has(index) || napi_get_value_double(env, arguments_[index], &number) != napi_ok)
      return fail("ARGUMENT", std::string(name) + " is not a number");
    if (!(number >= 0 && number <= static_cast<double>(limit) && std::floor(number) == number))
      return fail("ARGUMENT", std::string(name) + " is out of range");
    value = static_cast<int64_t>(number);
    return true;
  }

  /** The elements of a typed array of the given kind; they stay where they are until the call returns. */
  bool elements(size_t index, const char* name, napi_typedarray_type wanted, void*& data, size_t& length) const {
    bool is_array = false;
    napi_typedarray_type kind{};
    if (index >= count_ || napi_is_typedarray(env, arguments_[index], &is_array) != napi_ok || !is_array ||
        napi_get_typedarray_info(env, arguments_[index], &kind, &length, &data, nullptr, nullptr) != napi_ok ||
        kind != wanted)
      return fail("ARGUMENT", std::string(name) + " is not the typed array it should be");
    return true;
  }

  bool text(size_t index, const char* name, std::string& value) const {
    size_t length = 0;
    if (!has(index) || napi_get_value_string_utf8(env, arguments_[index], nullptr, 0, &length) != napi_ok ||
        length == 0 || length > kPathLimit)
      return fail("ARGUMENT", std::string(name) + " is not a text of 1 to 4096 bytes");
    value.resize(length);
    napi_get_value_string_utf8(env, arguments_[index], &value[0], length + 1, &length);
    return value.find('\0') == std::string::npos || fail("ARGUMENT", std::string(name) + " contains a zero byte");
  }

  /** True when the argument is there and true. */
  bool truth(size_t index) const {
    bool value = false;
    return index < count_ && napi_get_value_bool(env, arguments_[index], &value) == napi_ok && value;
  }

  /** Bytes of a text, at most `limit` of them, which may hold zero bytes. */
  bool long_text(size_t index, const char* name, size_t limit, std::string& value) const {
    size_t length = 0;
    if (!has(index) || napi_get_value_string_utf8(env, arguments_[index], nullptr, 0, &length) != napi_ok ||
        length > limit)
      return fail("ARGUMENT", std::string(name) + " is not a text, or too long");
    value.resize(length);
    napi_get_value_string_utf8(env, arguments_[index], &value[0], length + 1, &length);
    return true;
  }

  napi_env env;
  /** What the method was made with: the opened library. */
  void* data = nullptr;

 private:
  napi_value arguments_[10] = {};
  size_t count_ = 10;
};

inline napi_value number_value(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

inline napi_value text_value(napi_env env, const char* text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text == nullptr ? "" : text, NAPI_AUTO_LENGTH, &value);
  return value;
}

inline napi_value truth_value(napi_env env, bool truth) {
  napi_value value = nullptr;
  napi_get_boolean(env, truth, &value);
  return value;
}

/** A typed array with memory of its own, all zero; null with a JavaScript error pending when there is none left. */
inline napi_value new_array(napi_env env, napi_typedarray_type kind, size_t length, size_t width, void** data) {
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  if (napi_create_arraybuffer(env, length * width, data, &buffer) != napi_ok ||
      napi_create_typedarray(env, kind, length, buffer, 0, &array) != napi_ok)
    return nullptr;
  return array;
}

inline void add_method(napi_env env, napi_value object, const char* name, napi_callback method, void* data) {
  napi_value function = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, method, data, &function);
  napi_set_named_property(env, object, name, function);
}

}  // namespace slipway
