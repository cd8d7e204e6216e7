/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char slot_key;

static void handle_release(void *data, struct wl_buffer *wl_buffer)
{
	struct slot *slot = data;

	tenon_swapchain_release(slot->buffers->chain, slot->buffer);
}

static const struct wl_buffer_listener buffer_listener = {
	.release = handle_release,
};

static void slot_destroy(void *data)
{
	struct slot *slot = data;

	tenon_client_buffer_destroy(slot->shared);
	free(slot);
}

/* Whether the heap's fds are dma-bufs. */
static bool is_dmabuf(struct buffers *buffers, struct tenon_buffer *buffer)
{
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_heap *heap =
		tenon_context_find_heap(buffers->context, tenon_buffer_get_heap(buffer));

	return heap != NULL && tenon_heap_query(heap, &info) == 0 && info.dmabuf;
}

static int export_objects(
	struct tenon_buffer *buffer, const struct tenon_layout *layout, int fds[], size_t *len)
{
	for (*len = 0; *len < tenon_layout_get_objects_len(layout); (*len)++) {
		int err = tenon_buffer_export(buffer, *len, &fds[*len]);

		if (err != 0) {
			return err;
		}
	}
	return 0;
}

static enum status share(struct buffers *buffers, struct slot *slot, const int *fds, size_t fds_len)
{
	struct tenon_client_buffer_options options = {
		.size = sizeof(options),
		.layout = tenon_buffer_get_layout(slot->buffer),
		.fds = fds,
		.fds_len = fds_len,
		.dmabuf = is_dmabuf(buffers, slot->buffer),
		.transports = buffers->options.transports,
		.negotiation = buffers->negotiation,
	};
	char reason[160] = "";
	struct stat st;
	int err;

	err = tenon_client_buffer_create(
		&slot->shared, buffers->client, &options, reason, sizeof(reason));
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "no wl_buffer: %s",
			reason[0] != '\0' ? reason : strerror(-err));
	}
	if (fstat(fds[0], &st) != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "fstat: %s", strerror(errno));
	}
	slot->dev = st.st_dev;
	slot->inode = st.st_ino;
	buffers->transport = tenon_client_buffer_get_transport(slot->shared);
	snprintf(buffers->transport_text, sizeof(buffers->transport_text), "%s",
		tenon_client_buffer_get_transport_text(slot->shared));
	buffers->made++;
	wl_buffer_add_listener(
		tenon_client_buffer_get_wl_buffer(slot->shared), &buffer_listener, slot);
	return STATUS_OK;
}

/* Gives a buffer of the chain to the compositor, once. */
static enum status get_slot(struct buffers *buffers, struct tenon_buffer *buffer, struct slot **out)
{
	struct slot *slot = tenon_buffer_get_data(buffer, &slot_key);
	int fds[TENON_MAX_PLANES];
	size_t fds_len = 0;
	enum status status;
	int err;

	*out = slot;
	if (slot != NULL) {
		return STATUS_OK;
	}
	slot = calloc(1, sizeof(*slot));
	if (slot == NULL) {
		return buffers_fail(buffers, STATUS_FAILED, "out of memory");
	}
	slot->buffers = buffers;
	slot->buffer = buffer;
	err = export_objects(buffer, tenon_buffer_get_layout(buffer), fds, &fds_len);
	status = err == 0 ? share(buffers, slot, fds, fds_len)
			  : buffers_fail(buffers, STATUS_FAILED, "export: %s", strerror(-err));
	for (size_t i = 0; i < fds_len; i++) {
		close(fds[i]);
	}
	if (status == STATUS_OK &&
		tenon_buffer_set_data(buffer, &slot_key, slot, slot_destroy) != 0) {
		status = buffers_fail(buffers, STATUS_FAILED, "out of memory");
	}
	if (status != STATUS_OK) {
		slot_destroy(slot);
		return status;
	}
	*out = slot;
	return STATUS_OK;
}

/* The next free buffer; while none is, the compositor's events are waited for. */
static enum status acquire_image(struct buffers *buffers, struct tenon_swapchain_image *image)
{
	int err;

	while ((err = tenon_swapchain_acquire(buffers->chain, image, 0)) == -ETIMEDOUT) {
		if (wl_display_dispatch(buffers->window->display) < 0) {
			return buffers_fail(
				buffers, STATUS_FAILED, "the connection to the compositor is lost");
		}
	}
	if (err == -ENODEV || err == -ENOMEM || err == -EACCES) {
		return buffers_fail(buffers, STATUS_NO_MEMORY_FITS,
			"no memory of this machine satisfies the devices: heap %s gave none (%s)",
			tenon_client_negotiation_get_heap(buffers->negotiation, 0), strerror(-err));
	}
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "no buffer: %s", strerror(-err));
	}
	return STATUS_OK;
}

/* The devices of both sides, and nothing but the layout that was negotiated. */
enum status buffers_allocate(struct buffers *buffers)
{
	struct tenon_participant all[2 * BUFFERS_DEVICES_MAX];
	const struct tenon_layout *layout =
		tenon_client_negotiation_get_layout(buffers->negotiation);
	uint64_t modifier = tenon_layout_get_modifier(layout);
	struct tenon_swapchain_options options = {
		.size = sizeof(options),
		.buffers_len = buffers->options.len,
		.buffer = {.size = sizeof(options.buffer),
			.width = buffers->options.width,
			.height = buffers->options.height,
			.formats = &buffers->options.format,
			.formats_len = 1,
			.modifiers = &modifier,
			.modifiers_len = 1,
			.flags = buffers->options.flags,
			.name = buffers->options.program},
		.participants = all,
	};
	const struct tenon_participant *peers;
	struct tenon_conflict *conflict = NULL;
	size_t peers_len;
	int err;

	options.buffer.limits = tenon_client_negotiation_get_exact_limits(buffers->negotiation);
	peers = buffers_get_peers(buffers, &peers_len);
	memcpy(all, buffers->own, buffers->own_len * sizeof(all[0]));
	if (peers_len > 0) {
		memcpy(&all[buffers->own_len], peers, peers_len * sizeof(all[0]));
	}
	options.participants_len = buffers->own_len + peers_len;
	err = tenon_swapchain_create(&buffers->chain, buffers->context, &options, &conflict);
	if (err != 0) {
		buffers_fail(buffers, STATUS_FAILED, "no buffers: %s",
			conflict != NULL ? tenon_conflict_get_text(conflict) : strerror(-err));
		tenon_conflict_destroy(conflict);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* Counts what the compositor said of the buffers' descriptions. */
static void count_described(struct buffers *buffers)
{
	struct slot *slot =
		buffers->shown != NULL ? tenon_buffer_get_data(buffers->shown, &slot_key) : NULL;
	const char *text;

	tenon_client_dispatch_pending(buffers->client);
	if (slot == NULL) {
		return;
	}
	switch (tenon_client_buffer_get_described(slot->shared, &text)) {
	case TENON_CLIENT_DESCRIBED_ACCEPTED:
		buffers->described += slot->counted ? 0 : 1;
		slot->counted = true;
		break;
	case TENON_CLIENT_DESCRIBED_REJECTED:
		buffers->rejected += slot->counted ? 0 : 1;
		slot->counted = true;
		snprintf(buffers->rejected_text, sizeof(buffers->rejected_text), "%s", text);
		break;
	default:
		break;
	}
}

enum status buffers_acquire(
	struct buffers *buffers, struct tenon_swapchain_image *image, struct slot **slot)
{
	enum status status = acquire_image(buffers, image);

	if (status != STATUS_OK) {
		return status;
	}
	status = get_slot(buffers, image->buffer, slot);
	if (status != STATUS_OK) {
		tenon_swapchain_cancel(buffers->chain, image->buffer);
	}
	return status;
}

enum status buffers_show(struct buffers *buffers, struct slot *slot)
{
	tenon_buffer_unref(buffers->shown);
	buffers->shown = tenon_buffer_ref(slot->buffer);
	window_show(buffers->window, tenon_client_buffer_get_wl_buffer(slot->shared));
	tenon_swapchain_submit(buffers->chain, slot->buffer, NULL, 0);
	if (window_wait_frame(buffers->window) != 0) {
		return buffers_fail(
			buffers, STATUS_FAILED, "the connection to the compositor is lost");
	}
	buffers->frames++;
	count_described(buffers);
	return STATUS_OK;
}

void buffers_cancel(struct buffers *buffers, struct slot *slot)
{
	tenon_swapchain_cancel(buffers->chain, slot->buffer);
}

void buffers_ask_statistics(struct buffers *buffers)
{
	buffers->statistics.size = sizeof(buffers->statistics);
	buffers->has_statistics = tenon_client_get_statistics(buffers->client,
					  buffers->window->surface, &buffers->statistics) == 0;
}
