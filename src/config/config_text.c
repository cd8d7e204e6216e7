/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_buf.h"
#include "config/config_private.h"
#include "config/device_name.h"
#include "config/device_text.h"
#include "config/text.h"
#include "config/value.h"

/* What settings may hold; a text with more is refused. */
#define WORDS_MAX 256
#define SECTIONS_MAX 256
#define HEAP_NAME_MAX 63

#define EXPECTED_ONCE "the key only once"

enum config_section {
	SECTION_NONE,
	SECTION_GENERAL,
	SECTION_HEAPS,
	SECTION_DEVICES,
	SECTION_HEAP,
	SECTION_PROGRAM,
};

static const struct {
	const char *name;
	enum config_section section;
	bool has_name; /* "[heap NAME]" */
} sections[] = {
	{"general", SECTION_GENERAL, false},
	{"heaps", SECTION_HEAPS, false},
	{"devices", SECTION_DEVICES, false},
	{"heap", SECTION_HEAP, true},
	{"program", SECTION_PROGRAM, true},
};

static const char *const debug_levels[] = {"error", "warning", "info", "debug"};

struct config_reader {
	struct tenon_config *config;
	enum config_section section;
};

static bool is_heap_name(const char *name)
{
	return strlen(name) <= HEAP_NAME_MAX && value_is_word(name) && strchr(name, ',') == NULL;
}

static bool is_path(const char *path)
{
	return path[0] == '/';
}

/* NODE=NAME or NODE=+NAME, as the heap room's options take it. */
static bool is_alias(const char *word)
{
	const char *equals = strchr(word, '=');
	const char *name = equals != NULL ? equals + 1 : "";

	return equals != NULL && equals != word && memchr(word, '/', equals - word) == NULL &&
	       is_heap_name(name[0] == '+' ? name + 1 : name);
}

static int words_add(struct config_words *words, const char *word)
{
	char **grown, *copy;

	if (words->len >= WORDS_MAX) {
		return -E2BIG;
	}
	copy = strdup(word);
	grown = realloc(words->words, (words->len + 2) * sizeof(*grown));
	if (grown != NULL) {
		words->words = grown;
	}
	if (grown == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	grown[words->len++] = copy;
	grown[words->len] = NULL;
	return 0;
}

/* Adds the words of a line to a list. */
static int read_words(struct text_reader *reader, struct config_words *words, const char *key,
	const char *value, bool (*check)(const char *word), const char *expected)
{
	char word[TENON_TEXT_LINE_MAX + 1];
	const char *rest = value;
	int more, ret = 0;

	while ((more = value_next_word(&rest, word, sizeof(word))) > 0 && ret == 0) {
		ret = check(word) ? words_add(words, word) : -EINVAL;
	}
	if (ret == -E2BIG) {
		return text_fail(reader, key, NULL, "at most %d of them", WORDS_MAX);
	}
	if (ret == -ENOMEM) {
		return ret;
	}
	if (more < 0 || ret < 0 || words->len == 0) {
		return text_fail(reader, key, value, "%s", expected);
	}
	return 0;
}

static int read_general(
	struct config_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	if (strcmp(key, "debug") != 0) {
		return text_fail(reader, key, NULL, "a key of [general]: debug");
	}
	if (r->config->debug_seen) {
		return text_fail(reader, key, NULL, EXPECTED_ONCE);
	}
	for (int i = 0; i < 4; i++) {
		if (strcmp(value, debug_levels[i]) == 0) {
			r->config->debug = i;
			r->config->debug_seen = true;
			return 0;
		}
	}
	return text_fail(reader, key, value, "error, warning, info or debug");
}

static int read_directory(struct config_reader *r, struct text_reader *reader, const char *value)
{
	char path[TENON_TEXT_LINE_MAX + 1], more[2];
	const char *rest = value;

	if (r->config->heap_directory != NULL) {
		return text_fail(reader, "directory", NULL, EXPECTED_ONCE);
	}
	if (value_next_word(&rest, path, sizeof(path)) != 1 || !is_path(path) ||
		value_next_word(&rest, more, sizeof(more)) != 0) {
		return text_fail(reader, "directory", value, "an absolute path (a space is \\s)");
	}
	r->config->heap_directory = strdup(path);
	return r->config->heap_directory != NULL ? 0 : -ENOMEM;
}

static int read_heaps(
	struct config_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	if (strcmp(key, "directory") == 0) {
		return read_directory(r, reader, value);
	}
	if (strcmp(key, "aliases") == 0) {
		return read_words(reader, &r->config->aliases, key, value, is_alias,
			"aliases NODE=NAME (NODE is a file in the heap directory)");
	}
	if (strcmp(key, "use") == 0) {
		return read_words(reader, &r->config->names, key, value, is_heap_name,
			"names of heaps, of at most 63 bytes each, without a comma");
	}
	return text_fail(reader, key, NULL, "a key of [heaps]: directory, aliases or use");
}

static int read_devices(
	struct config_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	if (strcmp(key, "tables") != 0) {
		return text_fail(reader, key, NULL, "a key of [devices]: tables");
	}
	return read_words(reader, &r->config->tables, key, value, is_path,
		"absolute paths of device tables (a space in one is \\s)");
}

static int read_scarcity(
	struct config_heap *heap, struct text_reader *reader, const char *key, const char *value)
{
	uint64_t number;

	if (heap->has_scarcity) {
		return text_fail(reader, key, NULL, EXPECTED_ONCE);
	}
	if (!value_parse_number(value, &number) || number > UINT32_MAX) {
		return text_fail(
			reader, key, value, "a number from 0 (plentiful) to 4294967295 (scarce)");
	}
	heap->scarcity = (uint32_t)number;
	heap->has_scarcity = true;
	return 0;
}

static int read_enabled(
	struct config_heap *heap, struct text_reader *reader, const char *key, const char *value)
{
	if (heap->enabled_seen) {
		return text_fail(reader, key, NULL, EXPECTED_ONCE);
	}
	heap->disabled = strcmp(value, "no") == 0;
	heap->enabled_seen = heap->disabled || strcmp(value, "yes") == 0;
	return heap->enabled_seen ? 0 : text_fail(reader, key, value, "yes or no");
}

/* Reads one of the two addresses that a heap's memory lies between. */
static int read_address(uint64_t *address, bool *has, struct text_reader *reader, const char *key,
	const char *value)
{
	if (*has) {
		return text_fail(reader, key, NULL, EXPECTED_ONCE);
	}
	*has = value_parse_number(value, address);
	return *has ? 0 : text_fail(reader, key, value, "an address (such as 0x3fffffff)");
}

static int read_heap(
	struct config_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	struct config_heap *heap = &r->config->heaps[r->config->heaps_len - 1];

	if (strcmp(key, "enabled") == 0) {
		return read_enabled(heap, reader, key, value);
	}
	if (strcmp(key, "scarcity") == 0) {
		return read_scarcity(heap, reader, key, value);
	}
	if (strcmp(key, "address-min") == 0) {
		return read_address(&heap->lowest, &heap->has_lowest, reader, key, value);
	}
	if (strcmp(key, "address-max") == 0) {
		return read_address(&heap->highest, &heap->has_highest, reader, key, value);
	}
	return text_fail(reader, key, NULL,
		"a key of [heap NAME]: enabled, scarcity, address-min or address-max");
}

static int read_program(
	struct config_reader *r, struct text_reader *reader, const char *key, const char *value)
{
	struct config_program *program = &r->config->programs[r->config->programs_len - 1];

	if (strcmp(key, "devices") != 0) {
		return text_fail(reader, key, NULL, "a key of [program NAME]: devices");
	}
	return read_words(reader, &program->devices, key, value, device_name_is_valid,
		"names of devices (a space in one is \\s)");
}

static int read_key(void *data, struct text_reader *reader, const char *key, const char *value)
{
	struct config_reader *r = data;

	switch (r->section) {
	case SECTION_GENERAL:
		return read_general(r, reader, key, value);
	case SECTION_HEAPS:
		return read_heaps(r, reader, key, value);
	case SECTION_DEVICES:
		return read_devices(r, reader, key, value);
	case SECTION_HEAP:
		return read_heap(r, reader, key, value);
	case SECTION_PROGRAM:
		return read_program(r, reader, key, value);
	default:
		return text_fail(reader, key, NULL, "a [section] before any key");
	}
}

static int begin_heap(struct tenon_config *config, struct text_reader *reader, const char *name)
{
	struct config_heap *grown;
	char *copy;

	if (!is_heap_name(name)) {
		return text_fail(reader, "[heap]", name, "a heap's name");
	}
	for (size_t i = 0; i < config->heaps_len; i++) {
		if (strcmp(config->heaps[i].name, name) == 0) {
			return text_fail(reader, "[heap]", name, "each heap only once");
		}
	}
	if (config->heaps_len >= SECTIONS_MAX) {
		return text_fail(reader, "[heap]", NULL, "at most %d heaps", SECTIONS_MAX);
	}
	copy = strdup(name);
	grown = realloc(config->heaps, (config->heaps_len + 1) * sizeof(*grown));
	if (grown != NULL) {
		config->heaps = grown;
	}
	if (grown == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	grown[config->heaps_len++] = (struct config_heap){.name = copy};
	return 0;
}

static int begin_program(struct tenon_config *config, struct text_reader *reader, const char *name)
{
	struct config_program *grown;
	char *copy;

	if (!device_name_is_valid(name) || strchr(name, '/') != NULL) {
		return text_fail(reader, "[program]", name, "a program's name without its path");
	}
	for (size_t i = 0; i < config->programs_len; i++) {
		if (strcmp(config->programs[i].name, name) == 0) {
			return text_fail(reader, "[program]", name, "each program only once");
		}
	}
	if (config->programs_len >= SECTIONS_MAX) {
		return text_fail(reader, "[program]", NULL, "at most %d programs", SECTIONS_MAX);
	}
	copy = strdup(name);
	grown = realloc(config->programs, (config->programs_len + 1) * sizeof(*grown));
	if (grown != NULL) {
		config->programs = grown;
	}
	if (grown == NULL || copy == NULL) {
		free(copy);
		return -ENOMEM;
	}
	grown[config->programs_len++] = (struct config_program){.name = copy};
	return 0;
}

static int read_section(void *data, struct text_reader *reader, const char *section)
{
	size_t kind_len = strcspn(section, " \t");
	const char *name = section + kind_len + strspn(section + kind_len, " \t");
	struct config_reader *r = data;

	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strlen(sections[i].name) != kind_len ||
			memcmp(section, sections[i].name, kind_len) != 0 ||
			sections[i].has_name != (name[0] != '\0')) {
			continue;
		}
		r->section = sections[i].section;
		if (r->section == SECTION_HEAP) {
			return begin_heap(r->config, reader, name);
		}
		return r->section == SECTION_PROGRAM ? begin_program(r->config, reader, name) : 0;
	}
	return text_fail(reader, NULL, section,
		"[general], [heaps], [heap NAME], [devices] or [program NAME]");
}

/* Joins words with commas: NULL for none. */
static int join(char **out, const struct config_words *words)
{
	struct text_buf buf = {0};

	for (size_t i = 0; i < words->len; i++) {
		text_buf_addf(&buf, "%s%s", i > 0 ? "," : "", words->words[i]);
	}
	return words->len > 0 ? text_buf_take(&buf, out) : 0;
}

/* Whether what is said of each heap makes sense as a whole. */
static int check_heaps(const struct tenon_config *config, struct text_reader *reader)
{
	for (size_t i = 0; i < config->heaps_len; i++) {
		const struct config_heap *heap = &config->heaps[i];

		if (heap->has_lowest && (!heap->has_highest || heap->highest < heap->lowest)) {
			return text_fail_at(reader, 0, "[heap]", heap->name,
				"an address-max beside address-min, and not below it");
		}
	}
	return 0;
}

static int read_end(void *data, struct text_reader *reader)
{
	struct config_reader *r = data;
	int ret = check_heaps(r->config, reader);

	if (ret < 0) {
		return ret;
	}
	ret = join(&r->config->aliases_joined, &r->config->aliases);

	return ret < 0 ? ret : join(&r->config->names_joined, &r->config->names);
}

int tenon_config_from_text(struct tenon_config **out, const char *text, size_t len,
	const char *name, struct tenon_text_error *error)
{
	static const struct text_handler handler = {
		.section = read_section,
		.key = read_key,
		.end = read_end,
	};
	struct config_reader reader = {.config = calloc(1, sizeof(*reader.config))};
	int ret;

	if (reader.config == NULL) {
		return -ENOMEM;
	}
	ret = text_read(text, len, name, &handler, &reader, error);
	if (ret < 0) {
		tenon_config_destroy(reader.config);
		return ret;
	}
	*out = reader.config;
	return 0;
}

static void write_words(struct text_buf *buf, const char *key, const struct config_words *words)
{
	struct value_list list = {.buf = buf, .key = key};

	for (size_t i = 0; i < words->len; i++) {
		value_list_add(&list, words->words[i]);
	}
	value_list_end(&list);
}

/* Begins a section, with an empty line before all but the first. */
static void write_section(struct text_buf *buf, const char *name, const char *argument)
{
	text_buf_addf(buf, "%s[%s%s%s]\n", buf->len > 0 ? "\n" : "", name,
		argument[0] != '\0' ? " " : "", argument);
}

static void write_heaps(struct text_buf *buf, const struct tenon_config *config)
{
	struct config_words directory = {&(char *){config->heap_directory}, 1};

	if (config->heap_directory != NULL || config->aliases.len > 0 || config->names.len > 0) {
		write_section(buf, "heaps", "");
	}
	if (config->heap_directory != NULL) {
		write_words(buf, "directory", &directory);
	}
	write_words(buf, "aliases", &config->aliases);
	write_words(buf, "use", &config->names);
	for (size_t i = 0; i < config->heaps_len; i++) {
		const struct config_heap *heap = &config->heaps[i];

		write_section(buf, "heap", heap->name);
		if (heap->enabled_seen) {
			text_buf_addf(buf, "enabled = %s\n", heap->disabled ? "no" : "yes");
		}
		if (heap->has_scarcity) {
			text_buf_addf(buf, "scarcity = %" PRIu32 "\n", heap->scarcity);
		}
		if (heap->has_lowest) {
			text_buf_addf(buf, "address-min = 0x%" PRIx64 "\n", heap->lowest);
		}
		if (heap->has_highest) {
			text_buf_addf(buf, "address-max = 0x%" PRIx64 "\n", heap->highest);
		}
	}
}

int tenon_config_to_text(char **out, const struct tenon_config *config)
{
	struct text_buf buf = {0};

	if (config->debug_seen) {
		write_section(&buf, "general", "");
		text_buf_addf(&buf, "debug = %s\n", debug_levels[config->debug]);
	}
	write_heaps(&buf, config);
	if (config->tables.len > 0) {
		write_section(&buf, "devices", "");
		write_words(&buf, "tables", &config->tables);
	}
	for (size_t i = 0; i < config->programs_len; i++) {
		write_section(&buf, "program", config->programs[i].name);
		write_words(&buf, "devices", &config->programs[i].devices);
	}
	return text_write_end(&buf, 0, out);
}
