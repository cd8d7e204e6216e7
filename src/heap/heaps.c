/* SPDX-License-Identifier: MIT */

/* The list of heaps a program has: built-in ones by name, and those it adds. */
#include "heap/builtin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/dma_heap_nodes.h"
#include "heap/internal.h"
#include "heap/system.h"

#define OPTIONS_LEAST (offsetof(struct tenon_heaps_options, udmabuf) + sizeof(const char *))

struct tenon_heaps {
	struct tenon_heap **items;
	size_t len;
};

struct builtin {
	const char *name;
	bool automatic; /* opened when nobody names heaps */
	int (*create)(struct tenon_heap **out);
};

static const struct builtin builtins[] = {
	{"memfd", true, heap_create_memfd},
	{"hugepages", true, heap_create_hugepages},
	{"hugepages-1g", true, heap_create_hugepages_1g},
	{"null", false, heap_create_null},
};

#define BUILTINS_LEN (sizeof(builtins) / sizeof(builtins[0]))

int tenon_heaps_add(struct tenon_heaps *heaps, struct tenon_heap *heap)
{
	struct tenon_heap **items;

	if (tenon_heaps_find(heaps, heap->name) != NULL) {
		return -EEXIST;
	}
	items = reallocarray(heaps->items, heaps->len + 1, sizeof(struct tenon_heap *));
	if (items == NULL) {
		return -ENOMEM;
	}
	heaps->items = items;
	items[heaps->len++] = tenon_heap_ref(heap);
	return 0;
}

/* Adds a heap whose reference is the list's from now on; one that is there already is let go. */
static int take(struct tenon_heaps *heaps, struct tenon_heap *heap)
{
	int ret = tenon_heaps_add(heaps, heap);

	tenon_heap_unref(heap);
	return ret == -EEXIST ? 0 : ret;
}

static int open_builtin(struct tenon_heaps *heaps, const struct builtin *builtin)
{
	struct tenon_heap *heap;
	int ret = builtin->create(&heap);

	return ret < 0 ? ret : take(heaps, heap);
}

/* Opens the dma-heap of a name, or all of them; -EINVAL when there is none of that name. */
static int open_dma_heaps(
	struct tenon_heaps *heaps, const struct tenon_heaps_options *options, const char *name)
{
	struct dma_heap_node *nodes;
	bool found = name == NULL;
	size_t len;
	int ret = dma_heap_list(&nodes, &len, options->dma_heap_dir, options->dma_heap_aliases);

	if (ret < 0) {
		return ret;
	}
	for (size_t i = 0; ret == 0 && i < len; i++) {
		struct tenon_heap *heap;

		if (name != NULL && strcmp(nodes[i].name, name) != 0) {
			continue;
		}
		found = true;
		ret = heap_create_dma(&heap, &nodes[i]);
		if (ret == 0) {
			ret = take(heaps, heap);
		}
	}
	free(nodes);
	return ret == 0 && !found ? -EINVAL : ret;
}

static int open_udmabuf(struct tenon_heaps *heaps, const struct tenon_heaps_options *options)
{
	struct tenon_heap *heap;
	int ret = heap_create_udmabuf(&heap, options->udmabuf);

	return ret < 0 ? ret : take(heaps, heap);
}

static int open_automatic(struct tenon_heaps *heaps, const struct tenon_heaps_options *options)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < BUILTINS_LEN; i++) {
		if (builtins[i].automatic) {
			ret = open_builtin(heaps, &builtins[i]);
		}
	}
	if (ret == 0) {
		ret = open_udmabuf(heaps, options);
	}
	return ret < 0 ? ret : open_dma_heaps(heaps, options, NULL);
}

static int open_one(
	struct tenon_heaps *heaps, const struct tenon_heaps_options *options, const char *name)
{
	for (size_t i = 0; i < BUILTINS_LEN; i++) {
		if (strcmp(builtins[i].name, name) == 0) {
			return open_builtin(heaps, &builtins[i]);
		}
	}
	if (strcmp(name, "udmabuf") == 0) {
		return open_udmabuf(heaps, options);
	}
	return open_dma_heaps(heaps, options, strcmp(name, "dma-heap") == 0 ? NULL : name);
}

static int open_named(struct tenon_heaps *heaps, const struct tenon_heaps_options *options)
{
	const char *at = options->names;
	int ret = 0;

	while (ret == 0 && *at != '\0') {
		size_t len = strcspn(at, ",");
		char name[HEAP_NAME_SIZE];

		if (len == 0 || len >= sizeof(name)) {
			return -EINVAL;
		}
		memcpy(name, at, len);
		name[len] = '\0';
		ret = open_one(heaps, options, name);
		at += len;
		at += *at == ',' && at[1] != '\0';
	}
	return ret;
}

static void fill_in(const char **value, const char *variable, const char *otherwise)
{
	const char *found;

	if (*value == NULL) {
		found = secure_getenv(variable);
		*value = found != NULL && found[0] != '\0' ? found : otherwise;
	}
}

int tenon_heaps_create(struct tenon_heaps **out, const struct tenon_heaps_options *caller)
{
	struct tenon_heaps_options options = {.size = sizeof(options)};
	struct tenon_heaps *heaps;
	int ret;

	if (out == NULL || (caller != NULL && heap_copy_options(&options, sizeof(options), caller,
						      OPTIONS_LEAST) < 0)) {
		return -EINVAL;
	}
	fill_in(&options.names, "TENON_HEAPS", NULL);
	fill_in(&options.dma_heap_dir, "TENON_DMA_HEAP_DIR", "/dev/dma_heap");
	fill_in(&options.dma_heap_aliases, "TENON_DMA_HEAP_ALIASES", NULL);
	fill_in(&options.udmabuf, "TENON_UDMABUF", "/dev/udmabuf");
	heaps = calloc(1, sizeof(*heaps));
	if (heaps == NULL) {
		return -ENOMEM;
	}
	ret = options.names != NULL ? open_named(heaps, &options) : open_automatic(heaps, &options);
	if (ret < 0) {
		tenon_heaps_destroy(heaps);
		return ret;
	}
	*out = heaps;
	return 0;
}

void tenon_heaps_destroy(struct tenon_heaps *heaps)
{
	if (heaps == NULL) {
		return;
	}
	for (size_t i = 0; i < heaps->len; i++) {
		tenon_heap_unref(heaps->items[i]);
	}
	free(heaps->items);
	free(heaps);
}

struct tenon_heap *tenon_heaps_get(const struct tenon_heaps *heaps, size_t i)
{
	return i < heaps->len ? heaps->items[i] : NULL;
}

struct tenon_heap *tenon_heaps_find(const struct tenon_heaps *heaps, const char *name)
{
	for (size_t i = 0; i < heaps->len; i++) {
		if (strcmp(heaps->items[i]->name, name) == 0) {
			return heaps->items[i];
		}
	}
	return NULL;
}

int tenon_heaps_dup_infos(
	const struct tenon_heaps *heaps, struct tenon_heap_info **out, size_t *len)
{
	struct tenon_heap_info *infos = calloc(heaps->len + 1, sizeof(*infos));

	if (infos == NULL) {
		return -ENOMEM;
	}
	heap_moment_begin();
	for (size_t i = 0; i < heaps->len; i++) {
		int ret;

		infos[i].size = sizeof(infos[i]);
		ret = tenon_heap_query(heaps->items[i], &infos[i]);
		if (ret < 0) {
			snprintf(infos[i].name, sizeof(infos[i].name), "%s", heaps->items[i]->name);
			snprintf(infos[i].reason, sizeof(infos[i].reason), "%s", strerror(-ret));
			infos[i].availability = TENON_ABSENT;
		}
	}
	heap_moment_end();
	*out = infos;
	*len = heaps->len;
	return 0;
}
