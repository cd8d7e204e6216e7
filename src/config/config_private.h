/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_CONFIG_PRIVATE_H
#define TENON_CONFIG_CONFIG_PRIVATE_H

/*
 * The inside of settings.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/config.h>

/* A list of words; all zeroes is empty. */
struct config_words {
	char **words; /* followed by a NULL; NULL while there are none */
	size_t len;
};

/* A section [heap NAME]. */
struct config_heap {
	char *name;
	bool disabled, enabled_seen, has_scarcity;
	uint32_t scarcity;
	bool has_lowest, has_highest;
	uint64_t lowest, highest; /* addresses */
};

/* A section [program NAME]. */
struct config_program {
	char *name;
	struct config_words devices;
};

struct tenon_config {
	char *path;
	int debug;
	bool debug_seen;
	char *heap_directory;
	struct config_words aliases, names; /* of heaps */
	char *aliases_joined, *names_joined;
	struct config_heap *heaps;
	size_t heaps_len;
	struct config_words tables;
	struct config_program *programs;
	size_t programs_len;
};

#endif
