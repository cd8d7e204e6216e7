/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer/context.h"

#define OPTIONS_LEAST (offsetof(struct tenon_context_options, no_heaps) + sizeof(bool))
#define PLAN_OPTIONS_LEAST (offsetof(struct tenon_plan_options, limits) + sizeof(void *))

int context_copy_options(void *to, size_t to_size, const void *from, size_t least_size)
{
	const char *bytes = from;
	size_t size;

	memcpy(&size, from, sizeof(size));
	if (size < least_size) {
		return -EINVAL;
	}
	for (size_t i = to_size; i < size; i++) {
		if (bytes[i] != 0) {
			return -EINVAL;
		}
	}
	memset(to, 0, to_size);
	memcpy(to, from, size < to_size ? size : to_size);
	return 0;
}

/* $TENON_DEBUG: a level's number; any other word is "tell me what was decided". */
static int level_from_environment(void)
{
	const char *text = secure_getenv("TENON_DEBUG");

	if (text == NULL || *text == '\0') {
		return TENON_LOG_ERROR;
	}
	if (text[0] >= '0' && text[0] <= '9' && text[1] == '\0') {
		return text[0] - '0';
	}
	return TENON_LOG_INFO;
}

static int load_config(struct tenon_context *context, const struct tenon_context_options *options)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	int rc;

	if (options->no_config) {
		return tenon_config_from_text(&context->config, "", 0, "no settings", NULL);
	}
	rc = tenon_config_load(&context->config, options->config_path, &error);
	if (rc < 0 && rc != -ENOMEM) {
		log_write(&context->log, TENON_LOG_ERROR, "settings: %s", error.text);
	}
	return rc;
}

/* A setting, unless the environment has a say in it: the heap room looks there itself. */
static const char *unless_set(const char *variable, const char *setting)
{
	const char *value = secure_getenv(variable);

	return value != NULL && *value != '\0' ? NULL : setting;
}

static int open_heaps(struct tenon_context *context, bool none)
{
	const struct tenon_config *config = context->config;
	struct tenon_heaps_options options = {
		.size = sizeof(options),
		.names = unless_set("TENON_HEAPS", tenon_config_get_heap_names(config)),
		.dma_heap_dir =
			unless_set("TENON_DMA_HEAP_DIR", tenon_config_get_heap_directory(config)),
		.dma_heap_aliases =
			unless_set("TENON_DMA_HEAP_ALIASES", tenon_config_get_heap_aliases(config)),
	};
	int rc;

	if (none) {
		options.names = "";
	}
	rc = tenon_heaps_create(&context->heaps, &options);
	if (rc == -EINVAL) {
		log_write(&context->log, TENON_LOG_ERROR,
			"heaps: \"%s\" names a heap that does not exist, or an alias is malformed",
			options.names != NULL ? options.names : "$TENON_HEAPS");
	}
	return rc;
}

static int init_locks(struct tenon_context *context)
{
	int rc = -pthread_rwlock_init(&context->heaps_lock, NULL);

	if (rc < 0) {
		return rc;
	}
	rc = -pthread_mutex_init(&context->table_lock, NULL);
	if (rc < 0) {
		goto err_heaps_lock;
	}
	rc = -pthread_mutex_init(&context->register_lock, NULL);
	if (rc < 0) {
		goto err_table_lock;
	}
	return 0;

err_table_lock:
	pthread_mutex_destroy(&context->table_lock);
err_heaps_lock:
	pthread_rwlock_destroy(&context->heaps_lock);
	return rc;
}

static void finish_locks(struct tenon_context *context)
{
	pthread_mutex_destroy(&context->register_lock);
	pthread_mutex_destroy(&context->table_lock);
	pthread_rwlock_destroy(&context->heaps_lock);
}

static int load(struct tenon_context *context, const struct tenon_context_options *options)
{
	int level;
	int rc;

	if (options->device_table != NULL) {
		context->table_path = strdup(options->device_table);
		if (context->table_path == NULL) {
			return -ENOMEM;
		}
	}
	rc = load_config(context, options);
	if (rc < 0) {
		return rc;
	}
	level = tenon_config_get_debug(context->config);
	if (level > atomic_load(&context->log.level)) {
		atomic_store(&context->log.level, level);
	}
	return open_heaps(context, options->no_heaps);
}

static void unload(struct tenon_context *context)
{
	tenon_heaps_destroy(context->heaps);
	tenon_device_table_destroy(context->table);
	tenon_config_destroy(context->config);
	free(context->table_path);
}

int tenon_context_create(
	struct tenon_context **out, const struct tenon_context_options *caller_options)
{
	struct tenon_context_options options = {.size = sizeof(options)};
	struct tenon_context *context;
	int level;
	int rc;

	if (caller_options != NULL) {
		rc = context_copy_options(&options, sizeof(options), caller_options, OPTIONS_LEAST);
		if (rc < 0) {
			return rc;
		}
	}
	context = calloc(1, sizeof(*context));
	if (context == NULL) {
		return -ENOMEM;
	}
	atomic_init(&context->refs, 1);
	level = level_from_environment();
	rc = log_init(&context->log, options.log,
		level > (int)options.log_level ? (enum tenon_log_level)level : options.log_level,
		options.log_data);
	if (rc < 0) {
		goto err_context;
	}
	rc = init_locks(context);
	if (rc < 0) {
		goto err_log;
	}
	rc = load(context, &options);
	if (rc < 0) {
		goto err_load;
	}
	*out = context;
	return 0;

err_load:
	unload(context);
	finish_locks(context);
err_log:
	log_finish(&context->log);
err_context:
	free(context);
	return rc;
}

struct tenon_context *tenon_context_ref(struct tenon_context *context)
{
	atomic_fetch_add_explicit(&context->refs, 1, memory_order_relaxed);
	return context;
}

void tenon_context_unref(struct tenon_context *context)
{
	if (context == NULL ||
		atomic_fetch_sub_explicit(&context->refs, 1, memory_order_acq_rel) > 1) {
		return;
	}
	unload(context);
	finish_locks(context);
	log_finish(&context->log);
	free(context);
}

void tenon_context_set_log(struct tenon_context *context, tenon_log_handler handler,
	enum tenon_log_level level, void *data)
{
	log_set(&context->log, handler, level, data);
}

void tenon_context_log(
	struct tenon_context *context, enum tenon_log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_vwrite(&context->log, level, fmt, args);
	va_end(args);
}

int tenon_context_add_heap(struct tenon_context *context, struct tenon_heap *heap)
{
	int rc;

	pthread_rwlock_wrlock(&context->heaps_lock);
	rc = tenon_heaps_add(context->heaps, heap);
	pthread_rwlock_unlock(&context->heaps_lock);
	return rc;
}

size_t tenon_context_get_heaps_len(struct tenon_context *context)
{
	size_t len = 0;

	pthread_rwlock_rdlock(&context->heaps_lock);
	while (tenon_heaps_get(context->heaps, len) != NULL) {
		len++;
	}
	pthread_rwlock_unlock(&context->heaps_lock);
	return len;
}

struct tenon_heap *tenon_context_get_heap(struct tenon_context *context, size_t i)
{
	struct tenon_heap *heap;

	pthread_rwlock_rdlock(&context->heaps_lock);
	heap = tenon_heaps_get(context->heaps, i);
	pthread_rwlock_unlock(&context->heaps_lock);
	return heap;
}

struct tenon_heap *tenon_context_find_heap(struct tenon_context *context, const char *name)
{
	struct tenon_heap *heap;

	pthread_rwlock_rdlock(&context->heaps_lock);
	heap = tenon_heaps_find(context->heaps, name);
	pthread_rwlock_unlock(&context->heaps_lock);
	return heap;
}

/* What the settings say of heaps goes before what the heaps say of themselves. */
static size_t apply_settings(
	struct tenon_context *context, struct tenon_heap_info *infos, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		if (!tenon_config_is_heap_enabled(context->config, infos[i].name)) {
			continue;
		}
		tenon_config_get_heap_scarcity(context->config, infos[i].name, &infos[i].scarcity);
		tenon_config_get_heap_addresses(context->config, infos[i].name,
			&infos[i].address_min, &infos[i].address_max);
		if (kept != i) {
			infos[kept] = infos[i];
		}
		kept++;
	}
	return kept;
}

int tenon_context_dup_heap_infos(
	struct tenon_context *context, struct tenon_heap_info **out, size_t *len)
{
	struct tenon_heap_info *infos;
	size_t all;
	int rc;

	pthread_rwlock_rdlock(&context->heaps_lock);
	rc = tenon_heaps_dup_infos(context->heaps, &infos, &all);
	pthread_rwlock_unlock(&context->heaps_lock);
	if (rc < 0) {
		return rc;
	}
	*len = apply_settings(context, infos, all);
	*out = infos;
	return 0;
}

static int load_table(struct tenon_context *context)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_device_table *table = NULL;
	int rc = tenon_device_table_load(&table, context->config, &error);

	if (rc == 0 && context->table_path != NULL) {
		rc = tenon_device_table_add_file(table, context->table_path, &error);
	}
	if (rc < 0) {
		if (rc != -ENOMEM) {
			log_write(&context->log, TENON_LOG_ERROR, "device table: %s", error.text);
		}
		tenon_device_table_destroy(table);
		return rc;
	}
	context->table = table;
	return 0;
}

int tenon_context_get_device_table(
	struct tenon_context *context, const struct tenon_device_table **out)
{
	int rc = 0;

	pthread_mutex_lock(&context->table_lock);
	if (context->table == NULL) {
		rc = load_table(context);
	}
	if (rc == 0) {
		*out = context->table;
	}
	pthread_mutex_unlock(&context->table_lock);
	return rc;
}

int tenon_context_find_device(
	struct tenon_context *context, const char *name, struct tenon_offer **out)
{
	const struct tenon_device_table *table;
	const struct tenon_device_entry *entry;
	int rc = tenon_context_get_device_table(context, &table);

	if (rc < 0) {
		return rc;
	}
	entry = tenon_device_table_find(table, name);
	if (entry == NULL) {
		return -ENOENT;
	}
	*out = tenon_offer_ref(tenon_device_entry_get_offer(entry));
	return 0;
}

const struct tenon_config *tenon_context_get_config(struct tenon_context *context)
{
	return context->config;
}

int tenon_context_plan(struct tenon_context *context, struct tenon_plan **out,
	const struct tenon_plan_options *options, struct tenon_conflict **conflict)
{
	struct tenon_heap_info *infos = NULL;
	struct tenon_plan_options with_heaps;
	int rc;

	if (options->heaps != NULL) {
		return tenon_plan_create(out, options, conflict);
	}
	rc = context_copy_options(&with_heaps, sizeof(with_heaps), options, PLAN_OPTIONS_LEAST);
	if (rc < 0) {
		return rc;
	}
	rc = tenon_context_dup_heap_infos(context, &infos, &with_heaps.heaps_len);
	if (rc < 0) {
		return rc;
	}
	with_heaps.heaps = infos;
	rc = tenon_plan_create(out, &with_heaps, conflict);
	free(infos);
	return rc;
}
