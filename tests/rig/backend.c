/* SPDX-License-Identifier: MIT */
#include "backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"
#include "rig.h"

#define TABLE "/tmp/tenon-rig-gbm.ini"

static const char table[] = "[device odd]\n"
			    "bus = drm\n"
			    "[alternative]\n"
			    "roles = any\n"
			    "formats = any\n"
			    "modifiers = LINEAR\n"
			    "pitch-multiple = 512\n"
			    "pitch-remainder = 256\n"
			    "[device strip]\n"
			    "bus = drm\n"
			    "[alternative]\n"
			    "roles = any\n"
			    "formats = any\n"
			    "modifiers = LINEAR\n"
			    "heap = cma\n";

void backend_add_devices(void)
{
	FILE *file = fopen(TABLE, "we");
	assert_non_null(file);
	assert_true(fputs(table, file) >= 0);
	assert_int_equal(fclose(file), 0);
	setenv("TENON_DEVICE_TABLE", TEST_SOURCE_ROOT "/src/device/devices.ini:" TABLE, 1);
}

void backend_use(const char *devices)
{
	backend_add_devices();
	setenv("GBM_BACKEND", "tenon", 1);
	setenv("GBM_BACKENDS_PATH", TEST_BUILD_ROOT "/src/gbm", 1);
	setenv("TENON_STRICT", "1", 1);
	setenv("TENON_CONFIG", "", 1);
	setenv("TENON_DEVICES", devices, 1);
}

void backend_use_mesa(void)
{
	unsetenv("GBM_BACKEND");
	unsetenv("GBM_BACKENDS_PATH");
}

const char *backend_node(void)
{
	static char path[64];
	int card = rig_open_card("vkms");
	char link[64];
	assert_true(card >= 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", card);
	ssize_t len = readlink(link, path, sizeof(path) - 1);
	assert_true(len > 0);
	path[len] = '\0';
	close(card);
	return path;
}

int backend_card(void)
{
	return atoi(backend_node() + strlen("/dev/dri/card"));
}

int backend_run(const char *command, char *output, size_t size)
{
	FILE *pipe = popen(command, "re");
	assert_non_null(pipe);
	size_t len = fread(output, 1, size - 1, pipe);
	output[len] = '\0';
	int status = pclose(pipe);
	printf("$ %s\n%s", command, output);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
