#include "pjrt.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"

static const pjrt_api *plugin;

static pjrt_error *compile(void *args) { return keelCompile(args); }

pjrt_error *keel_pjrt_call(int function, void *args) { return plugin->functions[function](args); }

pjrt_api *keel_pjrt_open(const char *path, const char **reason) {
  void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL) {
    *reason = dlerror();
    return NULL;
  }
  const pjrt_api *(*get)(void) = (const pjrt_api *(*)(void))dlsym(library, "GetPjrtApi");
  if (get == NULL || (plugin = get()) == NULL) {
    *reason = "it has no GetPjrtApi: it is no PJRT plug-in";
    return NULL;
  }
  if (plugin->version.major != 0 || plugin->struct_size < sizeof(pjrt_api)) {
    *reason = "its PJRT interface is of another generation";
    return NULL;
  }
  pjrt_api *table = malloc(plugin->struct_size);
  if (table == NULL) {
    *reason = "out of memory";
    return NULL;
  }
  memcpy(table, plugin, plugin->struct_size);
  table->functions[PJRT_CLIENT_COMPILE] = compile;
  return table;
}
