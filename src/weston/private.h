/* SPDX-License-Identifier: MIT */
#ifndef TENON_WESTON_PRIVATE_H
#define TENON_WESTON_PRIVATE_H

/*
 * The Weston module: which devices stand behind which output, which output a surface is on, and
 * what was shown and copied. Everything else is libtenon-server's.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h> /* config-parser.h needs it */

#include <libweston/config-parser.h>
#include <libweston/libweston.h>
#include <libweston/weston-log.h>

#include <tenon/device.h>
#include <tenon/server.h>

enum {
	DEVICES_MAX = TENON_SERVER_DEVICES_MAX,
};

/* Devices as weston.ini lists them. */
struct device_list {
	struct tenon_participant devices[DEVICES_MAX];
	size_t len;
};

/* What weston.ini says of an output, or of all that it says nothing of. */
struct output_config {
	struct wl_list link;        /* module.output_configs */
	char *name;                 /* NULL: [tenon] */
	struct device_list scanout; /* of a buffer shown as it is; may be empty */
	struct device_list devices; /* of a buffer drawn first */
	struct tenon_server_state *state;
};

struct module {
	struct weston_compositor *compositor;
	struct tenon_server *server;
	struct weston_log_scope *scope;
	struct wl_listener compositor_destroy;
	struct wl_listener create_surface;
	struct wl_listener output_created;
	bool gl; /* the renderer is GL, else pixman or none */

	struct tenon_offer *renderer;   /* Weston itself as a device; NULL: left out */
	struct output_config *fallback; /* [tenon] */
	struct wl_list output_configs;  /* output_config.link */
	struct wl_list outputs;         /* output.link */
	struct wl_list surfaces;        /* surface.link */
};

/* config.c */
/* Reads weston.ini. 0 or -1, and the log says why. */
int module_config_load(struct module *module);
void module_config_finish(struct module *module);
struct tenon_server_state *module_config_find_state(struct module *module, const char *output);

/* devices.c */
/* Fills an empty list from "NAME[:ROLE[+ROLE]],...". 0 or -1, and the log says why. */
int device_list_parse(struct device_list *list, const struct tenon_device_table *table,
	const char *text, const char *where);
int device_list_add(struct device_list *list, struct tenon_offer *offer, uint32_t roles);
void device_list_finish(struct device_list *list);
/* Makes the offer of Weston's renderer. heaps: names, NULL: any. 0 or a negative errno. */
int renderer_offer_create(struct tenon_offer **out, bool gl, const char *heaps);

/* outputs.c */
int outputs_init(struct module *module);
void outputs_finish(struct module *module);
/* What holds for an output; NULL: the default. */
struct tenon_server_state *outputs_find_state(struct module *module, struct weston_output *output);

/* surfaces.c */
void surfaces_init(struct module *module);
void surfaces_finish(struct module *module);
/* Finds out which surfaces have moved to another output, and tells clients. */
void surfaces_update(struct module *module);
/* An output has drawn a picture. */
void surfaces_count_repaint(struct module *module, struct weston_output *output);
/* An output is about to go: what refers to it is dropped. */
void surfaces_forget_output(struct module *module, struct weston_output *output);
int surfaces_get_statistics(
	void *data, struct wl_resource *resource, struct tenon_server_statistics *out);

/* Writes a line to the log scope "tenon", if somebody listens. */
void module_log(struct module *module, const char *fmt, ...) TENON_PRINTF(2, 3);

#endif
