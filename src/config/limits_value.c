/* SPDX-License-Identifier: MIT */
#include "config/limits_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <tenon/config.h>

#include "config/value.h"

struct mask_word {
	enum tenon_property property;
	uint32_t bit;
	const char *word;
};

static const struct mask_word mask_words[] = {
	{TENON_PROP_CACHE, TENON_CACHE_CACHED, "cached"},
	{TENON_PROP_CACHE, TENON_CACHE_UNCACHED, "uncached"},
	{TENON_PROP_OBJECTS, TENON_OBJECTS_ONE, "one"},
	{TENON_PROP_OBJECTS, TENON_OBJECTS_PER_PLANE, "per-plane"},
	{TENON_PROP_PROTECTED, TENON_PROTECTION_NONE, "none"},
	{TENON_PROP_PROTECTED, TENON_PROTECTION_SECURE, "secure"},
};

#define MASK_WORDS_LEN (sizeof(mask_words) / sizeof(mask_words[0]))

static bool unit_is(enum tenon_property property, const char *unit)
{
	const char *its = tenon_property_get_unit(property);

	return its != NULL && strcmp(its, unit) == 0;
}

bool limits_value_exists(enum tenon_property property)
{
	return property != TENON_PROP_FORMAT && property != TENON_PROP_MODIFIER &&
	       tenon_property_get_name(property) != NULL;
}

bool limits_value_is_names(enum tenon_property property)
{
	return unit_is(property, "names");
}

static bool mask_parse(enum tenon_property property, const char *text, uint64_t *out)
{
	char word[32];
	uint64_t mask = 0;
	int more;

	while ((more = value_next_word(&text, word, sizeof(word))) > 0) {
		size_t i = 0;

		while (i < MASK_WORDS_LEN && (mask_words[i].property != property ||
						     strcmp(mask_words[i].word, word) != 0)) {
			i++;
		}
		if (i == MASK_WORDS_LEN) {
			return false;
		}
		mask |= mask_words[i].bit;
	}
	*out = mask;
	return more == 0 && mask != 0;
}

static void mask_print(char *out, size_t size, enum tenon_property property, uint64_t mask)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < MASK_WORDS_LEN; i++) {
		if (mask_words[i].property == property && (mask & mask_words[i].bit) != 0 &&
			len < size) {
			len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? " " : "",
				mask_words[i].word);
		}
	}
}

bool limits_value_parse(enum tenon_property property, const char *text, uint64_t *out)
{
	if (unit_is(property, "mask")) {
		return mask_parse(property, text, out);
	}
	if (unit_is(property, "flag")) {
		*out = strcmp(text, "yes") == 0;
		return *out == 1 || strcmp(text, "no") == 0;
	}
	return value_parse_number(text, out);
}

bool limits_value_is_padding(enum tenon_property property)
{
	return property == TENON_PROP_WIDTH_ALIGN || property == TENON_PROP_HEIGHT_ALIGN;
}

/* "3 4": the smallest first. */
static void padding_print(char *out, size_t size, const struct tenon_limits *limits,
	enum tenon_property property, uint32_t plane)
{
	uint32_t list[TENON_PADDINGS_MAX];
	size_t len = 0, left = tenon_limits_get_paddings(limits, property, plane, list);

	while (left-- > 0 && len < size) {
		len += (size_t)snprintf(
			out + len, size - len, "%" PRIu32 "%s", list[left], left > 0 ? " " : "");
	}
}

void limits_value_print(char *out, size_t size, enum tenon_property property, uint64_t value)
{
	if (size == 0) {
		return;
	}
	if (unit_is(property, "mask")) {
		mask_print(out, size, property, value);
	} else if (unit_is(property, "flag")) {
		snprintf(out, size, "%s", value != 0 ? "yes" : "no");
	} else if (unit_is(property, "address")) {
		snprintf(out, size, "0x%" PRIx64, value);
	} else {
		snprintf(out, size, "%" PRIu64, value);
	}
}

static void mask_describe(char *out, size_t size, enum tenon_property property)
{
	size_t len = 0;

	for (size_t i = 0; i < MASK_WORDS_LEN; i++) {
		if (mask_words[i].property == property && len < size) {
			len += (size_t)snprintf(out + len, size - len, "%s%s",
				len > 0 ? " or " : "", mask_words[i].word);
		}
	}
	if (len < size) {
		snprintf(out + len, size - len, " (one or more), or unknown");
	}
}

void limits_value_describe(char *out, size_t size, enum tenon_property property)
{
	const char *unit = tenon_property_get_unit(property);

	if (limits_value_is_names(property)) {
		snprintf(out, size, "names of heaps, of at most 63 bytes each");
	} else if (unit_is(property, "mask")) {
		mask_describe(out, size, property);
	} else if (unit_is(property, "flag")) {
		snprintf(out, size, "yes or no, or unknown");
	} else if (unit_is(property, "address")) {
		snprintf(out, size, "an address (such as 0x3fffffff), or unknown");
	} else if (limits_value_is_padding(property)) {
		snprintf(out, size, "a number of pixels up to 65535, or several, or unknown");
	} else if (property == TENON_PROP_SEGMENT_BOUNDARY) {
		snprintf(out, size, "a power of two (such as 64K), or unknown");
	} else if (unit_is(property, "count")) {
		snprintf(out, size, "a number above 0, or unknown");
	} else {
		snprintf(out, size,
			"a number of %s (such as 64, 0x40, 16K) that makes sense here, "
			"or unknown",
			unit);
	}
}

int limits_value_get(const struct tenon_limits *limits, enum tenon_property property,
	uint32_t plane, uint64_t *value)
{
	if (limits_value_is_names(property)) {
		return tenon_limits_get_heaps(limits, property) != NULL ? 0 : -ENOENT;
	}
	return tenon_limits_get(limits, property, plane, value);
}

int tenon_limits_print_value(char *text, size_t size, const struct tenon_limits *limits,
	enum tenon_property property, uint32_t plane)
{
	uint64_t value = 0;
	int ret;

	if (size > 0) {
		text[0] = '\0';
	}
	if (!limits_value_exists(property) || limits_value_is_names(property)) {
		return -EINVAL;
	}
	ret = limits_value_get(limits, property, plane, &value);
	if (ret == 0 && limits_value_is_padding(property)) {
		padding_print(text, size, limits, property, plane);
	} else if (ret == 0) {
		limits_value_print(text, size, property, value);
	} else if (ret == -ENODATA) {
		snprintf(text, size, "unknown");
		ret = 0;
	}
	return ret;
}
