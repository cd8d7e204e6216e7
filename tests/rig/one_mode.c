/* SPDX-License-Identifier: MIT */

/*
 * Preloaded into programs that take the largest mode there is, which software GL needs seconds a
 * frame for: an output has no mode but those of the size in $TEST_ONE_MODE ("800x600").
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <xf86drmMode.h>

static void keep_modes(drmModeConnector *connector)
{
	const char *wanted = getenv("TEST_ONE_MODE");
	int kept = 0;

	for (int i = 0; wanted != NULL && i < connector->count_modes; i++) {
		unsigned width, height;

		if (sscanf(wanted, "%ux%u", &width, &height) == 2 &&
			connector->modes[i].hdisplay == width &&
			connector->modes[i].vdisplay == height) {
			connector->modes[kept++] = connector->modes[i];
		}
	}
	if (kept > 0) {
		connector->count_modes = kept;
	}
}

__attribute__((visibility("default"))) drmModeConnectorPtr drmModeGetConnector(int fd, uint32_t id)
{
	drmModeConnectorPtr (*real)(int fd, uint32_t id);
	drmModeConnector *connector;

	*(void **)&real = dlsym(RTLD_NEXT, "drmModeGetConnector");
	connector = real(fd, id);
	if (connector != NULL) {
		keep_modes(connector);
	}
	return connector;
}
