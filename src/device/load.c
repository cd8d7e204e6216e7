/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text_buf.h"
#include "config.h"
#include "config/text.h"
#include "device/table.h"

static bool exists(const char *path)
{
	return access(path, F_OK) == 0 || errno != ENOENT;
}

/* Tenon's own table: the file if there is one, else the copy within the library, so that programs
 * work before they are installed. */
static int add_own(struct tenon_device_table *table, struct tenon_text_error *error)
{
	const char *path = TENON_DATADIR "/devices.ini";

	if (exists(path)) {
		return tenon_device_table_add_file(table, path, error);
	}
	return tenon_device_table_add_text(
		table, _tenon_devices_ini, _tenon_devices_ini_len, "devices.ini", error);
}

static int is_ini(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".ini") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_in_directory(struct tenon_device_table *table, const char *directory,
	const char *name, struct tenon_text_error *error)
{
	struct text_buf buf = {0};
	char *path = NULL;
	int ret;

	text_buf_addf(&buf, "%s/%s", directory, name);
	ret = text_buf_take(&buf, &path);
	if (ret == 0) {
		ret = tenon_device_table_add_file(table, path, error);
	}
	free(path);
	return ret;
}

int _tenon_device_table_add_directory(
	struct tenon_device_table *table, const char *path, struct tenon_text_error *error)
{
	struct dirent **entries = NULL;
	int len, ret = 0;

	len = scandir(path, &entries, is_ini, by_bytes);
	if (len < 0 && errno == ENOENT) {
		return 0;
	}
	if (len < 0) {
		ret = -errno;
		text_fail_file(error, path, -ret);
		return ret;
	}
	for (int i = 0; i < len; i++) {
		if (ret == 0) {
			ret = add_in_directory(table, path, entries[i]->d_name, error);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}

/* Adds the files of a list whose paths are separated by colons. */
static int add_paths(
	struct tenon_device_table *table, const char *paths, struct tenon_text_error *error)
{
	int ret = 0;

	while (ret == 0 && *paths != '\0') {
		size_t len = strcspn(paths, ":");
		char *path = strndup(paths, len);

		if (path == NULL) {
			return -ENOMEM;
		}
		if (len > 0) {
			ret = tenon_device_table_add_file(table, path, error);
		}
		free(path);
		paths += len + (paths[len] == ':' ? 1 : 0);
	}
	return ret;
}

static int add_usual(struct tenon_device_table *table, const struct tenon_config *config,
	struct tenon_text_error *error)
{
	const char *const *tables = config != NULL ? tenon_config_get_device_tables(config) : NULL;
	const char *paths = secure_getenv("TENON_DEVICE_TABLE");
	const char *system = TENON_SYSCONFDIR "/devices.ini";
	int ret = add_own(table, error);

	if (ret == 0 && exists(system)) {
		ret = tenon_device_table_add_file(table, system, error);
	}
	if (ret == 0) {
		ret = _tenon_device_table_add_directory(
			table, TENON_SYSCONFDIR "/devices.d", error);
	}
	for (size_t i = 0; ret == 0 && tables != NULL && tables[i] != NULL; i++) {
		ret = tenon_device_table_add_file(table, tables[i], error);
	}
	return ret == 0 && paths != NULL ? add_paths(table, paths, error) : ret;
}

int tenon_device_table_load(struct tenon_device_table **out, const struct tenon_config *config,
	struct tenon_text_error *error)
{
	struct tenon_device_table *table = NULL;
	int ret = tenon_device_table_create(&table);

	if (ret == 0) {
		ret = add_usual(table, config, error);
	}
	if (ret < 0) {
		tenon_device_table_destroy(table);
		return ret;
	}
	*out = table;
	return 0;
}
