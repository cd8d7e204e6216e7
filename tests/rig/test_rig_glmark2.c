/* SPDX-License-Identifier: MIT */

/* glmark2 on vkms: its own checks of the pixels end as with Mesa's backend. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "harness/harness.h"
#include "rig.h"

static size_t count(const char *text, const char *word)
{
	size_t len = 0;

	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
		len++;
	}
	return len;
}

/* The verdicts of its scenes; the scenes draw one frame each. */
static void validate(char *output, size_t size)
{
	char command[512];

	snprintf(command, sizeof(command),
		"LD_PRELOAD=%s TEST_ONE_MODE=640x480 glmark2-es2-drm --winsys-options "
		"drm-device=%s --validate -b build:use-vbo=false -b bump -b texture 2>&1",
		TEST_ONE_MODE, backend_node());
	assert_int_equal(backend_run(command, output, size), 0);
	assert_non_null(strstr(output, "640x480"));
}

TEST_TIMEOUT(glmark2_draws_the_same, 200)
{
	static char mesa[65536], tenon[65536];
	char *verdict;

	rig_require();
	if (access("/usr/bin/glmark2-es2-drm", X_OK) != 0) {
		TEST_SKIP("no glmark2-es2-drm");
	}
	setenv("XDG_RUNTIME_DIR", "/tmp", 1);
	backend_use_mesa();
	validate(mesa, sizeof(mesa));
	/* at this size not all scenes look as glmark2 remembers them */
	assert_true(count(mesa, "Validation: Success") >= 2);
	backend_use("odd");
	setenv("TENON_DEBUG", "2", 1);
	validate(tenon, sizeof(tenon));
	assert_int_equal(count(tenon, "Validation: Success"), count(mesa, "Validation: Success"));
	assert_int_equal(count(tenon, "Validation: Failure"), count(mesa, "Validation: Failure"));
	verdict = strstr(tenon, "gbm: bo 640x480");
	assert_non_null(verdict);
	assert_non_null(strstr(verdict, "layout pitch 2816"));
	assert_null(strstr(tenon, "Mesa's own allocation"));
}
