/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include <tenon/common.h>

#include "harness.h"

TEST(version_is_that_of_the_headers)
{
	char expected[32];

	snprintf(expected, sizeof(expected), "%d.%d.%d", TENON_VERSION_MAJOR, TENON_VERSION_MINOR,
		TENON_VERSION_PATCH);
	assert_string_equal(tenon_version(), expected);
}

TEST(version_comparison)
{
	assert_true(TENON_VERSION_AT_LEAST(TENON_VERSION_MAJOR, TENON_VERSION_MINOR));
	assert_true(TENON_VERSION_AT_LEAST(TENON_VERSION_MAJOR, 0));
	assert_false(TENON_VERSION_AT_LEAST(TENON_VERSION_MAJOR + 1, 0));
	assert_false(TENON_VERSION_AT_LEAST(TENON_VERSION_MAJOR, TENON_VERSION_MINOR + 1));
}
