/* SPDX-License-Identifier: MIT */
#include "config/pairs_text.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/format.h>

#include "config/device_text.h"
#include "config/value.h"

/* Longest word: a format's name, a colon, a modifier. */
#define WORD_MAX 64

#define EXPECTED_FORMAT \
	"formats (such as XRGB8888, NV12, a code like 0x34325258), any, rgb, yuv, or !FORMAT to " \
	"leave one out"
#define EXPECTED_MODIFIER "LINEAR, INVALID or a number like 0x100000000000001"
#define EXPECTED_PAIR "pairs FORMAT:MODIFIER (such as NV12:LINEAR)"

void pairs_text_finish(struct pairs_text *text)
{
	free(text->formats);
	free(text->modifiers);
	free(text->pairs);
	*text = (struct pairs_text){0};
}

/* Makes room for one more item in an array of *len, which grows in powers of two. */
static int grow(void **items, size_t len, size_t item_size)
{
	void *grown;

	if (len >= DEVICE_PAIRS_MAX) {
		return -E2BIG;
	}
	if (len > 0 && (len & (len - 1)) != 0) {
		return 0;
	}
	grown = realloc(*items, (len > 0 ? len * 2 : 1) * item_size);
	if (grown == NULL) {
		return -ENOMEM;
	}
	*items = grown;
	return 0;
}

static int add_format(struct pairs_text *text, uint32_t format)
{
	void *items = text->formats;
	int ret = grow(&items, text->formats_len, sizeof(*text->formats));

	text->formats = items;
	if (ret == 0) {
		text->formats[text->formats_len++] = format;
	}
	return ret;
}

static int add_modifier(struct pairs_text *text, uint64_t modifier)
{
	void *items = text->modifiers;
	int ret = grow(&items, text->modifiers_len, sizeof(*text->modifiers));

	text->modifiers = items;
	if (ret == 0) {
		text->modifiers[text->modifiers_len++] = modifier;
	}
	return ret;
}

static int add_pair(struct pairs_text *text, uint32_t format, uint64_t modifier)
{
	void *items = text->pairs;
	int ret = grow(&items, text->pairs_len, sizeof(*text->pairs));

	text->pairs = items;
	if (ret == 0) {
		text->pairs[text->pairs_len++] = (struct tenon_format_modifier){format, modifier};
	}
	return ret;
}

/* A single format: 0 or -EINVAL. */
static int parse_format(const char *word, uint32_t *out)
{
	const struct tenon_format *format = tenon_format_from_name(word);
	uint64_t code;

	if (strcmp(word, "any") == 0) {
		*out = TENON_FORMAT_ANY;
	} else if (format != NULL) {
		*out = tenon_format_get_fourcc(format);
	} else if (strncmp(word, "0x", 2) == 0 && value_parse_number(word, &code) &&
		   code <= UINT32_MAX) {
		*out = (uint32_t)code;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int parse_modifier(const char *word, uint64_t *out)
{
	if (strcmp(word, "LINEAR") == 0) {
		*out = DRM_FORMAT_MOD_LINEAR;
	} else if (strcmp(word, "INVALID") == 0) {
		*out = DRM_FORMAT_MOD_INVALID;
	} else if (strncmp(word, "0x", 2) != 0 || !value_parse_number(word, out)) {
		return -EINVAL;
	}
	return 0;
}

/* Adds all formats that store luma and chroma, or all others. */
static int add_group(struct pairs_text *text, bool yuv)
{
	const struct tenon_format *format;
	int ret = 0;

	for (size_t i = 0; ret == 0 && (format = tenon_format_list(i)) != NULL; i++) {
		if (tenon_format_is_yuv(format) == yuv) {
			ret = add_format(text, tenon_format_get_fourcc(format));
		}
	}
	return ret;
}

static int remove_format(struct pairs_text *text, const char *word)
{
	size_t kept = 0, len = text->formats_len;
	uint32_t format;

	if (parse_format(word, &format) < 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i++) {
		if (text->formats[i] != format) {
			text->formats[kept++] = text->formats[i];
		}
	}
	text->formats_len = kept;
	return kept < len ? 0 : -EINVAL;
}

static int take_format(struct pairs_text *text, const char *word)
{
	uint32_t format;

	if (strcmp(word, "rgb") == 0 || strcmp(word, "yuv") == 0) {
		return add_group(text, word[0] == 'y');
	}
	if (word[0] == '!') {
		return remove_format(text, word + 1);
	}
	return parse_format(word, &format) == 0 ? add_format(text, format) : -EINVAL;
}

static int take_modifier(struct pairs_text *text, const char *word)
{
	uint64_t modifier;

	return parse_modifier(word, &modifier) == 0 ? add_modifier(text, modifier) : -EINVAL;
}

static int take_pair(struct pairs_text *text, const char *word)
{
	char name[WORD_MAX];
	const char *colon = strchr(word, ':');
	uint32_t format;
	uint64_t modifier;

	if (colon == NULL) {
		return -EINVAL;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(colon - word), word);
	if (parse_format(name, &format) < 0 || parse_modifier(colon + 1, &modifier) < 0) {
		return -EINVAL;
	}
	return add_pair(text, format, modifier);
}

struct pairs_key {
	const char *key;
	int (*take)(struct pairs_text *text, const char *word);
	const char *expected;
};

static const struct pairs_key pairs_keys[] = {
	{"formats", take_format, EXPECTED_FORMAT},
	{"modifiers", take_modifier, EXPECTED_MODIFIER},
	{"pairs", take_pair, EXPECTED_PAIR},
};

static int take_words(struct pairs_text *text, struct text_reader *reader,
	const struct pairs_key *key, const char *value)
{
	const char *rest = value;
	char word[WORD_MAX];
	int more, count = 0;

	while ((more = value_next_word(&rest, word, sizeof(word))) > 0) {
		int ret = key->take(text, word);

		if (ret == -EINVAL) {
			return text_fail(reader, key->key, word, "%s", key->expected);
		}
		if (ret == -E2BIG) {
			return text_fail(
				reader, key->key, NULL, "at most %d of them", DEVICE_PAIRS_MAX);
		}
		if (ret < 0) {
			return ret;
		}
		count++;
	}
	return more == 0 && count > 0 ? 0 : text_fail(reader, key->key, rest, "%s", key->expected);
}

int pairs_text_key(
	struct pairs_text *text, struct text_reader *reader, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(pairs_keys) / sizeof(pairs_keys[0]); i++) {
		if (strcmp(key, pairs_keys[i].key) == 0) {
			return take_words(text, reader, &pairs_keys[i], value);
		}
	}
	return -ENOENT;
}

int pairs_text_end(struct pairs_text *text, struct text_reader *reader, unsigned line)
{
	int ret = 0;

	if (text->modifiers_len > 0 && text->formats_len == 0) {
		return text_fail_at(reader, line, "[alternative]", NULL,
			"\"formats = ...\" beside \"modifiers = ...\"");
	}
	if (text->formats_len == 0 && text->pairs_len == 0) {
		return text_fail_at(reader, line, "[alternative]", NULL,
			"\"formats = ...\" or \"pairs = ...\" in it");
	}
	if (text->modifiers_len == 0) {
		ret = add_modifier(text, DRM_FORMAT_MOD_LINEAR);
	}
	for (size_t i = 0; i < text->formats_len && ret == 0; i++) {
		for (size_t j = 0; j < text->modifiers_len && ret == 0; j++) {
			ret = add_pair(text, text->formats[i], text->modifiers[j]);
		}
	}
	return ret != -E2BIG ? ret
			     : text_fail_at(reader, line, "[alternative]", NULL,
				       "at most %d pairs of format and modifier", DEVICE_PAIRS_MAX);
}

static void print_format(char *out, size_t size, uint32_t fourcc)
{
	const struct tenon_format *format = tenon_format_get(fourcc);

	if (fourcc == TENON_FORMAT_ANY) {
		snprintf(out, size, "any");
	} else if (format != NULL) {
		snprintf(out, size, "%s", tenon_format_get_name(format));
	} else {
		snprintf(out, size, "0x%08" PRIx32, fourcc);
	}
}

static void print_modifier(char *out, size_t size, uint64_t modifier)
{
	if (modifier == DRM_FORMAT_MOD_LINEAR) {
		snprintf(out, size, "LINEAR");
	} else if (modifier == DRM_FORMAT_MOD_INVALID) {
		snprintf(out, size, "INVALID");
	} else {
		snprintf(out, size, "0x%" PRIx64, modifier);
	}
}

/* How many modifiers each format has, when the pairs are all combinations in order; else 0. */
static size_t count_combined(const struct tenon_format_modifier *pairs, size_t len)
{
	size_t modifiers = 1;

	while (modifiers < len && pairs[modifiers].format == pairs[0].format) {
		modifiers++;
	}
	if (len == 0 || len % modifiers != 0) {
		return 0;
	}
	for (size_t i = 0; i < len; i++) {
		if (pairs[i].modifier != pairs[i % modifiers].modifier ||
			pairs[i].format != pairs[i - i % modifiers].format) {
			return 0;
		}
	}
	return modifiers;
}

void pairs_text_write(
	struct text_buf *buf, const struct tenon_format_modifier *pairs, size_t pairs_len)
{
	struct value_list formats = {.buf = buf, .key = "formats"};
	struct value_list modifiers = {.buf = buf, .key = "modifiers"};
	struct value_list list = {.buf = buf, .key = "pairs"};
	size_t combined = count_combined(pairs, pairs_len);
	char format[WORD_MAX], word[2 * WORD_MAX];

	for (size_t i = 0; i<pairs_len; i += combined> 0 ? combined : 1) {
		print_format(format, sizeof(format), pairs[i].format);
		if (combined > 0) {
			value_list_add(&formats, format);
			continue;
		}
		snprintf(word, sizeof(word), "%s:", format);
		print_modifier(word + strlen(word), WORD_MAX, pairs[i].modifier);
		value_list_add(&list, word);
	}
	value_list_end(&formats);
	value_list_end(&list);
	for (size_t i = 0; i < combined; i++) {
		print_modifier(word, sizeof(word), pairs[i].modifier);
		value_list_add(&modifiers, word);
	}
	value_list_end(&modifiers);
}
