/* SPDX-License-Identifier: MIT */
#include "config/device_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "config/device_name.h"
#include "config/limits_value.h"
#include "config/pairs_text.h"

#define DEVICE_PREFIX "device"

/* Where the reader stands: in which device, and in which of its alternatives. */
struct device_reader {
	bool table;
	device_text_emit emit;
	void *data;

	bool in_device;
	struct device_text device;
	bool coherent_seen, dev_seen;
	struct value_text device_source;
	size_t devices_len, alternatives_len, total_pairs;

	bool in_alternative;
	unsigned alternative_line;
	uint32_t roles;
	struct pairs_text pairs;
	struct limits_text limits;
	struct value_text source;
};

void device_text_finish(struct device_text *device)
{
	free(device->name);
	value_text_finish(&device->driver);
	value_text_finish(&device->bus);
	value_text_finish(&device->description);
	value_text_finish(&device->note);
	tenon_offer_unref(device->offer);
	*device = (struct device_text){0};
}

static void finish_alternative(struct device_reader *r)
{
	pairs_text_finish(&r->pairs);
	limits_text_finish(&r->limits);
	value_text_finish(&r->source);
	r->in_alternative = false;
	r->roles = 0;
}

static void finish_reader(struct device_reader *r)
{
	finish_alternative(r);
	value_text_finish(&r->device_source);
	device_text_finish(&r->device);
}

/* Adds the alternative that has been read to the offer. */
static int add_alternative(struct device_reader *r, struct text_reader *reader)
{
	int ret;

	if (r->roles == 0) {
		return text_fail_at(reader, r->alternative_line, "[alternative]", NULL,
			"\"roles = ...\" in it");
	}
	ret = pairs_text_end(&r->pairs, reader, r->alternative_line);
	if (ret < 0) {
		return ret;
	}
	r->total_pairs += r->pairs.pairs_len;
	if (r->total_pairs > DEVICE_TOTAL_PAIRS) {
		return text_fail_at(reader, r->alternative_line, "[alternative]", NULL,
			"at most %d pairs of format and modifier in one file", DEVICE_TOTAL_PAIRS);
	}
	ret = limits_text_end(
		&r->limits, r->source.text != NULL ? r->source.text : r->device_source.text);
	if (ret < 0) {
		return ret;
	}
	ret = tenon_offer_add(
		r->device.offer, r->roles, r->pairs.pairs, r->pairs.pairs_len, r->limits.limits);
	if (ret == -EINVAL) {
		return text_fail_at(reader, r->alternative_line, "[alternative]", NULL,
			"limits that agree with each other (a remainder below its multiple, a "
			"minimum not above its maximum)");
	}
	if (ret < 0) {
		return ret;
	}
	r->alternatives_len++;
	return 0;
}

static int end_alternative(struct device_reader *r, struct text_reader *reader)
{
	int ret = r->in_alternative ? add_alternative(r, reader) : 0;

	finish_alternative(r);
	return ret;
}

static int end_device(struct device_reader *r, struct text_reader *reader)
{
	int ret = end_alternative(r, reader);

	if (ret == 0 && r->in_device && r->table && r->alternatives_len == 0) {
		ret = text_fail_at(reader, r->device.line, r->device.name, NULL,
			"an [alternative] behind [device]");
	}
	if (ret == 0 && r->in_device) {
		ret = r->emit(r->data, reader, &r->device);
	}
	device_text_finish(&r->device);
	value_text_finish(&r->device_source);
	r->in_device = r->coherent_seen = r->dev_seen = false;
	r->alternatives_len = 0;
	return ret;
}

static int begin_device(struct device_reader *r, struct text_reader *reader, const char *name)
{
	int ret;

	if (!device_name_is_valid(name)) {
		return text_fail(reader, "[device]", name, "a name of 1 to %d printable bytes",
			DEVICE_NAME_MAX);
	}
	if (++r->devices_len > DEVICES_MAX) {
		return text_fail(reader, "[device]", NULL, "at most %d devices", DEVICES_MAX);
	}
	r->device.line = text_get_line(reader);
	r->device.name = strdup(name);
	if (r->device.name == NULL) {
		return -ENOMEM;
	}
	ret = tenon_offer_create(&r->device.offer, name);
	r->in_device = ret == 0;
	return ret;
}

static int begin_alternative(struct device_reader *r, struct text_reader *reader)
{
	int ret;

	if (!r->in_device) {
		return text_fail(reader, "[alternative]", NULL, "a [device NAME] before it");
	}
	if (r->alternatives_len >= DEVICE_ALTERNATIVES_MAX) {
		return text_fail(reader, "[alternative]", NULL, "at most %d alternatives",
			DEVICE_ALTERNATIVES_MAX);
	}
	ret = limits_text_init(&r->limits);
	r->in_alternative = ret == 0;
	r->alternative_line = text_get_line(reader);
	return ret;
}

static int read_section(void *data, struct text_reader *reader, const char *section)
{
	struct device_reader *r = data;
	size_t prefix_len = strlen(DEVICE_PREFIX);
	int ret;

	if (strcmp(section, "alternative") == 0) {
		ret = end_alternative(r, reader);
		return ret < 0 ? ret : begin_alternative(r, reader);
	}
	if (strncmp(section, DEVICE_PREFIX, prefix_len) == 0 &&
		strchr(" \t", section[prefix_len]) != NULL) {
		section += prefix_len;
		ret = end_device(r, reader);
		return ret < 0 ? ret : begin_device(r, reader, section + strspn(section, " \t"));
	}
	return text_fail(reader, NULL, section, "[device NAME] or [alternative]");
}

static int read_roles(struct device_reader *r, struct text_reader *reader, const char *value)
{
	const char *rest = value;
	char word[32];
	uint32_t role, roles = 0;
	int more;

	while ((more = value_next_word(&rest, word, sizeof(word))) > 0) {
		if (tenon_role_from_name(&role, word) < 0) {
			more = -1;
			break;
		}
		roles |= role;
	}
	if (more < 0 || roles == 0) {
		return text_fail(reader, "roles", value,
			"roles: any, or some of render, scanout, cursor, encode, decode, capture, "
			"cpu");
	}
	r->roles |= roles;
	return 0;
}

static int read_coherent(struct device_reader *r, struct text_reader *reader, const char *value)
{
	static const char *const words[] = {
		[TENON_UNKNOWN] = "unknown",
		[TENON_NO] = "no",
		[TENON_YES] = "yes",
	};

	if (r->coherent_seen) {
		return text_fail(reader, "coherent", NULL, "the key only once");
	}
	for (int i = TENON_UNKNOWN; i <= TENON_YES; i++) {
		if (strcmp(words[i], value) == 0) {
			r->coherent_seen = true;
			tenon_offer_set_coherent(r->device.offer, (enum tenon_answer)i);
			return 0;
		}
	}
	return text_fail(reader, "coherent", value, "yes, no or unknown");
}

static int read_dev(struct device_reader *r, struct text_reader *reader, const char *value)
{
	char major_text[24] = "";
	const char *colon = strchr(value, ':');
	uint64_t major_number, minor_number;

	if (r->dev_seen) {
		return text_fail(reader, "dev", NULL, "the key only once");
	}
	if (colon != NULL && (size_t)(colon - value) < sizeof(major_text)) {
		memcpy(major_text, value, (size_t)(colon - value));
	}
	if (colon == NULL || !value_parse_number(major_text, &major_number) ||
		!value_parse_number(colon + 1, &minor_number) || major_number > UINT32_MAX ||
		minor_number > UINT32_MAX) {
		return text_fail(reader, "dev", value, "device numbers MAJOR:MINOR");
	}
	r->dev_seen = true;
	tenon_offer_set_dev(
		r->device.offer, makedev((unsigned)major_number, (unsigned)minor_number));
	return 0;
}

/* "iommu-lifts = segments-max address-max" */
static int read_lifts(struct device_reader *r, struct text_reader *reader, const char *value)
{
	enum tenon_property property;
	const char *rest = value;
	char word[64];
	int more;

	while ((more = value_next_word(&rest, word, sizeof(word))) > 0) {
		if (tenon_property_from_name(&property, word) < 0 ||
			!limits_value_exists(property)) {
			break;
		}
		r->device.lifted.bits[property / 64] |= UINT64_C(1) << (property % 64);
	}
	return more == 0 ? 0
			 : text_fail(reader, "iommu-lifts", value,
				   "names of limits (such as segments-max address-max)");
}

/* Where a key that takes text is kept, or NULL. */
static struct value_text *find_text(struct device_reader *r, const char *key)
{
	if (strcmp(key, "source") == 0) {
		return r->in_alternative ? &r->source : &r->device_source;
	}
	if (r->in_alternative || !r->table) {
		return NULL;
	}
	if (strcmp(key, "bus") == 0) {
		return &r->device.bus;
	}
	if (strcmp(key, "driver") == 0) {
		return &r->device.driver;
	}
	if (strcmp(key, "description") == 0) {
		return &r->device.description;
	}
	return strcmp(key, "note") == 0 ? &r->device.note : NULL;
}

static int read_device_key(
	struct device_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	if (!r->in_device) {
		return text_fail(reader, key, NULL, "a [device NAME] before any key");
	}
	if (strcmp(key, "coherent") == 0) {
		return read_coherent(r, reader, value);
	}
	if (strcmp(key, "dev") == 0) {
		return read_dev(r, reader, value);
	}
	if (r->table && strcmp(key, "iommu-lifts") == 0) {
		return read_lifts(r, reader, value);
	}
	return text_fail(reader, key, NULL, "a key of [device]: coherent, dev, source%s",
		r->table ? ", bus, driver, description, note or iommu-lifts" : "");
}

static int read_alternative_key(
	struct device_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	int ret;

	if (strcmp(key, "roles") == 0) {
		return read_roles(r, reader, value);
	}
	ret = pairs_text_key(&r->pairs, reader, key, value);
	if (ret == -ENOENT) {
		ret = limits_text_key(&r->limits, reader, key, value);
	}
	if (ret == -ENOENT) {
		ret = text_fail(reader, key, NULL,
			"a key of [alternative]: roles, formats, modifiers, pairs, source, or a "
			"limit such as pitch-multiple");
	}
	return ret;
}

static int read_key(void *data, struct text_reader *reader, const char *key, const char *value)
{
	struct device_reader *r = data;
	struct value_text *text = find_text(r, key);

	if (text != NULL && r->in_device) {
		return value_text_read(text, reader, key, value);
	}
	return r->in_alternative ? read_alternative_key(r, reader, key, value)
				 : read_device_key(r, reader, key, value);
}

static int read_end(void *data, struct text_reader *reader)
{
	struct device_reader *r = data;
	int ret = end_device(r, reader);

	if (ret == 0 && r->devices_len == 0 && !r->table) {
		ret = text_fail_at(reader, 0, NULL, NULL, "a [device NAME]");
	}
	return ret;
}

int device_text_read(const char *text, size_t len, const char *name, bool table,
	device_text_emit emit, void *data, struct tenon_text_error *error)
{
	static const struct text_handler handler = {
		.section = read_section,
		.key = read_key,
		.end = read_end,
	};
	struct device_reader reader = {.table = table, .emit = emit, .data = data};
	int ret = text_read(text, len, name, &handler, &reader, error);

	finish_reader(&reader);
	return ret;
}
