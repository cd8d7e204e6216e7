/* SPDX-License-Identifier: MIT */
#include "wayland/server/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <wayland-server-protocol.h>

#include <drm_fourcc.h>

struct tenon_server_buffer {
	struct wl_resource *resource; /* tenon_described_buffer_v1 */
	struct peer *peer;
	struct wl_resource *buffer; /* wl_buffer; NULL: destroyed */
	struct wl_listener buffer_destroy;
	struct tenon_layout *layout;
	struct {
		bool there;
		enum memory_kind kind;
		uint64_t bytes;
		int fd; /* -1: not kept */
	} objects[TENON_MAX_PLANES];
	bool submitted, accepted;
};

/* Why a buffer was rejected. */
struct rejection {
	uint32_t reason;
	char text[WIRE_TEXT_MAX + 1];
};

static void handle_buffer_destroy(struct wl_listener *listener, void *data)
{
	struct tenon_server_buffer *buffer = wl_container_of(listener, buffer, buffer_destroy);

	wl_list_remove(&buffer->buffer_destroy.link);
	wl_list_init(&buffer->buffer_destroy.link);
	buffer->buffer = NULL;
}

static void close_fds(struct tenon_server_buffer *buffer)
{
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		if (buffer->objects[i].fd >= 0) {
			close(buffer->objects[i].fd);
			buffer->objects[i].fd = -1;
		}
	}
}

static void handle_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

/*
 * The fd is looked at here and not when everything is there, so that it need not be kept: a client
 * could else make the compositor run out of fds by never submitting.
 */
static void handle_add_object(
	struct wl_client *client, struct wl_resource *resource, uint32_t index, int32_t fd)
{
	struct tenon_server_buffer *buffer = wl_resource_get_user_data(resource);
	struct tenon_server *server = buffer->peer->server;

	if (buffer->submitted) {
		wl_resource_post_error(resource, TENON_DESCRIBED_BUFFER_V1_ERROR_ALREADY_SUBMITTED,
			"add_object after submit");
	} else if (index >= tenon_layout_get_objects_len(buffer->layout)) {
		wl_resource_post_error(resource, TENON_DESCRIBED_BUFFER_V1_ERROR_INVALID_INDEX,
			"there is no memory object %u", index);
	} else if (buffer->objects[index].there) {
		wl_resource_post_error(resource, TENON_DESCRIBED_BUFFER_V1_ERROR_DUPLICATE,
			"memory object %u has an fd already", index);
	} else {
		buffer->objects[index].there = true;
		buffer->objects[index].kind = memory_examine(fd, &buffer->objects[index].bytes);
		if (server != NULL && server->keep_fds) {
			buffer->objects[index].fd = fd;
			return;
		}
	}
	close(fd);
}

/* The check of one memory object. 0 or -EINVAL. */
static int check_object(
	const struct tenon_server_buffer *buffer, size_t i, struct rejection *rejection)
{
	uint64_t wanted = tenon_layout_get_object_size(buffer->layout, i);
	uint64_t bytes = buffer->objects[i].bytes;

	switch (buffer->objects[i].kind) {
	case MEMORY_OTHER:
		rejection->reason = TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_MEMORY;
		snprintf(rejection->text, sizeof(rejection->text),
			"the fd of memory object %zu is neither a dma-buf nor a memfd", i);
		return -EINVAL;
	case MEMORY_MEMFD_UNSEALED:
		rejection->reason = TENON_DESCRIBED_BUFFER_V1_REJECTION_NOT_SEALED;
		snprintf(rejection->text, sizeof(rejection->text),
			"the memfd of memory object %zu is not sealed against shrinking", i);
		return -EINVAL;
	case MEMORY_DMABUF:
	case MEMORY_MEMFD:
		break;
	}
	if (bytes < wanted) {
		rejection->reason = TENON_DESCRIBED_BUFFER_V1_REJECTION_TOO_SMALL;
		snprintf(rejection->text, sizeof(rejection->text),
			"memory object %zu has %llu bytes, the layout %llu", i,
			(unsigned long long)bytes, (unsigned long long)wanted);
		return -EINVAL;
	}
	return 0;
}

static uint32_t fourcc_of_shm(uint32_t format)
{
	switch (format) {
	case WL_SHM_FORMAT_ARGB8888:
		return DRM_FORMAT_ARGB8888;
	case WL_SHM_FORMAT_XRGB8888:
		return DRM_FORMAT_XRGB8888;
	default:
		return format;
	}
}

/* A wl_shm buffer is one libwayland knows all about. 0 or -EINVAL. */
static int check_shm(
	const struct tenon_layout *layout, struct wl_shm_buffer *shm, struct rejection *rejection)
{
	struct tenon_plane_layout plane = {0};
	uint32_t width, height, format;

	tenon_layout_get_size(layout, &width, &height);
	tenon_layout_get_plane(layout, 0, &plane);
	format = tenon_format_get_fourcc(tenon_layout_get_format(layout));
	if ((uint32_t)wl_shm_buffer_get_width(shm) == width &&
		(uint32_t)wl_shm_buffer_get_height(shm) == height &&
		(uint32_t)wl_shm_buffer_get_stride(shm) == plane.pitch &&
		fourcc_of_shm(wl_shm_buffer_get_format(shm)) == format) {
		return 0;
	}
	rejection->reason = TENON_DESCRIBED_BUFFER_V1_REJECTION_MISMATCH;
	snprintf(rejection->text, sizeof(rejection->text),
		"the wl_buffer is %dx%d, stride %d, format 0x%08x; negotiated was %ux%u, %u, "
		"0x%08x",
		wl_shm_buffer_get_width(shm), wl_shm_buffer_get_height(shm),
		wl_shm_buffer_get_stride(shm), fourcc_of_shm(wl_shm_buffer_get_format(shm)), width,
		height, plane.pitch, format);
	return -EINVAL;
}

/* Another wl_buffer is one the compositor knows. 0 or -EINVAL. */
static int check_other(struct tenon_server *server, const struct tenon_server_buffer *buffer,
	struct rejection *rejection)
{
	int err;

	if (server->impl.check_buffer == NULL) {
		return 0;
	}
	err = server->impl.check_buffer(server->data, buffer->buffer, buffer->layout,
		rejection->text, sizeof(rejection->text));
	if (err == 0) {
		return 0;
	}
	rejection->reason = err == TENON_CONFLICT ? TENON_DESCRIBED_BUFFER_V1_REJECTION_MISMATCH
						  : TENON_DESCRIBED_BUFFER_V1_REJECTION_REFUSED;
	return -EINVAL;
}

static int check_buffer(struct tenon_server_buffer *buffer, struct rejection *rejection)
{
	struct tenon_server *server = buffer->peer->server;
	struct wl_shm_buffer *shm;
	int err = 0;

	if (buffer->buffer == NULL || server == NULL) {
		bool gone = buffer->buffer == NULL;

		rejection->reason = gone ? TENON_DESCRIBED_BUFFER_V1_REJECTION_BUFFER_GONE
					 : TENON_DESCRIBED_BUFFER_V1_REJECTION_REFUSED;
		snprintf(rejection->text, sizeof(rejection->text), "%s",
			gone ? "the wl_buffer was destroyed" : "the compositor has withdrawn it");
		return -EINVAL;
	}
	for (size_t i = 0; i < tenon_layout_get_objects_len(buffer->layout) && err == 0; i++) {
		err = check_object(buffer, i, rejection);
	}
	if (err != 0) {
		return err;
	}
	shm = wl_shm_buffer_get(buffer->buffer);
	return shm != NULL ? check_shm(buffer->layout, shm, rejection)
			   : check_other(server, buffer, rejection);
}

static void handle_submit(struct wl_client *client, struct wl_resource *resource)
{
	struct tenon_server_buffer *buffer = wl_resource_get_user_data(resource);
	struct tenon_server *server = buffer->peer->server;
	struct rejection rejection = {0};

	if (buffer->submitted) {
		wl_resource_post_error(resource, TENON_DESCRIBED_BUFFER_V1_ERROR_ALREADY_SUBMITTED,
			"submitted twice");
		return;
	}
	for (size_t i = 0; i < tenon_layout_get_objects_len(buffer->layout); i++) {
		if (!buffer->objects[i].there) {
			wl_resource_post_error(resource, TENON_DESCRIBED_BUFFER_V1_ERROR_INCOMPLETE,
				"memory object %zu has no fd", i);
			return;
		}
	}
	buffer->submitted = true;
	if (check_buffer(buffer, &rejection) != 0) {
		close_fds(buffer);
		rejection.text[WIRE_TEXT_MAX] = '\0';
		tenon_described_buffer_v1_send_rejected(resource, rejection.reason, rejection.text);
		return;
	}
	buffer->accepted = true;
	tenon_described_buffer_v1_send_accepted(resource);
	if (server->impl.described != NULL) {
		server->impl.described(server->data, buffer);
	}
}

static const struct tenon_described_buffer_v1_interface described_impl = {
	.destroy = handle_destroy,
	.add_object = handle_add_object,
	.submit = handle_submit,
};

static void described_destroyed(struct wl_resource *resource)
{
	struct tenon_server_buffer *buffer = wl_resource_get_user_data(resource);

	wl_list_remove(&buffer->buffer_destroy.link);
	close_fds(buffer);
	tenon_layout_destroy(buffer->layout);
	peer_uncount(buffer->peer, PEER_BUFFERS);
	peer_unref(buffer->peer);
	free(buffer);
}

/* The description of a wl_buffer, accepted or not; NULL: none. */
static struct tenon_server_buffer *find(struct wl_resource *wl_buffer)
{
	struct wl_listener *listener =
		wl_resource_get_destroy_listener(wl_buffer, handle_buffer_destroy);
	struct tenon_server_buffer *buffer;

	return listener != NULL ? wl_container_of(listener, buffer, buffer_destroy) : NULL;
}

/* A later description replaces an earlier one: that one is forgotten. */
static void forget_earlier(struct wl_resource *wl_buffer)
{
	struct tenon_server_buffer *earlier = find(wl_buffer);

	if (earlier != NULL) {
		handle_buffer_destroy(&earlier->buffer_destroy, NULL);
		close_fds(earlier);
	}
}

void described_create(struct peer *peer, struct wl_resource *negotiation, uint32_t id,
	struct wl_resource *wl_buffer, const struct tenon_layout *layout)
{
	struct tenon_server_buffer *buffer;

	if (!peer_count(peer, PEER_BUFFERS)) {
		wl_resource_post_error(negotiation, TENON_NEGOTIATION_V1_ERROR_TOO_MANY_OBJECTS,
			"too many tenon_described_buffer_v1");
		return;
	}
	buffer = calloc(1, sizeof(*buffer));
	if (buffer == NULL) {
		goto err_count;
	}
	if (tenon_layout_dup(&buffer->layout, layout) != 0) {
		goto err_buffer;
	}
	buffer->resource = wl_resource_create(peer->client, &tenon_described_buffer_v1_interface,
		wl_resource_get_version(negotiation), id);
	if (buffer->resource == NULL) {
		goto err_layout;
	}
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		buffer->objects[i].fd = -1;
	}
	forget_earlier(wl_buffer);
	buffer->peer = peer_ref(peer);
	buffer->buffer = wl_buffer;
	buffer->buffer_destroy.notify = handle_buffer_destroy;
	wl_resource_add_destroy_listener(wl_buffer, &buffer->buffer_destroy);
	wl_resource_set_implementation(
		buffer->resource, &described_impl, buffer, described_destroyed);
	return;
err_layout:
	tenon_layout_destroy(buffer->layout);
err_buffer:
	free(buffer);
err_count:
	peer_uncount(peer, PEER_BUFFERS);
	wl_client_post_no_memory(peer->client);
}

struct tenon_server_buffer *tenon_server_buffer_from_resource(struct wl_resource *resource)
{
	struct tenon_server_buffer *buffer = find(resource);

	return buffer != NULL && buffer->accepted ? buffer : NULL;
}

struct wl_resource *tenon_server_buffer_get_resource(const struct tenon_server_buffer *buffer)
{
	return buffer->buffer;
}

const struct tenon_layout *tenon_server_buffer_get_layout(const struct tenon_server_buffer *buffer)
{
	return buffer->layout;
}

int tenon_server_buffer_get_fd(const struct tenon_server_buffer *buffer, size_t i)
{
	return i < TENON_MAX_PLANES ? buffer->objects[i].fd : -1;
}

bool tenon_server_buffer_is_dmabuf(const struct tenon_server_buffer *buffer, size_t i)
{
	return i < TENON_MAX_PLANES && buffer->objects[i].kind == MEMORY_DMABUF;
}
