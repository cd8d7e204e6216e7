/* SPDX-License-Identifier: MIT */
#include "constraint/conflict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_buf.h"
#include "constraint/property.h"

struct entry {
	char *device, *value, *source;
};

struct tenon_conflict {
	enum tenon_property property;
	struct entry *entries;
	size_t len;
	char *hint, *text;
	bool doubtful; /* a smaller set may exist */
};

static int dup_text(char **out, const char *text)
{
	*out = text != NULL ? strdup(text) : NULL;
	return *out == NULL && text != NULL ? -ENOMEM : 0;
}

static int add_entry(struct tenon_conflict *conflict, const struct tenon_conflict_entry *from)
{
	struct entry *to = &conflict->entries[conflict->len++];

	if (dup_text(&to->device, from->device) < 0 || dup_text(&to->value, from->value) < 0 ||
		dup_text(&to->source, from->source) < 0) {
		return -ENOMEM;
	}
	return 0;
}

/* "A needs pitch multiple of 256; B needs pitch exactly 5464; for A 5632 would do" */
static int make_text(struct tenon_conflict *conflict)
{
	const char *noun = _tenon_property_info(conflict->property)->noun;
	struct text_buf buf = {0};

	for (size_t i = 0; i < conflict->len; i++) {
		text_buf_addf(&buf, "%s%s needs %s %s", i != 0 ? "; " : "",
			conflict->entries[i].device, noun, conflict->entries[i].value);
	}
	if (conflict->hint != NULL) {
		text_buf_addf(&buf, "; %s", conflict->hint);
	}
	return text_buf_take(&buf, &conflict->text);
}

int _tenon_conflict_create(struct tenon_conflict **out, enum tenon_property property,
	const struct tenon_conflict_entry *entries, size_t entries_len, const char *hint)
{
	struct tenon_conflict *conflict;
	int rc;

	if (entries_len == 0 || _tenon_property_info(property) == NULL) {
		return -EINVAL;
	}
	conflict = calloc(1, sizeof(*conflict));
	if (conflict == NULL) {
		return -ENOMEM;
	}
	conflict->property = property;
	conflict->entries = calloc(entries_len, sizeof(*conflict->entries));
	rc = conflict->entries != NULL ? dup_text(&conflict->hint, hint) : -ENOMEM;
	for (size_t i = 0; i < entries_len && rc == 0; i++) {
		rc = add_entry(conflict, &entries[i]);
	}
	if (rc == 0) {
		rc = make_text(conflict);
	}
	if (rc < 0) {
		tenon_conflict_destroy(conflict);
		return rc;
	}
	*out = conflict;
	return 0;
}

void tenon_conflict_destroy(struct tenon_conflict *conflict)
{
	if (conflict == NULL) {
		return;
	}
	for (size_t i = 0; i < conflict->len; i++) {
		free(conflict->entries[i].device);
		free(conflict->entries[i].value);
		free(conflict->entries[i].source);
	}
	free(conflict->entries);
	free(conflict->hint);
	free(conflict->text);
	free(conflict);
}

int _tenon_conflict_doubt(struct tenon_conflict *conflict)
{
	struct text_buf buf = {0};
	char *text;
	int rc;

	text_buf_addf(&buf, "%s; there may be a smaller set of devices that cannot agree",
		conflict->text);
	rc = text_buf_take(&buf, &text);
	if (rc == 0) {
		free(conflict->text);
		conflict->text = text;
		conflict->doubtful = true;
	}
	return rc;
}

bool tenon_conflict_is_smallest(const struct tenon_conflict *conflict)
{
	return !conflict->doubtful;
}

enum tenon_property tenon_conflict_get_property(const struct tenon_conflict *conflict)
{
	return conflict->property;
}

size_t tenon_conflict_get_devices_len(const struct tenon_conflict *conflict)
{
	return conflict->len;
}

int tenon_conflict_get_device(const struct tenon_conflict *conflict, size_t i, const char **device,
	const char **value, const char **source)
{
	if (i >= conflict->len) {
		return -EINVAL;
	}
	if (device != NULL) {
		*device = conflict->entries[i].device;
	}
	if (value != NULL) {
		*value = conflict->entries[i].value;
	}
	if (source != NULL) {
		*source = conflict->entries[i].source;
	}
	return 0;
}

const char *tenon_conflict_get_hint(const struct tenon_conflict *conflict)
{
	return conflict->hint;
}

const char *tenon_conflict_get_text(const struct tenon_conflict *conflict)
{
	return conflict->text;
}
