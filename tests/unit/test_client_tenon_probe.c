/* SPDX-License-Identifier: MIT */
/* "tenon probe" where there is nothing to probe: what it says of a wrong command line. */
#include <string.h>

#include "harness/harness.h"
#include "unit/client_run.h"

static void assert_says(const char *args, int status, const char *err)
{
	struct result result;

	client_run(&result, args);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err, err);
	assert_int_equal(result.status, status);
}

TEST(wrong_command_lines)
{
	assert_says("probe", 2, "tenon: no device\nTry \"tenon probe --help\".\n");
	assert_says("probe /dev/null /dev/zero", 2,
		"tenon: one device, and no more\nTry \"tenon probe --help\".\n");
	assert_says("probe /dev/null", 2, "tenon: /dev/null is no DRM and no V4L2 device\n");
	assert_says("probe /dev/nothing-here", 2,
		"tenon: /dev/nothing-here: No such file or directory\n");
	assert_says("probe nodriver", 2,
		"tenon: there is no device with the driver \"nodriver\" here; \"tenon info\" lists "
		"what is\n");
	assert_says("probe -s 0x0 /dev/null", 2,
		"tenon: \"0x0\" is not a size: width and height are from 1 to 4294967295 "
		"pixels\n");
}

TEST(help_tells_the_options)
{
	struct result result;

	client_run(&result, "probe --help");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "--no-search"));
	assert_non_null(strstr(result.out, "Exit status"));
}
