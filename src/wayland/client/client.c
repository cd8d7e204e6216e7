/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

enum {
	/* highest versions used of each global */
	DMABUF_VERSION = 4,
	FORMATS_MAX = 65536, /* of linux-dmabuf version 3: a compositor may be hostile, too */
};

int client_error(const struct tenon_client *client)
{
	int err = wl_display_get_error(client->display);

	return err > 0 ? -err : -EPIPE;
}

int client_wait(struct tenon_client *client, const bool *done)
{
	while (!*done) {
		if (wl_display_dispatch_queue(client->display, client->queue) < 0) {
			return client_error(client);
		}
	}
	return 0;
}

static void handle_capabilities(
	void *data, struct tenon_buffer_constraints_v1 *manager, uint32_t capabilities)
{
	struct tenon_client *client = data;

	client->capabilities = capabilities;
}

static const struct tenon_buffer_constraints_v1_listener manager_listener = {
	.capabilities = handle_capabilities,
};

static void add_pair(struct tenon_client *client, uint32_t format, uint64_t modifier)
{
	struct tenon_format_modifier *pair;

	if (client->pairs.size / sizeof(*pair) >= FORMATS_MAX) {
		return;
	}
	pair = wl_array_add(&client->pairs, sizeof(*pair));
	if (pair == NULL) {
		client->out_of_memory = true;
		return;
	}
	pair->format = format;
	pair->modifier = modifier;
}

static void handle_dmabuf_format(void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format)
{
	/* version 3 says the same, better, with modifier events */
	if (zwp_linux_dmabuf_v1_get_version(dmabuf) < 3) {
		add_pair(data, format, DRM_FORMAT_MOD_INVALID);
	}
}

static void handle_dmabuf_modifier(
	void *data, struct zwp_linux_dmabuf_v1 *dmabuf, uint32_t format, uint32_t hi, uint32_t lo)
{
	add_pair(data, format, wire_u64(hi, lo));
}

static const struct zwp_linux_dmabuf_v1_listener dmabuf_listener = {
	.format = handle_dmabuf_format,
	.modifier = handle_dmabuf_modifier,
};

static void handle_shm_format(void *data, struct wl_shm *shm, uint32_t format)
{
	struct tenon_client *client = data;
	uint32_t *fourcc;

	if (client->shm_formats.size / sizeof(*fourcc) >= FORMATS_MAX) {
		return;
	}
	fourcc = wl_array_add(&client->shm_formats, sizeof(*fourcc));
	if (fourcc == NULL) {
		client->out_of_memory = true;
		return;
	}
	switch (format) {
	case WL_SHM_FORMAT_ARGB8888:
		*fourcc = DRM_FORMAT_ARGB8888;
		break;
	case WL_SHM_FORMAT_XRGB8888:
		*fourcc = DRM_FORMAT_XRGB8888;
		break;
	default:
		*fourcc = format;
		break;
	}
}

static const struct wl_shm_listener shm_listener = {
	.format = handle_shm_format,
};

static void bind_manager(struct tenon_client *client, uint32_t name)
{
	client->manager =
		wl_registry_bind(client->registry, name, &tenon_buffer_constraints_v1_interface, 1);
	if (client->manager == NULL) {
		client->out_of_memory = true;
		return;
	}
	tenon_buffer_constraints_v1_add_listener(client->manager, &manager_listener, client);
}

static void bind_dmabuf(struct tenon_client *client, uint32_t name, uint32_t version)
{
	uint32_t wanted = version < DMABUF_VERSION ? version : DMABUF_VERSION;

	if (client->best_source > TENON_CLIENT_SOURCE_DMABUF_FEEDBACK && wanted > 3) {
		wanted = 3;
	}
	client->dmabuf =
		wl_registry_bind(client->registry, name, &zwp_linux_dmabuf_v1_interface, wanted);
	if (client->dmabuf == NULL) {
		client->out_of_memory = true;
		return;
	}
	client->dmabuf_version = wanted;
	zwp_linux_dmabuf_v1_add_listener(client->dmabuf, &dmabuf_listener, client);
}

static void bind_shm(struct tenon_client *client, uint32_t name)
{
	client->shm = wl_registry_bind(client->registry, name, &wl_shm_interface, 1);
	if (client->shm == NULL) {
		client->out_of_memory = true;
		return;
	}
	wl_shm_add_listener(client->shm, &shm_listener, client);
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct tenon_client *client = data;

	if (strcmp(interface, tenon_buffer_constraints_v1_interface.name) == 0 &&
		client->manager == NULL && client->best_source == TENON_CLIENT_SOURCE_CONSTRAINTS) {
		bind_manager(client, name);
	} else if (strcmp(interface, zwp_linux_dmabuf_v1_interface.name) == 0 &&
		   client->dmabuf == NULL &&
		   client->best_source <= TENON_CLIENT_SOURCE_DMABUF_FORMATS) {
		bind_dmabuf(client, name, version);
	} else if (strcmp(interface, wl_shm_interface.name) == 0 && client->shm == NULL) {
		bind_shm(client, name);
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
	/* what was bound of it becomes inert; negotiations fail, nothing else */
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void choose_source(struct tenon_client *client)
{
	const char *why = client->best_source == TENON_CLIENT_SOURCE_CONSTRAINTS
				  ? "the compositor does not have tenon_buffer_constraints_v1"
				  : "tenon_buffer_constraints_v1 is not asked for";

	if (client->manager != NULL) {
		client->source = TENON_CLIENT_SOURCE_CONSTRAINTS;
		snprintf(client->source_text, sizeof(client->source_text),
			"tenon_buffer_constraints_v1: the compositor negotiates");
	} else if (client->dmabuf != NULL && client->dmabuf_version >= 4) {
		client->source = TENON_CLIENT_SOURCE_DMABUF_FEEDBACK;
		snprintf(client->source_text, sizeof(client->source_text),
			"linux-dmabuf feedback (version %u): %s", client->dmabuf_version, why);
	} else if (client->dmabuf != NULL) {
		client->source = TENON_CLIENT_SOURCE_DMABUF_FORMATS;
		snprintf(client->source_text, sizeof(client->source_text),
			"linux-dmabuf formats (version %u, no feedback): %s",
			client->dmabuf_version, why);
	} else if (client->shm != NULL) {
		client->source = TENON_CLIENT_SOURCE_SHM;
		snprintf(client->source_text, sizeof(client->source_text),
			"wl_shm formats: %s, nor linux-dmabuf", why);
	} else {
		client->source = TENON_CLIENT_SOURCE_NONE;
		snprintf(client->source_text, sizeof(client->source_text),
			"the compositor takes no buffers: no linux-dmabuf, no wl_shm");
	}
}

/* Makes the queue and what is on it, and waits for globals and then for their events. */
static int start(struct tenon_client *client)
{
	client->queue = wl_display_create_queue(client->display);
	client->wrapper = wl_proxy_create_wrapper(client->display);
	if (client->queue == NULL || client->wrapper == NULL) {
		return -ENOMEM;
	}
	wl_proxy_set_queue((struct wl_proxy *)client->wrapper, client->queue);
	client->registry = wl_display_get_registry(client->wrapper);
	if (client->registry == NULL) {
		return -ENOMEM;
	}
	wl_registry_add_listener(client->registry, &registry_listener, client);
	for (int i = 0; i < 2; i++) {
		if (wl_display_roundtrip_queue(client->display, client->queue) < 0) {
			return client_error(client);
		}
	}
	return client->out_of_memory ? -ENOMEM : 0;
}

int tenon_client_create(struct tenon_client **out, struct wl_display *display,
	const struct tenon_client_options *options)
{
	struct tenon_client *client;
	int err;

	if (options != NULL && (options->size != sizeof(*options) ||
				       options->best_source > TENON_CLIENT_SOURCE_NONE)) {
		return -EINVAL;
	}
	client = calloc(1, sizeof(*client));
	if (client == NULL) {
		return -ENOMEM;
	}
	client->display = display;
	wl_array_init(&client->pairs);
	wl_array_init(&client->shm_formats);
	wl_array_init(&client->records);
	if (options != NULL) {
		client->buffer_queue = options->buffer_queue;
		client->best_source = options->best_source;
	}
	err = start(client);
	if (err != 0) {
		tenon_client_destroy(client);
		return err;
	}
	choose_source(client);
	*out = client;
	return 0;
}

void tenon_client_destroy(struct tenon_client *client)
{
	if (client == NULL) {
		return;
	}
	if (client->manager != NULL) {
		tenon_buffer_constraints_v1_destroy(client->manager);
	}
	if (client->dmabuf != NULL) {
		zwp_linux_dmabuf_v1_destroy(client->dmabuf);
	}
	if (client->shm != NULL) {
		wl_shm_destroy(client->shm);
	}
	if (client->registry != NULL) {
		wl_registry_destroy(client->registry);
	}
	if (client->wrapper != NULL) {
		wl_proxy_wrapper_destroy(client->wrapper);
	}
	if (client->queue != NULL) {
		wl_event_queue_destroy(client->queue);
	}
	wl_array_release(&client->pairs);
	wl_array_release(&client->shm_formats);
	wl_array_release(&client->records);
	free(client);
}

enum tenon_client_source tenon_client_get_source(const struct tenon_client *client)
{
	return client->source;
}

const char *tenon_client_get_source_text(const struct tenon_client *client)
{
	return client->source_text;
}

bool tenon_client_has_transport(
	const struct tenon_client *client, enum tenon_client_transport transport)
{
	switch (transport) {
	case TENON_CLIENT_TRANSPORT_DMABUF:
	case TENON_CLIENT_TRANSPORT_EMULATED:
		return client->dmabuf != NULL;
	case TENON_CLIENT_TRANSPORT_SHM:
		return client->shm != NULL;
	}
	return false;
}

bool tenon_client_has_shm_format(const struct tenon_client *client, uint32_t format)
{
	const uint32_t *fourccs = client->shm_formats.data;

	for (size_t i = 0; i < client->shm_formats.size / sizeof(*fourccs); i++) {
		if (fourccs[i] == format) {
			return true;
		}
	}
	return false;
}

struct wl_event_queue *tenon_client_get_queue(const struct tenon_client *client)
{
	return client->queue;
}

int tenon_client_dispatch_pending(struct tenon_client *client)
{
	int events = wl_display_dispatch_queue_pending(client->display, client->queue);

	return events < 0 ? client_error(client) : events;
}

int tenon_client_dispatch(struct tenon_client *client)
{
	int events = wl_display_dispatch_queue(client->display, client->queue);

	return events < 0 ? client_error(client) : events;
}
