/* SPDX-License-Identifier: MIT */

/*
 * Mesa's own backend. Since Mesa 24.3 it is a file, dri_gbm.so, beside which ours is installed or
 * which lies in libgbm's directory; before that it was part of libgbm and cannot be had.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "gbm/device.h"

#define MESA_FILE "dri_gbm.so"

static void *open_in(const char *dir, size_t dir_len)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%.*s/%s", (int)dir_len, dir, MESA_FILE);
	if (dir_len == 0 || len < 0 || (size_t)len >= sizeof(path)) {
		return NULL;
	}
	return dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

static void *open_in_list(const char *list)
{
	void *file = NULL;
	while (file == NULL && list != NULL && *list != '\0') {
		size_t len = strcspn(list, ":");
		file = open_in(list, len);
		list += len + (list[len] == ':');
	}
	return file;
}

/*
 * libgbm's directory: "gbm" beside the libgbm that is loaded. Another one's backend is of another
 * release, and would not do: the configured directory counts where libgbm's is not known.
 */
static void *open_beside_libgbm(void)
{
	Dl_info info;
	char dir[4096];
	const char *slash = NULL;
	if (dladdr((void *)(uintptr_t)gbm_create_device, &info) != 0 && info.dli_fname != NULL) {
		slash = strrchr(info.dli_fname, '/');
	}
	if (slash == NULL) {
		return open_in_list(TENON_GBM_BACKENDS_DIR);
	}
	int len = snprintf(
		dir, sizeof(dir), "%.*s/gbm", (int)(slash - info.dli_fname), info.dli_fname);
	return len > 0 && (size_t)len < sizeof(dir) ? open_in(dir, (size_t)len) : NULL;
}

static const struct gbm_core *the_core;
static const struct gbm_backend *mesa_backend;

/* The file is never closed: its threads and handlers outlive the last device. */
static void load(void)
{
	void *file = open_in_list(secure_getenv("GBM_BACKENDS_PATH"));
	if (file == NULL) {
		file = open_beside_libgbm();
	}
	gbm_abi_entry entry = NULL;
	if (file != NULL) {
		*(void **)&entry = dlsym(file, GBM_ABI_ENTRY);
	}
	if (entry != NULL) {
		mesa_backend = entry(the_core);
	}
}

bool tg_mesa_is_unwanted(void)
{
	return secure_getenv("TENON_GBM_MESA") != NULL && !tg_is_set("TENON_GBM_MESA");
}

const struct gbm_backend *tg_mesa_backend(const struct gbm_core *core)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (tg_mesa_is_unwanted()) {
		return NULL;
	}
	the_core = core;
	pthread_once(&once, load);
	return mesa_backend;
}
