/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <tenon/config.h>

#include "base/text_buf.h"
#include "config/device_text.h"
#include "config/limits_text.h"
#include "config/text.h"

static int take_offer(void *data, struct text_reader *reader, struct device_text *device)
{
	struct tenon_offer **out = data;

	if (*out != NULL) {
		return text_fail_at(
			reader, device->line, "[device]", device->name, "one device only");
	}
	*out = device->offer;
	device->offer = NULL;
	return 0;
}

int tenon_offer_from_text(struct tenon_offer **out, const char *text, size_t len, const char *name,
	struct tenon_text_error *error)
{
	struct tenon_offer *offer = NULL;
	int ret = device_text_read(text, len, name, false, take_offer, &offer, error);

	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	*out = offer;
	return 0;
}

int tenon_offer_to_text(char **out, const struct tenon_offer *offer)
{
	struct device_text device = {.offer = (struct tenon_offer *)offer};
	struct text_buf buf = {0};

	return text_write_end(&buf, device_text_write(&buf, &device), out);
}

static int limits_section(void *data, struct text_reader *reader, const char *section)
{
	return text_fail(reader, NULL, section, "no section: only \"property = value\"");
}

struct limits_reader {
	struct limits_text limits;
	struct value_text source;
};

static int limits_key(void *data, struct text_reader *reader, const char *key, const char *value)
{
	struct limits_reader *r = data;
	int ret;

	if (strcmp(key, "source") == 0) {
		return value_text_read(&r->source, reader, key, value);
	}
	ret = limits_text_key(&r->limits, reader, key, value);
	return ret != -ENOENT
		       ? ret
		       : text_fail(reader, key, NULL, "a limit such as pitch-multiple, or source");
}

static int limits_end(void *data, struct text_reader *reader)
{
	struct limits_reader *r = data;

	return limits_text_end(&r->limits, r->source.text);
}

int tenon_limits_from_text(struct tenon_limits **out, const char *text, size_t len,
	const char *name, struct tenon_text_error *error)
{
	static const struct text_handler handler = {
		.section = limits_section,
		.key = limits_key,
		.end = limits_end,
	};
	struct limits_reader reader = {.source = {0}};
	int ret = limits_text_init(&reader.limits);

	if (ret == 0) {
		ret = text_read(text, len, name, &handler, &reader, error);
	}
	if (ret == 0) {
		*out = reader.limits.limits;
		reader.limits.limits = NULL;
	}
	limits_text_finish(&reader.limits);
	value_text_finish(&reader.source);
	return ret;
}

int tenon_limits_to_text(char **out, const struct tenon_limits *limits)
{
	struct text_buf buf = {0};

	return text_write_end(&buf, limits_text_write(&buf, limits), out);
}
