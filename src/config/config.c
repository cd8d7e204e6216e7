/* SPDX-License-Identifier: MIT */
#include "config/config_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text_buf.h"
#include "config.h"
#include "config/text.h"

#define DEFAULT_HEAP_DIRECTORY "/dev/dma_heap"

static void words_finish(struct config_words *words)
{
	for (size_t i = 0; i < words->len; i++) {
		free(words->words[i]);
	}
	free(words->words);
}

void tenon_config_destroy(struct tenon_config *config)
{
	if (config == NULL) {
		return;
	}
	free(config->path);
	free(config->heap_directory);
	words_finish(&config->aliases);
	words_finish(&config->names);
	free(config->aliases_joined);
	free(config->names_joined);
	for (size_t i = 0; i < config->heaps_len; i++) {
		free(config->heaps[i].name);
	}
	free(config->heaps);
	words_finish(&config->tables);
	for (size_t i = 0; i < config->programs_len; i++) {
		free(config->programs[i].name);
		words_finish(&config->programs[i].devices);
	}
	free(config->programs);
	free(config);
}

/* The usual file, and whether it was named, so that it has to exist. */
static const char *usual_path(bool *named)
{
	const char *path = secure_getenv("TENON_CONFIG");

	*named = path != NULL;
	return path != NULL ? path : TENON_SYSCONFDIR "/tenon.ini";
}

int tenon_config_load(struct tenon_config **out, const char *path, struct tenon_text_error *error)
{
	struct tenon_config *config = NULL;
	bool named = true;
	char *text = NULL;
	size_t len = 0;
	int ret;

	if (path == NULL) {
		path = usual_path(&named);
	}
	if (path[0] == '\0' || (!named && access(path, F_OK) < 0 && errno == ENOENT)) {
		return tenon_config_from_text(out, "", 0, NULL, error);
	}
	ret = text_load(&text, &len, path, error);
	if (ret == 0) {
		ret = tenon_config_from_text(&config, text, len, path, error);
	}
	if (ret < 0) {
		goto out;
	}
	config->path = strdup(path);
	if (config->path == NULL) {
		ret = -ENOMEM;
		goto out;
	}
	*out = config;
	config = NULL;
out:
	tenon_config_destroy(config);
	free(text);
	return ret;
}

const char *tenon_config_get_path(const struct tenon_config *config)
{
	return config->path;
}

int tenon_config_get_debug(const struct tenon_config *config)
{
	return config->debug;
}

const char *tenon_config_get_heap_directory(const struct tenon_config *config)
{
	return config->heap_directory != NULL ? config->heap_directory : DEFAULT_HEAP_DIRECTORY;
}

const char *tenon_config_get_heap_aliases(const struct tenon_config *config)
{
	return config->aliases_joined;
}

const char *tenon_config_get_heap_names(const struct tenon_config *config)
{
	return config->names_joined;
}

static const struct config_heap *find_heap(const struct tenon_config *config, const char *name)
{
	for (size_t i = 0; i < config->heaps_len; i++) {
		if (strcmp(config->heaps[i].name, name) == 0) {
			return &config->heaps[i];
		}
	}
	return NULL;
}

bool tenon_config_is_heap_enabled(const struct tenon_config *config, const char *name)
{
	const struct config_heap *heap = find_heap(config, name);

	return heap == NULL || !heap->disabled;
}

int tenon_config_get_heap_scarcity(
	const struct tenon_config *config, const char *name, uint32_t *scarcity)
{
	const struct config_heap *heap = find_heap(config, name);

	if (heap == NULL || !heap->has_scarcity) {
		return -ENOENT;
	}
	*scarcity = heap->scarcity;
	return 0;
}

int tenon_config_get_heap_addresses(
	const struct tenon_config *config, const char *name, uint64_t *lowest, uint64_t *highest)
{
	const struct config_heap *heap = find_heap(config, name);

	if (heap == NULL || !heap->has_highest) {
		return -ENOENT;
	}
	*lowest = heap->lowest;
	*highest = heap->highest;
	return 0;
}

const char *const *tenon_config_get_device_tables(const struct tenon_config *config)
{
	return (const char *const *)config->tables.words;
}

static const char *const *find_program(const struct tenon_config *config, const char *name)
{
	for (size_t i = 0; i < config->programs_len; i++) {
		if (strcmp(config->programs[i].name, name) == 0) {
			return (const char *const *)config->programs[i].devices.words;
		}
	}
	return NULL;
}

const char *const *tenon_config_get_program_devices(
	const struct tenon_config *config, const char *program)
{
	const char *const *devices =
		find_program(config, program != NULL ? program : program_invocation_short_name);

	return devices != NULL ? devices : find_program(config, "*");
}
