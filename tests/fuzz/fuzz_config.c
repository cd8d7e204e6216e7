/* SPDX-License-Identifier: MIT */
/*
 * Texts of offers, limits, device tables and settings: whatever is read must be written, and read
 * again, as the same. The first byte picks the kind of text.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>
#include <tenon/device.h>

#include "fuzz.h"
#include "reader.h"

/* One kind of text: reads it, and writes what was read; NULL when it is malformed. */
typedef char *(*rewrite_fn)(const char *text, size_t len);

/* What was read need not fit a text again (the group rgb grows to many formats): the only excuse.
 */
static void require_written(int ret)
{
	require(ret == 0 || ret == -E2BIG);
}

static char *rewrite_offer(const char *text, size_t len)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_offer *offer = NULL;
	char *out = NULL;

	if (tenon_offer_from_text(&offer, text, len, "in", &error) < 0) {
		require(strncmp(error.text, "in:", 3) == 0);
		return NULL;
	}
	require_written(tenon_offer_to_text(&out, offer));
	tenon_offer_unref(offer);
	return out;
}

static char *rewrite_limits(const char *text, size_t len)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_limits *limits = NULL;
	char *out = NULL;

	if (tenon_limits_from_text(&limits, text, len, "in", &error) < 0) {
		require(strncmp(error.text, "in:", 3) == 0);
		return NULL;
	}
	require_written(tenon_limits_to_text(&out, limits));
	tenon_limits_destroy(limits);
	return out;
}

static char *rewrite_table(const char *text, size_t len)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = NULL;
	char *out = NULL;

	require(tenon_device_table_create(&table) == 0);
	if (tenon_device_table_add_text(table, text, len, "in", &error) < 0) {
		require(strncmp(error.text, "in:", 3) == 0);
	} else {
		require_written(tenon_device_table_to_text(&out, table));
	}
	tenon_device_table_destroy(table);
	return out;
}

static char *rewrite_settings(const char *text, size_t len)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_config *config = NULL;
	char *out = NULL;

	if (tenon_config_from_text(&config, text, len, "in", &error) < 0) {
		require(strncmp(error.text, "in:", 3) == 0);
		return NULL;
	}
	require_written(tenon_config_to_text(&out, config));
	tenon_config_destroy(config);
	return out;
}

void fuzz_one(const uint8_t *data, size_t size)
{
	static const rewrite_fn kinds[] = {
		rewrite_offer, rewrite_limits, rewrite_table, rewrite_settings};
	rewrite_fn rewrite;
	char *once, *twice;

	if (size == 0) {
		return;
	}
	rewrite = kinds[data[0] % 4];
	once = rewrite((const char *)data + 1, size - 1);
	if (once != NULL) {
		twice = rewrite(once, strlen(once));
		require(twice != NULL && strcmp(once, twice) == 0);
		free(twice);
	}
	free(once);
}
