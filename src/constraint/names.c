/* SPDX-License-Identifier: MIT */
#include "constraint/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

size_t _tenon_names_find(const struct tenon_names *names, const char *name)
{
	for (size_t i = 0; i < names->len; i++) {
		if (strcmp(names->name[i], name) == 0) {
			return i;
		}
	}
	return SIZE_MAX;
}

static int add_at(struct tenon_names *names, size_t at, const char *name)
{
	const char **more;
	char *copy;

	if (names->len == TENON_HEAPS_MAX) {
		return -ENOSPC;
	}
	copy = strdup(name);
	if (copy == NULL) {
		return -ENOMEM;
	}
	more = realloc(names->name, (names->len + 2) * sizeof(*more));
	if (more == NULL) {
		free(copy);
		return -ENOMEM;
	}
	memmove(&more[at + 1], &more[at], (names->len - at) * sizeof(*more));
	more[at] = copy;
	names->name = more;
	names->len++;
	more[names->len] = NULL;
	names->set = true;
	return 0;
}

static bool is_name(const char *name)
{
	return name != NULL && name[0] != '\0' && strlen(name) <= TENON_HEAP_NAME_MAX;
}

int _tenon_names_insert(struct tenon_names *names, const char *name)
{
	size_t at = 0;

	if (!is_name(name)) {
		return -EINVAL;
	}
	while (at < names->len && strcmp(names->name[at], name) < 0) {
		at++;
	}
	if (at < names->len && strcmp(names->name[at], name) == 0) {
		return 0;
	}
	return add_at(names, at, name);
}

int _tenon_names_append(struct tenon_names *names, const char *name)
{
	if (!is_name(name)) {
		return -EINVAL;
	}
	if (_tenon_names_find(names, name) != SIZE_MAX) {
		return 0;
	}
	return add_at(names, names->len, name);
}

int _tenon_names_copy(struct tenon_names *out, const struct tenon_names *names)
{
	*out = (struct tenon_names){.set = names->set};
	if (names->len == 0) {
		return 0;
	}
	out->name = calloc(names->len + (size_t)1, sizeof(*out->name));
	if (out->name == NULL) {
		return -ENOMEM;
	}
	for (; out->len < names->len; out->len++) {
		out->name[out->len] = strdup(names->name[out->len]);
		if (out->name[out->len] == NULL) {
			_tenon_names_finish(out);
			return -ENOMEM;
		}
	}
	return 0;
}

void _tenon_names_finish(struct tenon_names *names)
{
	for (size_t i = 0; i < names->len; i++) {
		free((char *)names->name[i]);
	}
	free(names->name);
	*names = (struct tenon_names){.set = false};
}

bool _tenon_names_is_subset(const struct tenon_names *a, const struct tenon_names *b)
{
	size_t j = 0;

	if (!b->set) {
		return true;
	}
	if (!a->set || a->len > b->len) {
		return false;
	}
	for (size_t i = 0; i < a->len; i++) {
		while (j < b->len && strcmp(b->name[j], a->name[i]) < 0) {
			j++;
		}
		if (j == b->len || strcmp(b->name[j], a->name[i]) != 0) {
			return false;
		}
	}
	return true;
}

void _tenon_names_intersect(
	struct tenon_names *out, const struct tenon_names *a, const struct tenon_names *b)
{
	size_t i = 0, j = 0;

	out->set = true;
	out->len = 0;
	while (i < a->len && j < b->len) {
		int order = strcmp(a->name[i], b->name[j]);

		if (order == 0) {
			out->name[out->len++] = a->name[i];
		}
		i += order <= 0;
		j += order >= 0;
	}
	out->name[out->len] = NULL;
}

struct ranked {
	const char *name;
	size_t cost;
};

/* Inserts behind what costs no more. */
static void insert_ranked(struct ranked *list, size_t len, const char *name, size_t cost)
{
	for (; len > 0 && list[len - 1].cost > cost; len--) {
		list[len] = list[len - 1];
	}
	list[len] = (struct ranked){.name = name, .cost = cost};
}

void _tenon_names_blend(
	struct tenon_names *out, const struct tenon_names *a, const struct tenon_names *b)
{
	struct ranked list[2 * TENON_HEAPS_MAX];
	size_t len = 0, alone = (size_t)a->len + b->len;

	for (size_t i = 0; i < a->len; i++) {
		size_t j = _tenon_names_find(b, a->name[i]);

		insert_ranked(list, len++, a->name[i], i + (j != SIZE_MAX ? j : alone));
	}
	for (size_t j = 0; j < b->len; j++) {
		if (_tenon_names_find(a, b->name[j]) == SIZE_MAX) {
			insert_ranked(list, len++, b->name[j], j + alone);
		}
	}
	out->set = true;
	out->len = (uint32_t)(len < TENON_HEAPS_MAX ? len : TENON_HEAPS_MAX);
	for (size_t i = 0; i < out->len; i++) {
		out->name[i] = list[i].name;
	}
	out->name[out->len] = NULL;
}
