/* SPDX-License-Identifier: MIT */
#include "device/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/similar.h"
#include "config/text.h"

static void entry_destroy(struct tenon_device_entry *entry)
{
	if (entry == NULL) {
		return;
	}
	device_text_finish(&entry->text);
	free(entry->origin);
	free(entry);
}

static void table_finish(struct tenon_device_table *table)
{
	for (size_t i = 0; i < table->len; i++) {
		entry_destroy(table->entries[i]);
	}
	free(table->entries);
}

int tenon_device_table_create(struct tenon_device_table **out)
{
	struct tenon_device_table *table = calloc(1, sizeof(*table));

	if (table == NULL) {
		return -ENOMEM;
	}
	*out = table;
	return 0;
}

void tenon_device_table_destroy(struct tenon_device_table *table)
{
	if (table == NULL) {
		return;
	}
	table_finish(table);
	free(table);
}

/* Where a name is, or would have to be. */
static size_t table_position(const struct tenon_device_table *table, const char *name)
{
	size_t low = 0, high = table->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(table->entries[middle]->text.name, name) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool table_has_at(const struct tenon_device_table *table, size_t i, const char *name)
{
	return i < table->len && strcmp(table->entries[i]->text.name, name) == 0;
}

/* Puts an entry in at its place, which must be free and have room. */
static void table_insert(
	struct tenon_device_table *table, size_t i, struct tenon_device_entry *entry)
{
	memmove(&table->entries[i + 1], &table->entries[i],
		(table->len - i) * sizeof(*table->entries));
	table->entries[i] = entry;
	table->len++;
}

static int table_reserve(struct tenon_device_table *table, size_t more)
{
	struct tenon_device_entry **grown;

	grown = realloc(table->entries, (table->len + more + 1) * sizeof(*grown));
	if (grown == NULL) {
		return -ENOMEM;
	}
	table->entries = grown;
	return 0;
}

/* Takes a device of a text that is being read into the table of that text. */
static int table_take(void *data, struct text_reader *reader, struct device_text *device)
{
	struct tenon_device_table *table = data;
	size_t i = table_position(table, device->name);
	struct tenon_device_entry *entry;

	if (table_has_at(table, i, device->name)) {
		return text_fail_at(
			reader, device->line, "[device]", device->name, "each device only once");
	}
	if (table_reserve(table, 1) < 0) {
		return -ENOMEM;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL) {
		return -ENOMEM;
	}
	entry->origin = strdup(text_get_name(reader));
	if (entry->origin == NULL) {
		free(entry);
		return -ENOMEM;
	}
	entry->text = *device;
	*device = (struct device_text){0};
	table_insert(table, i, entry);
	return 0;
}

/* Moves all entries of more to the table, which has room for them. */
static void table_merge(struct tenon_device_table *table, struct tenon_device_table *more)
{
	for (size_t i = 0; i < more->len; i++) {
		struct tenon_device_entry *entry = more->entries[i];
		size_t at = table_position(table, entry->text.name);

		if (table_has_at(table, at, entry->text.name)) {
			entry_destroy(table->entries[at]);
			table->entries[at] = entry;
		} else {
			table_insert(table, at, entry);
		}
	}
	more->len = 0;
}

int tenon_device_table_add_text(struct tenon_device_table *table, const char *text, size_t len,
	const char *name, struct tenon_text_error *error)
{
	struct tenon_device_table more = {0};
	int ret = device_text_read(text, len, name, true, table_take, &more, error);

	if (ret == 0) {
		ret = table_reserve(table, more.len);
	}
	if (ret == 0) {
		table_merge(table, &more);
	}
	table_finish(&more);
	return ret;
}

int tenon_device_table_add_file(
	struct tenon_device_table *table, const char *path, struct tenon_text_error *error)
{
	char *text = NULL;
	size_t len = 0;
	int ret = text_load(&text, &len, path, error);

	if (ret == 0) {
		ret = tenon_device_table_add_text(table, text, len, path, error);
	}
	free(text);
	return ret;
}

int tenon_device_table_to_text(char **out, const struct tenon_device_table *table)
{
	struct text_buf buf = {0};
	int ret = 0;

	for (size_t i = 0; i < table->len && ret == 0; i++) {
		text_buf_add(&buf, i > 0 ? "\n" : "");
		ret = device_text_write(&buf, &table->entries[i]->text);
	}
	return text_write_end(&buf, ret, out);
}

size_t tenon_device_table_get_len(const struct tenon_device_table *table)
{
	return table->len;
}

const struct tenon_device_entry *tenon_device_table_get(
	const struct tenon_device_table *table, size_t i)
{
	return i < table->len ? table->entries[i] : NULL;
}

const struct tenon_device_entry *tenon_device_table_find(
	const struct tenon_device_table *table, const char *name)
{
	size_t i = table_position(table, name);

	return table_has_at(table, i, name) ? table->entries[i] : NULL;
}

const struct tenon_device_entry *tenon_device_table_find_driver(
	const struct tenon_device_table *table, const char *bus, const char *driver)
{
	const struct tenon_device_entry *found = NULL;

	for (size_t i = 0; i < table->len; i++) {
		const struct tenon_device_entry *entry = table->entries[i];

		if (strcmp(tenon_device_entry_get_driver(entry), driver) != 0 ||
			(bus != NULL && strcmp(tenon_device_entry_get_bus(entry), bus) != 0)) {
			continue;
		}
		if (strcmp(entry->text.name, driver) == 0) {
			return entry;
		}
		if (found == NULL) {
			found = entry;
		}
	}
	return found;
}

const char *tenon_device_table_suggest(const struct tenon_device_table *table, const char *name)
{
	size_t best = SIMILAR_NOT;
	const char *suggested = NULL;

	for (size_t i = 0; i < table->len; i++) {
		size_t distance = similar_distance(name, table->entries[i]->text.name);

		if (distance < best) {
			best = distance;
			suggested = table->entries[i]->text.name;
		}
	}
	return suggested;
}
