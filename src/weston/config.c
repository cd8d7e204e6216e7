/* SPDX-License-Identifier: MIT */
#include "weston/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>

/* Of the weston program, which installs no header; absent where another program loads us. */
struct weston_config *wet_get_config(struct weston_compositor *compositor) __attribute__((weak));

static void output_config_destroy(struct output_config *config)
{
	if (config == NULL) {
		return;
	}
	free(config->name);
	device_list_finish(&config->scanout);
	device_list_finish(&config->devices);
	tenon_server_state_unref(config->state);
	free(config);
}

/* Reads one key that lists devices. 0 or -1. */
static int read_devices(struct weston_config_section *section, const char *key,
	struct tenon_device_table *table, struct device_list *list, const char *section_name)
{
	char where[128];
	char *text = NULL;
	int err;

	weston_config_section_get_string(section, key, &text, NULL);
	if (text == NULL) {
		return 0;
	}
	snprintf(where, sizeof(where), "weston.ini [%s] %s", section_name, key);
	err = device_list_parse(list, table, text, where);
	free(text);
	return err;
}

/* Up to two tranches: shown as it is, and drawn by Weston's renderer first. */
static int compile(struct module *module, struct output_config *config)
{
	struct tenon_server_tranche tranches[2] = {0};
	size_t len = 0;
	int err = 0;

	if (config->scanout.len > 0) {
		tranches[len].scanout = true;
		tranches[len].participants = config->scanout.devices;
		tranches[len].participants_len = config->scanout.len;
		len++;
	}
	if (module->renderer != NULL) {
		err = device_list_add(&config->devices, module->renderer, 0);
	}
	tranches[len].participants = config->devices.devices;
	tranches[len].participants_len = config->devices.len;
	len++;
	if (err == 0) {
		err = tenon_server_state_create(&config->state, tranches, len);
	}
	if (err != 0) {
		weston_log("tenon: the devices of %s cannot be offered: %s\n",
			config->name != NULL ? config->name : "[tenon]", strerror(-err));
		return -1;
	}
	return 0;
}

static struct output_config *read_output(struct module *module,
	struct weston_config_section *section, struct tenon_device_table *table,
	const char *section_name)
{
	struct output_config *config = calloc(1, sizeof(*config));

	if (config == NULL) {
		return NULL;
	}
	wl_list_init(&config->link);
	if (section != NULL &&
		(read_devices(section, "scanout", table, &config->scanout, section_name) != 0 ||
			read_devices(section, "devices", table, &config->devices, section_name) !=
				0)) {
		goto err;
	}
	if (compile(module, config) != 0) {
		goto err;
	}
	return config;
err:
	output_config_destroy(config);
	return NULL;
}

/* All sections [tenon-output]. 0 or -1. */
static int read_outputs(
	struct module *module, struct weston_config *ini, struct tenon_device_table *table)
{
	struct weston_config_section *section = NULL;
	const char *name;

	while (ini != NULL && weston_config_next_section(ini, &section, &name) == 1) {
		struct output_config *config;
		char *output = NULL;

		if (strcmp(name, "tenon-output") != 0) {
			continue;
		}
		weston_config_section_get_string(section, "name", &output, NULL);
		if (output == NULL) {
			weston_log("tenon: weston.ini: a section [tenon-output] has no name\n");
			return -1;
		}
		config = read_output(module, section, table, "tenon-output");
		if (config == NULL) {
			free(output);
			return -1;
		}
		config->name = output;
		wl_list_insert(module->output_configs.prev, &config->link);
	}
	return 0;
}

/* The usual device table, and the file [tenon] names. 0 or -1. */
static int load_table(struct tenon_device_table **out, struct weston_config_section *section)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_config *config = NULL;
	char *path = NULL;
	int err = tenon_config_load(&config, NULL, &error);

	if (err == 0) {
		err = tenon_device_table_load(out, config, &error);
	}
	tenon_config_destroy(config);
	if (err != 0) {
		weston_log("tenon: %s\n", error.text[0] != '\0' ? error.text : strerror(-err));
		return -1;
	}
	if (section != NULL) {
		weston_config_section_get_string(section, "device-table", &path, NULL);
	}
	if (path != NULL) {
		err = tenon_device_table_add_file(*out, path, &error);
		free(path);
	}
	if (err != 0) {
		weston_log("tenon: %s\n", error.text[0] != '\0' ? error.text : strerror(-err));
		tenon_device_table_destroy(*out);
		return -1;
	}
	return 0;
}

static int create_renderer(struct module *module, struct weston_config_section *section)
{
	char *heaps = NULL;
	bool wanted = true;
	int err = 0;

	if (section != NULL) {
		weston_config_section_get_bool(section, "renderer", &wanted, true);
		weston_config_section_get_string(section, "heaps", &heaps, NULL);
	}
	if (!wanted && heaps != NULL) {
		weston_log("tenon: weston.ini [tenon]: heaps needs renderer=true\n");
		err = -1;
	} else if (wanted) {
		err = renderer_offer_create(&module->renderer, module->gl, heaps);
		if (err != 0) {
			weston_log("tenon: weston.ini [tenon] heaps: %s\n", strerror(-err));
		}
	}
	free(heaps);
	return err != 0 ? -1 : 0;
}

int module_config_load(struct module *module)
{
	struct weston_config *ini =
		wet_get_config != NULL ? wet_get_config(module->compositor) : NULL;
	struct weston_config_section *section =
		ini != NULL ? weston_config_get_section(ini, "tenon", NULL, NULL) : NULL;
	struct tenon_device_table *table;
	int err;

	if (load_table(&table, section) != 0) {
		return -1;
	}
	err = create_renderer(module, section);
	if (err == 0) {
		module->fallback = read_output(module, section, table, "tenon");
		err = module->fallback != NULL ? read_outputs(module, ini, table) : -1;
	}
	tenon_device_table_destroy(table);
	return err;
}

void module_config_finish(struct module *module)
{
	struct output_config *config, *next;

	wl_list_for_each_safe(config, next, &module->output_configs, link)
	{
		wl_list_remove(&config->link);
		output_config_destroy(config);
	}
	output_config_destroy(module->fallback);
	module->fallback = NULL;
	tenon_offer_unref(module->renderer);
	module->renderer = NULL;
}

struct tenon_server_state *module_config_find_state(struct module *module, const char *output)
{
	struct output_config *config;

	wl_list_for_each(config, &module->output_configs, link)
	{
		if (strcmp(config->name, output) == 0) {
			return config->state;
		}
	}
	return module->fallback->state;
}
