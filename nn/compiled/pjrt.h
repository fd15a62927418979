// What keeping compiled programs takes of OpenXLA's pjrt_c_api.h (ABI 0.x: structures grow at their ends alone, and every table says its size).
#ifndef KEEL_COMPILED_PJRT_H
#define KEEL_COMPILED_PJRT_H

#include <stddef.h>

typedef struct pjrt_error pjrt_error;

// Places in the table of functions that follows its head.
enum {
  PJRT_ERROR_DESTROY = 0,
  PJRT_CLIENT_PLATFORM_VERSION = 14,
  PJRT_CLIENT_COMPILE = 20,
  PJRT_EXECUTABLE_DESTROY = 40,
  PJRT_EXECUTABLE_SERIALIZE = 49,
  PJRT_LOADED_EXECUTABLE_GET_EXECUTABLE = 51,
  PJRT_EXECUTABLE_DESERIALIZE_AND_LOAD = 56,
  PJRT_FUNCTIONS_USED = 57,
};

typedef pjrt_error *(*pjrt_function)(void *args);

typedef struct {
  size_t struct_size;
  void *extension;
  struct {
    size_t struct_size;
    void *extension;
    int major, minor;
  } version;
  pjrt_function functions[PJRT_FUNCTIONS_USED];
} pjrt_api;

typedef struct {
  size_t struct_size;
  void *extension;
  void *object;
} pjrt_destroy_args;

typedef struct {
  size_t struct_size;
  void *extension;
  void *client;
  const char *version;
  size_t version_size;
} pjrt_platform_version_args;

typedef struct {
  size_t struct_size;
  void *extension;
  const char *code;
  size_t code_size;
  const char *format;
  size_t format_size;
} pjrt_program;

typedef struct {
  size_t struct_size;
  void *extension;
  void *client;
  const pjrt_program *program;
  const char *options;
  size_t options_size;
  void *loaded; // out
} pjrt_compile_args;

typedef struct {
  size_t struct_size;
  void *extension;
  void *loaded;
  void *executable; // out
} pjrt_get_executable_args;

typedef struct {
  size_t struct_size;
  void *extension;
  const void *executable;
  const char *bytes;     // out
  size_t bytes_size;     // out
  void *owner;           // out: of bytes
  void (*free)(void *);  // out: frees owner
} pjrt_serialize_args;

typedef struct {
  size_t struct_size;
  void *extension;
  void *client;
  const char *bytes;
  size_t bytes_size;
  void *loaded; // out
  const char *options;
  size_t options_size;
} pjrt_load_args;

// keel_pjrt_open loads a plug-in and gives a copy of its table in which compiling asks the cache first; NULL and a reason when it cannot.
pjrt_api *keel_pjrt_open(const char *path, const char **reason);

// The functions of the plug-in itself.
pjrt_error *keel_pjrt_call(int function, void *args);

#endif
