/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_buf.h"

#include "harness.h"
#include "oom.h"

TEST(text_buf_empty_gives_an_empty_string)
{
	struct text_buf buf = {0};
	char *text = NULL;

	assert_int_equal(text_buf_take(&buf, &text), 0);
	assert_string_equal(text, "");
	free(text);
}

TEST(text_buf_grows_over_every_capacity)
{
	struct text_buf buf = {0};
	char *text = NULL;

	for (int i = 0; i < 1000; i++) {
		text_buf_addf(&buf, "%d%s", i % 10, "");
	}
	text_buf_add(&buf, "end");
	assert_int_equal(text_buf_take(&buf, &text), 0);
	assert_int_equal(strlen(text), 1003);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(text[i], '0' + i % 10);
	}
	assert_string_equal(text + 1000, "end");
	free(text);
}

TEST(text_buf_can_be_used_again)
{
	struct text_buf buf = {0};
	char *text = NULL;

	text_buf_add(&buf, "one");
	text_buf_finish(&buf);
	text_buf_add_bytes(&buf, "twoX", 3);
	assert_int_equal(text_buf_take(&buf, &text), 0);
	assert_string_equal(text, "two");
	free(text);
}

static int build(void *data)
{
	struct text_buf buf = {0};
	char *text = data;
	int ret;

	for (int i = 0; i < 100; i++) {
		text_buf_addf(&buf, "line %d\n", i);
	}
	ret = text_buf_take(&buf, &text);
	if (ret < 0) {
		assert_ptr_equal(text, data);
	} else {
		free(text);
	}
	return ret;
}

TEST(text_buf_remembers_a_failed_allocation)
{
	char untouched[1];

	oom_run(build, untouched);
}
