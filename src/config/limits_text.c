/* SPDX-License-Identifier: MIT */
#include "config/limits_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config/limits_value.h"

#define SEEN_ALL (1 << TENON_MAX_PLANES)
#define HEAP_NAME_MAX 64

int limits_text_init(struct limits_text *text)
{
	*text = (struct limits_text){.limits = NULL};
	return tenon_limits_create(&text->limits);
}

void limits_text_finish(struct limits_text *text)
{
	tenon_limits_destroy(text->limits);
	text->limits = NULL;
	for (size_t i = 0; i < PROPERTY_MAX; i++) {
		value_text_finish(&text->sources[i]);
	}
}

/* A key taken apart: NAME[PLANE].SUFFIX */
struct limits_key {
	enum tenon_property property;
	uint32_t plane;
	const char *suffix; /* "" or ".source" or whatever there is */
};

/* Returns 0, -ENOENT when no property is called so, or as text_fail(). */
static int limits_key_parse(struct limits_key *out, struct text_reader *reader, const char *key)
{
	char name[64];
	size_t len = strcspn(key, "[.");

	if (len >= sizeof(name)) {
		return -ENOENT;
	}
	memcpy(name, key, len);
	name[len] = '\0';
	if (tenon_property_from_name(&out->property, name) < 0 ||
		!limits_value_exists(out->property)) {
		return -ENOENT;
	}
	out->plane = TENON_PLANE_ALL;
	key += len;
	if (*key == '[') {
		if (key[1] < '0' || key[1] > '3' || key[2] != ']') {
			return text_fail(reader, name, key, "a plane from [0] to [3]");
		}
		if (!tenon_property_is_per_plane(out->property)) {
			return text_fail(reader, name, key, "no plane: it holds for all of them");
		}
		out->plane = (uint32_t)(key[1] - '0');
		key += 3;
	}
	out->suffix = key;
	return 0;
}

static int limits_text_add_heaps(struct limits_text *text, struct text_reader *reader,
	enum tenon_property property, const char *key, const char *value)
{
	char name[HEAP_NAME_MAX], expected[96];
	const char *rest = value;
	int more, ret = 0, count = 0;

	limits_value_describe(expected, sizeof(expected), property);
	while ((more = value_next_word(&rest, name, sizeof(name))) > 0) {
		if (!value_is_word(name)) {
			more = -1;
			break;
		}
		ret = property == TENON_PROP_HEAP ? tenon_limits_allow_heap(text->limits, name)
						  : tenon_limits_prefer_heap(text->limits, name);
		if (ret == -ENOSPC) {
			return text_fail(reader, key, NULL,
				"fewer names: there is no room for so "
				"many");
		}
		if (ret < 0) {
			break;
		}
		count++;
	}
	if (ret == -ENOMEM) {
		return ret;
	}
	if (more != 0 || count == 0) {
		return text_fail(reader, key, value, "%s", expected);
	}
	text->seen[property] |= SEEN_ALL;
	return 0;
}

/* One number or several. 0, or a negative errno when there is none or something else. */
static int limits_set_paddings(
	struct tenon_limits *limits, const struct limits_key *key, const char *value)
{
	char word[32];
	uint64_t number;
	bool any = false;
	int more, ret = 0;

	while ((more = value_next_word(&value, word, sizeof(word))) > 0 && ret == 0) {
		if (!value_parse_number(word, &number)) {
			return -ERANGE;
		}
		/* what holds for all planes is replaced by what is said of one */
		ret = any ? tenon_limits_add_padding(limits, key->property, key->plane, number)
			  : tenon_limits_set(limits, key->property, key->plane, number);
		any = true;
	}
	return ret == 0 && (more < 0 || !any) ? -ERANGE : ret;
}

static int limits_text_set(struct limits_text *text, struct text_reader *reader,
	const struct limits_key *parsed, const char *key, const char *value)
{
	uint8_t bit = parsed->plane == TENON_PLANE_ALL ? SEEN_ALL : (uint8_t)(1 << parsed->plane);
	uint8_t *seen = &text->seen[parsed->property];
	char expected[128];
	uint64_t number;
	int ret = -ERANGE;

	if ((*seen & bit) != 0) {
		return text_fail(reader, key, NULL, "the key only once");
	}
	if (bit == SEEN_ALL && *seen != 0) {
		return text_fail(reader, key, NULL, "the key before those of its single planes");
	}
	if (strcmp(value, "unknown") == 0) {
		ret = tenon_limits_set_unknown(text->limits, parsed->property, parsed->plane);
	} else if (limits_value_is_padding(parsed->property)) {
		ret = limits_set_paddings(text->limits, parsed, value);
	} else if (limits_value_parse(parsed->property, value, &number)) {
		ret = tenon_limits_set(text->limits, parsed->property, parsed->plane, number);
	}
	if (ret == -ENOMEM) {
		return ret;
	}
	if (ret < 0) {
		limits_value_describe(expected, sizeof(expected), parsed->property);
		return text_fail(reader, key, value, "%s", expected);
	}
	*seen |= bit;
	return 0;
}

int limits_text_key(
	struct limits_text *text, struct text_reader *reader, const char *key, const char *value)
{
	struct limits_key parsed;
	int ret = limits_key_parse(&parsed, reader, key);

	if (ret < 0) {
		return ret;
	}
	if (parsed.suffix[0] == '\0' && limits_value_is_names(parsed.property)) {
		return limits_text_add_heaps(text, reader, parsed.property, key, value);
	}
	if (parsed.suffix[0] == '\0') {
		return limits_text_set(text, reader, &parsed, key, value);
	}
	if (parsed.plane == TENON_PLANE_ALL && strcmp(parsed.suffix, ".source") == 0) {
		return value_text_read(&text->sources[parsed.property], reader, key, value);
	}
	return text_fail(reader, key, parsed.suffix, "nothing or .source behind \"%s\"",
		tenon_property_get_name(parsed.property));
}

int limits_text_end(struct limits_text *text, const char *source)
{
	for (unsigned i = 0; i < PROPERTY_MAX; i++) {
		const char *its = text->sources[i].text;
		int ret;

		if (its == NULL && text->seen[i] != 0) {
			its = source;
		}
		ret = its != NULL ? tenon_limits_set_source(text->limits, i, its) : 0;
		if (ret == -ENOMEM) {
			return ret;
		}
	}
	return 0;
}

/* Whether anything is said of a property, on any plane. */
static bool limits_state(const struct tenon_limits *limits, enum tenon_property property)
{
	uint32_t planes = tenon_property_is_per_plane(property) ? TENON_MAX_PLANES : 1;
	uint64_t value;

	for (uint32_t i = 0; i < planes; i++) {
		uint32_t plane = planes == 1 ? TENON_PLANE_ALL : i;

		if (limits_value_get(limits, property, plane, &value) != -ENOENT) {
			return true;
		}
	}
	return false;
}

/* The source that all values have, where there are two at least; else NULL. */
static const char *limits_common_source(const struct tenon_limits *limits)
{
	const char *common = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < PROPERTY_MAX; i++) {
		const char *source;

		if (!limits_value_exists(i) || !limits_state(limits, i)) {
			continue;
		}
		source = tenon_limits_get_source(limits, i);
		if (source == NULL || (common != NULL && strcmp(common, source) != 0)) {
			return NULL;
		}
		common = source;
		count++;
	}
	return count > 1 ? common : NULL;
}

static int limits_write_names(
	struct text_buf *buf, const struct tenon_limits *limits, enum tenon_property property)
{
	struct value_list list = {.buf = buf, .key = tenon_property_get_name(property)};
	const char *const *names = tenon_limits_get_heaps(limits, property);

	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (!value_is_word(names[i])) {
			return -EINVAL;
		}
		value_list_add(&list, names[i]);
	}
	value_list_end(&list);
	return 0;
}

static void limits_write_plane(struct text_buf *buf, const struct tenon_limits *limits,
	enum tenon_property property, uint32_t plane)
{
	const char *name = tenon_property_get_name(property);
	char value[64];

	if (tenon_limits_print_value(value, sizeof(value), limits, property, plane) < 0) {
		return;
	}
	if (plane == TENON_PLANE_ALL) {
		text_buf_addf(buf, "%s = %s\n", name, value);
	} else {
		text_buf_addf(buf, "%s[%u] = %s\n", name, plane, value);
	}
}

static void limits_write_planes(
	struct text_buf *buf, const struct tenon_limits *limits, enum tenon_property property)
{
	char first[64], text[64];
	bool same = tenon_limits_print_value(first, sizeof(first), limits, property, 0) == 0;

	for (uint32_t i = 1; i < TENON_MAX_PLANES && same; i++) {
		same = tenon_limits_print_value(text, sizeof(text), limits, property, i) == 0 &&
		       strcmp(text, first) == 0;
	}
	if (same) {
		text_buf_addf(buf, "%s = %s\n", tenon_property_get_name(property), first);
		return;
	}
	for (uint32_t i = 0; i < TENON_MAX_PLANES; i++) {
		limits_write_plane(buf, limits, property, i);
	}
}

/* Writes a property's source, unless it is the common one. */
static void limits_write_source(struct text_buf *buf, const struct tenon_limits *limits,
	enum tenon_property property, const char *common)
{
	const char *source = tenon_limits_get_source(limits, property);
	char key[80];

	if (source != NULL && (common == NULL || !limits_state(limits, property))) {
		snprintf(key, sizeof(key), "%s.source", tenon_property_get_name(property));
		value_write_text(buf, key, source);
	}
}

int limits_text_write(struct text_buf *buf, const struct tenon_limits *limits)
{
	const char *common = limits_common_source(limits);
	int ret = 0;

	if (common != NULL) {
		value_write_text(buf, "source", common);
	}
	for (unsigned i = 0; i < PROPERTY_MAX && ret == 0; i++) {
		if (!limits_value_exists(i)) {
			continue;
		}
		if (limits_value_is_names(i)) {
			ret = limits_write_names(buf, limits, i);
		} else if (tenon_property_is_per_plane(i)) {
			limits_write_planes(buf, limits, i);
		} else {
			limits_write_plane(buf, limits, i, TENON_PLANE_ALL);
		}
		limits_write_source(buf, limits, i, common);
	}
	return ret;
}
