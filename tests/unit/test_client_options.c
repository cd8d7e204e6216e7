/* SPDX-License-Identifier: MIT */

/* Command lines of the programs that show something: what is wrong is named, and nothing is begun.
 */
#include <stdio.h>
#include <string.h>

#include "harness/harness.h"
#include "unit/client_run.h"

static const struct {
	const char *name, *path;
} programs[] = {
#ifdef TEST_PAINTER
	{"tenon-painter", TEST_PAINTER},
#endif
#ifdef TEST_CAMERA
	{"tenon-camera", TEST_CAMERA},
#endif
#ifdef TEST_KMS
	{"tenon-kms", TEST_KMS},
#endif
#ifdef TEST_EGL
	{"tenon-egl", TEST_EGL},
#endif
};

/* What each of them refuses, and what it says after its name. */
static const struct {
	const char *args, *words;
} wrong[] = {
	{"-s 64", "--size does not take \"64\""},
	{"--size 64x0", "--size does not take \"64x0\""},
	{"--size x64", "--size does not take \"x64\""},
	{"--size 32768x1", "--size does not take \"32768x1\""},
	{"-n 0", "--frames does not take \"0\""},
	{"--frames 99999999999999999999", "--frames does not take"},
	{"--frames 1x", "--frames does not take \"1x\""},
	{"--frames -1", "--frames does not take \"-1\""},
	{"--buffers 17", "--buffers does not take \"17\""},
	{"--buffers 0", "--buffers does not take \"0\""},
	{"more", "\"more\" is no option"},
	{"--nonsense", "--nonsense"},
	{"--size", "requires an argument"},
};

TEST(wrong_command_lines_are_named)
{
	static struct result result;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		for (size_t j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
			client_run_program(&result, programs[i].path, wrong[j].args);
			if (result.status != 2 || strstr(result.err, wrong[j].words) == NULL ||
				strstr(result.err, programs[i].name) == NULL ||
				result.out[0] != '\0') {
				fail_msg("%s %s: status %d: %s%s", programs[i].name, wrong[j].args,
					result.status, result.out, result.err);
			}
		}
	}
}

/* Only so many other devices can take part; one too many is not left out silently. */
TEST(one_device_too_many_is_refused)
{
	static struct result result;
	char args[256] = "";

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const char *option = strstr("tenon-camera tenon-kms", programs[i].name) != NULL
					     ? "--devices=cpu"
					     : "--device=cpu";

		args[0] = '\0';
		for (size_t n = 0; n < 17; n++) {
			snprintf(args + strlen(args), sizeof(args) - strlen(args), "%s%s",
				n > 0 ? " " : "", option);
		}
		client_run_program(&result, programs[i].path, args);
		assert_int_equal(result.status, 2);
		assert_non_null(strstr(result.err, "does not take \"cpu\""));
	}
}

TEST(help_tells_all_options)
{
	static struct result result;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		client_run_program(&result, programs[i].path, "--help");
		assert_int_equal(result.status, 0);
		assert_string_equal(result.err, "");
		assert_non_null(strstr(result.out, programs[i].name));
		assert_non_null(strstr(result.out, "Exit status:"));
	}
}
