/* SPDX-License-Identifier: MIT */
#include "heap/dma_heap_nodes.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/system_file.h"
#include "heap/internal.h"
#include "heap/system.h"

/*
 * The kernel's default CMA area is one heap, under a name that depends on its version and on who
 * set the area up: "default_cma_region" since 6.17, before that the area's own: "reserved" (cma= on
 * the command line), "linux,cma" or "default-pool" (the usual nodes of device trees).
 */
static const char *const default_cma[] = {
	"default_cma_region",
	"reserved",
	"linux,cma",
	"default-pool",
	"cma",
};

#define DEFAULT_CMA_LEN (sizeof(default_cma) / sizeof(default_cma[0]))

static bool begins_with(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* A name without what separates names elsewhere. */
static void set_name(struct dma_heap_node *node, const char *name, size_t len)
{
	if (len >= sizeof(node->name)) {
		len = sizeof(node->name) - 1;
	}
	memcpy(node->name, name, len);
	node->name[len] = '\0';
	for (char *at = node->name; *at != '\0'; at++) {
		if (strchr(", \t\n", *at) != NULL) {
			*at = '-';
		}
	}
}

/* A device tree's area that the kernel may use for movable pages is a CMA area. */
static bool is_reusable(const char *node)
{
	char path[600];
	struct stat status;

	snprintf(path, sizeof(path), "%s/proc/device-tree/reserved-memory/%s/reusable",
		_tenon_system_root, node);
	return stat(path, &status) == 0;
}

/* What names tell, by the kernel's and the vendors' habits. */
static void describe_by_name(struct dma_heap_node *out, const char *node)
{
	out->protection = TENON_PROTECTION_NONE;
	if (begins_with(node, "system")) {
		out->contiguity = TENON_CONTIGUITY_NONE;
		out->cache = TENON_CACHE_CACHED;
	}
	for (size_t i = 0; i < DEFAULT_CMA_LEN; i++) {
		if (strcmp(node, default_cma[i]) == 0) {
			set_name(out, "cma", 3);
			out->rank = (unsigned)i;
			out->contiguity = TENON_CONTIGUITY_ASSURED;
			out->cache = TENON_CACHE_CACHED;
		}
	}
	if (strstr(node, "cma") != NULL || is_reusable(node)) {
		out->contiguity = TENON_CONTIGUITY_ASSURED;
		out->cache = TENON_CACHE_CACHED;
	}
	if (strstr(node, "uncached") != NULL) {
		out->cache = TENON_CACHE_UNCACHED;
	}
	if (strstr(node, "secure") != NULL || strstr(node, "protected") != NULL ||
		strstr(node, "restricted") != NULL) {
		out->protection = TENON_PROTECTION_SECURE;
	}
}

/* Applies "NODE=NAME" if it is about this node. */
static int apply_alias(struct dma_heap_node *out, const char *node, const char *alias, size_t len)
{
	const char *equals = memchr(alias, '=', len);
	size_t node_len = equals != NULL ? (size_t)(equals - alias) : 0;
	const char *name = equals != NULL ? equals + 1 : NULL;
	size_t name_len = equals != NULL ? len - node_len - 1 : 0;
	bool contiguous = name_len > 0 && name[0] == '+';

	name += contiguous;
	name_len -= contiguous;
	if (node_len == 0 || alias[0] == ',' || name_len == 0 || name_len >= HEAP_NAME_SIZE) {
		return -EINVAL;
	}
	if (strlen(node) == node_len && memcmp(node, alias, node_len) == 0) {
		set_name(out, name, name_len);
		out->rank = 0;
		if (contiguous) {
			out->contiguity = TENON_CONTIGUITY_ASSURED;
		}
	}
	return 0;
}

int dma_heap_describe(
	struct dma_heap_node *out, const char *dir, const char *node, const char *aliases)
{
	const char *at = aliases != NULL ? aliases : "";
	int ret = 0;

	*out = (struct dma_heap_node){0};
	if (snprintf(out->path, sizeof(out->path), "%s/%s", dir, node) >= (int)sizeof(out->path)) {
		return -EINVAL;
	}
	set_name(out, node, strlen(node));
	describe_by_name(out, node);
	while (ret == 0 && *at != '\0') {
		/* a node's name may have a comma, so a pair ends at the one before the next "=" */
		const char *equals = strchr(at, '=');
		const char *end = equals != NULL ? strchr(equals, ',') : NULL;
		size_t len = end != NULL ? (size_t)(end - at) : strlen(at);

		ret = apply_alias(out, node, at, len);
		at += len;
		if (ret == 0 && *at == ',' && *++at == '\0') {
			ret = -EINVAL;
		}
	}
	return ret == 0 && heap_name_is_valid(out->name) ? 0 : -EINVAL;
}

struct node_list {
	struct dma_heap_node *items;
	size_t len;
};

/* Adds a node, unless a better one of its name is there; takes the place of a worse one. */
static int add(struct node_list *list, const struct dma_heap_node *node)
{
	struct dma_heap_node *items;

	for (size_t i = 0; i < list->len; i++) {
		if (strcmp(list->items[i].name, node->name) == 0) {
			if (node->rank < list->items[i].rank) {
				list->items[i] = *node;
			}
			return 0;
		}
	}
	items = reallocarray(list->items, list->len + 1, sizeof(*items));
	if (items == NULL) {
		return -ENOMEM;
	}
	list->items = items;
	items[list->len++] = *node;
	return 0;
}

static int add_node(struct node_list *list, const char *dir, const char *node, const char *aliases)
{
	struct dma_heap_node described;
	int ret = dma_heap_describe(&described, dir, node, aliases);

	return ret == 0 ? add(list, &described) : ret;
}

static int scan(struct node_list *list, const char *dir, const char *aliases)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;
	int ret = 0;

	if (stream == NULL) {
		return errno == ENOMEM ? -ENOMEM : 0; /* the two below say what is the matter */
	}
	while (ret == 0 && (entry = readdir(stream)) != NULL) {
		if (entry->d_name[0] != '.') {
			ret = add_node(list, dir, entry->d_name, aliases);
		}
	}
	closedir(stream);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(
		((const struct dma_heap_node *)a)->name, ((const struct dma_heap_node *)b)->name);
}

static int add_if_missing(
	struct node_list *list, const char *dir, const char *name, const char *node)
{
	struct dma_heap_node described;
	int ret = dma_heap_describe(&described, dir, node, NULL);

	set_name(&described, name, strlen(name));
	described.rank = UINT32_MAX;
	return ret == 0 ? add(list, &described) : ret;
}

int dma_heap_list(struct dma_heap_node **out, size_t *len, const char *dir, const char *aliases)
{
	struct node_list list = {0};
	struct dma_heap_node checked;
	int ret = dma_heap_describe(&checked, dir, "system", aliases);

	if (ret == 0) {
		ret = scan(&list, dir, aliases);
	}
	if (ret == 0) {
		ret = add_if_missing(&list, dir, "system", "system");
	}
	if (ret == 0) {
		ret = add_if_missing(&list, dir, "cma", "default_cma_region");
	}
	if (ret < 0) {
		free(list.items);
		return ret;
	}
	qsort(list.items, list.len, sizeof(*list.items), by_name);
	*out = list.items;
	*len = list.len;
	return 0;
}
