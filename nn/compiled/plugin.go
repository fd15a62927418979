package compiled

/*
#cgo linux LDFLAGS: -ldl
#include "pjrt.h"
#include <stdlib.h>

static void free_serialized(pjrt_serialize_args *a) { a->free(a->owner); }
*/
import "C"

import (
	"errors"
	"time"
	"unsafe"

	"github.com/gomlx/go-xla/pkg/pjrt"
)

// opened is the store that the compiler asks. There is one in a process: a plug-in's functions do not say whose they are.
var opened *Store

// Open loads the PJRT plug-in at an absolute path and registers it with go-xla under that path, compiling through the store. One plug-in in a process can have a store.
func Open(path string, store *Store) error {
	if opened != nil {
		return errors.New("another plug-in of this process keeps its programs already")
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var reason *C.char
	table := C.keel_pjrt_open(name, &reason)
	if table == nil {
		return errors.New(C.GoString(reason))
	}
	opened = store
	return pjrt.RegisterPreloadedPlugin(path, uintptr(unsafe.Pointer(table)))
}

//export keelCompile
func keelCompile(pointer unsafe.Pointer) *C.pjrt_error {
	args := (*C.pjrt_compile_args)(pointer)
	key := opened.key(platformVersion(args.client), view(args.program.format, args.program.format_size),
		view(args.program.code, args.program.code_size), view(args.options, args.options_size))
	if code := opened.read(key); code != nil {
		if load(args, code) {
			opened.loaded.Add(1)
			return nil
		}
		opened.remove(key)
	}
	opened.missed.Add(1)
	start := time.Now()
	if err := C.keel_pjrt_call(C.PJRT_CLIENT_COMPILE, pointer); err != nil {
		return err
	}
	if time.Since(start) >= opened.Least {
		save(args.loaded, key)
	}
	return nil
}

func platformVersion(client unsafe.Pointer) []byte {
	args := (*C.pjrt_platform_version_args)(C.calloc(1, C.sizeof_pjrt_platform_version_args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size, args.client = C.sizeof_pjrt_platform_version_args, client
	if !succeeds(C.PJRT_CLIENT_PLATFORM_VERSION, unsafe.Pointer(args)) {
		return nil
	}
	return []byte(C.GoStringN(args.version, C.int(args.version_size)))
}

// load makes an executable of machine code and leaves it where compiling would.
func load(compile *C.pjrt_compile_args, code []byte) bool {
	bytes := C.CBytes(code)
	defer C.free(bytes)
	args := (*C.pjrt_load_args)(C.calloc(1, C.sizeof_pjrt_load_args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size, args.client = C.sizeof_pjrt_load_args, compile.client
	args.bytes, args.bytes_size = (*C.char)(bytes), C.size_t(len(code))
	if !succeeds(C.PJRT_EXECUTABLE_DESERIALIZE_AND_LOAD, unsafe.Pointer(args)) {
		return false
	}
	compile.loaded = args.loaded
	return true
}

// save keeps the machine code of an executable under key. A plug-in that cannot give it out keeps nothing.
func save(loaded unsafe.Pointer, key string) {
	get := (*C.pjrt_get_executable_args)(C.calloc(1, C.sizeof_pjrt_get_executable_args))
	defer C.free(unsafe.Pointer(get))
	get.struct_size, get.loaded = C.sizeof_pjrt_get_executable_args, loaded
	if !succeeds(C.PJRT_LOADED_EXECUTABLE_GET_EXECUTABLE, unsafe.Pointer(get)) {
		return
	}
	defer destroy(C.PJRT_EXECUTABLE_DESTROY, get.executable)
	args := (*C.pjrt_serialize_args)(C.calloc(1, C.sizeof_pjrt_serialize_args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size, args.executable = C.sizeof_pjrt_serialize_args, get.executable
	if !succeeds(C.PJRT_EXECUTABLE_SERIALIZE, unsafe.Pointer(args)) {
		return
	}
	opened.write(key, view(args.bytes, args.bytes_size))
	C.free_serialized(args)
}

func succeeds(function C.int, args unsafe.Pointer) bool {
	err := C.keel_pjrt_call(function, args)
	if err != nil {
		destroy(C.PJRT_ERROR_DESTROY, unsafe.Pointer(err))
	}
	return err == nil
}

func destroy(function C.int, object unsafe.Pointer) {
	args := (*C.pjrt_destroy_args)(C.calloc(1, C.sizeof_pjrt_destroy_args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size, args.object = C.sizeof_pjrt_destroy_args, object
	C.keel_pjrt_call(function, unsafe.Pointer(args))
}

// view shows n bytes of C's without a copy.
func view(p *C.char, n C.size_t) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n)) }
