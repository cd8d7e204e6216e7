/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <tenon/access.h>

#include "card.h"
#include "painter.h"

/* What is remembered with each buffer of the chain. */
struct slot {
	struct painter *painter;
	struct tenon_buffer *buffer; /* whose data this is */
	struct tenon_client_buffer *shared;
	dev_t dev; /* of the file that the compositor was given */
	ino_t inode;
	bool counted; /* its description's answer has been */
};

static const char slot_key;

static void handle_release(void *data, struct wl_buffer *wl_buffer)
{
	struct slot *slot = data;

	tenon_swapchain_release(slot->painter->chain, slot->buffer);
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
static bool is_dmabuf(struct painter *painter, struct tenon_buffer *buffer)
{
	struct tenon_heap_info info = {.size = sizeof(info)};
	struct tenon_heap *heap =
		tenon_context_find_heap(painter->context, tenon_buffer_get_heap(buffer));

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

static enum status share(struct painter *painter, struct slot *slot, const int *fds, size_t fds_len)
{
	struct tenon_client_buffer_options options = {
		.size = sizeof(options),
		.layout = tenon_buffer_get_layout(slot->buffer),
		.fds = fds,
		.fds_len = fds_len,
		.dmabuf = is_dmabuf(painter, slot->buffer),
		.transports = painter->options.transports,
		.negotiation = painter->negotiation,
	};
	char reason[160] = "";
	struct stat st;
	int err;

	err = tenon_client_buffer_create(
		&slot->shared, painter->client, &options, reason, sizeof(reason));
	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "no wl_buffer: %s",
			reason[0] != '\0' ? reason : strerror(-err));
	}
	if (fstat(fds[0], &st) != 0) {
		return painter_fail(painter, STATUS_FAILED, "fstat: %s", strerror(errno));
	}
	slot->dev = st.st_dev;
	slot->inode = st.st_ino;
	painter->transport = tenon_client_buffer_get_transport(slot->shared);
	snprintf(painter->transport_text, sizeof(painter->transport_text), "%s",
		tenon_client_buffer_get_transport_text(slot->shared));
	painter->counts.buffers++;
	wl_buffer_add_listener(
		tenon_client_buffer_get_wl_buffer(slot->shared), &buffer_listener, slot);
	return STATUS_OK;
}

/* Gives a buffer of the chain to the compositor, once. */
static enum status get_slot(struct painter *painter, struct tenon_buffer *buffer, struct slot **out)
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
		return painter_fail(painter, STATUS_FAILED, "out of memory");
	}
	slot->painter = painter;
	slot->buffer = buffer;
	err = export_objects(buffer, tenon_buffer_get_layout(buffer), fds, &fds_len);
	status = err == 0 ? share(painter, slot, fds, fds_len)
			  : painter_fail(painter, STATUS_FAILED, "export: %s", strerror(-err));
	for (size_t i = 0; i < fds_len; i++) {
		close(fds[i]);
	}
	if (status == STATUS_OK &&
		tenon_buffer_set_data(buffer, &slot_key, slot, slot_destroy) != 0) {
		status = painter_fail(painter, STATUS_FAILED, "out of memory");
	}
	if (status != STATUS_OK) {
		slot_destroy(slot);
		return status;
	}
	*out = slot;
	return STATUS_OK;
}

/*
 * Whether an address lies in a mapping of the file that the compositor was given: what is painted
 * there need not be copied. Asked of the kernel, not of Tenon.
 */
static bool is_in_file(const void *address, dev_t dev, ino_t inode)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	uint64_t start, end, node;
	unsigned major_number, minor_number;
	bool found = false;
	char line[512];

	while (maps != NULL && !found && fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %x:%x %" SCNu64, &start, &end,
			    &major_number, &minor_number, &node) == 5 &&
			(uintptr_t)address >= start && (uintptr_t)address < end) {
			found = node == inode && makedev(major_number, minor_number) == dev;
			break;
		}
	}
	if (maps != NULL) {
		fclose(maps);
	}
	return found;
}

static enum status paint(struct painter *painter, struct slot *slot, unsigned frame)
{
	struct tenon_access access = {.buffer = slot->buffer, .flags = TENON_ACCESS_WRITE};
	pixman_format_code_t format = PIXMAN_x8r8g8b8;
	pixman_image_t *image;
	int err = tenon_access_prepare(&access, 1, 5000);

	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "prepare: %s", strerror(-err));
	}
	card_format(painter->options.format, &format);
	image = pixman_image_create_bits_no_clear(format, (int)painter->options.width,
		(int)painter->options.height, access.data[0], (int)access.pitch[0]);
	err = image != NULL ? card_paint(image, frame) : -ENOMEM;
	if (image != NULL) {
		pixman_image_unref(image);
	}
	painter->counts.painted++;
	if (!is_in_file(access.data[0], slot->dev, slot->inode)) {
		painter->counts.copies++;
	}
	if (tenon_access_finish(&access, 1) != 0 || err != 0) {
		return painter_fail(painter, STATUS_FAILED, "painting failed");
	}
	return STATUS_OK;
}

/* The next free buffer; while none is, the compositor's events are waited for. */
static enum status acquire(struct painter *painter, struct tenon_swapchain_image *image)
{
	int err;

	while ((err = tenon_swapchain_acquire(painter->chain, image, 0)) == -ETIMEDOUT) {
		if (wl_display_dispatch(painter->window.display) < 0) {
			return painter_fail(
				painter, STATUS_FAILED, "the connection to the compositor is lost");
		}
	}
	if (err == -ENODEV || err == -ENOMEM || err == -EACCES) {
		return painter_fail(painter, STATUS_NO_MEMORY_FITS,
			"no memory of this machine satisfies the devices: heap %s gave none (%s)",
			tenon_client_negotiation_get_heap(painter->negotiation, 0), strerror(-err));
	}
	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "no buffer: %s", strerror(-err));
	}
	return STATUS_OK;
}

static enum status show_frame(struct painter *painter, unsigned frame)
{
	struct tenon_swapchain_image image;
	struct slot *slot;
	enum status status = acquire(painter, &image);

	if (status != STATUS_OK) {
		return status;
	}
	status = get_slot(painter, image.buffer, &slot);
	if (status == STATUS_OK) {
		status = paint(painter, slot, frame);
	}
	if (status != STATUS_OK) {
		tenon_swapchain_cancel(painter->chain, image.buffer);
		return status;
	}
	tenon_buffer_unref(painter->shown);
	painter->shown = tenon_buffer_ref(image.buffer);
	window_show(&painter->window, tenon_client_buffer_get_wl_buffer(slot->shared));
	tenon_swapchain_submit(painter->chain, image.buffer, NULL, 0);
	if (window_wait_frame(&painter->window) != 0) {
		return painter_fail(
			painter, STATUS_FAILED, "the connection to the compositor is lost");
	}
	painter->counts.frames++;
	return STATUS_OK;
}

/* The devices of both sides, and nothing but the layout that was negotiated. */
static enum status create_chain(struct painter *painter)
{
	struct tenon_participant all[2 * (DEVICES_MAX + 1)];
	const struct tenon_layout *layout =
		tenon_client_negotiation_get_layout(painter->negotiation);
	uint64_t modifier = tenon_layout_get_modifier(layout);
	struct tenon_swapchain_options options = {
		.size = sizeof(options),
		.buffers_len = painter->options.buffers,
		.buffer = {.size = sizeof(options.buffer),
			.width = painter->options.width,
			.height = painter->options.height,
			.formats = &painter->options.format,
			.formats_len = 1,
			.modifiers = &modifier,
			.modifiers_len = 1,
			.name = "tenon-painter"},
		.participants = all,
	};
	const struct tenon_participant *peers;
	struct tenon_conflict *conflict = NULL;
	size_t peers_len;
	int err;

	options.buffer.limits = tenon_client_negotiation_get_exact_limits(painter->negotiation);
	peers = painter_get_peers(painter, &peers_len);
	memcpy(all, painter->own, painter->own_len * sizeof(all[0]));
	if (peers_len > 0) {
		memcpy(&all[painter->own_len], peers, peers_len * sizeof(all[0]));
	}
	options.participants_len = painter->own_len + peers_len;
	err = tenon_swapchain_create(&painter->chain, painter->context, &options, &conflict);
	if (err != 0) {
		painter_fail(painter, STATUS_FAILED, "no buffers: %s",
			conflict != NULL ? tenon_conflict_get_text(conflict) : strerror(-err));
		tenon_conflict_destroy(conflict);
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* Counts what the compositor said of the buffers' descriptions. */
static void count_described(struct painter *painter)
{
	struct slot *slot =
		painter->shown != NULL ? tenon_buffer_get_data(painter->shown, &slot_key) : NULL;
	const char *text;

	tenon_client_dispatch_pending(painter->client);
	if (slot == NULL) {
		return;
	}
	switch (tenon_client_buffer_get_described(slot->shared, &text)) {
	case TENON_CLIENT_DESCRIBED_ACCEPTED:
		painter->counts.described += slot->counted ? 0 : 1;
		slot->counted = true;
		break;
	case TENON_CLIENT_DESCRIBED_REJECTED:
		painter->counts.rejected += slot->counted ? 0 : 1;
		slot->counted = true;
		snprintf(painter->rejected_text, sizeof(painter->rejected_text), "%s", text);
		break;
	default:
		break;
	}
}

static enum status run_command(struct painter *painter)
{
	int result;

	fflush(stdout);
	result = system(painter->options.command);
	if (result != 0) {
		return painter_fail(painter, STATUS_FAILED, "\"%s\" ended with status %d",
			painter->options.command, result > 0 ? result >> 8 : result);
	}
	return STATUS_OK;
}

enum status painter_show(struct painter *painter)
{
	enum status status = create_chain(painter);

	if (painter->options.output != NULL) {
		window_set_fullscreen(&painter->window, painter->options.output);
	}
	for (int i = 0; i < painter->options.frames && status == STATUS_OK; i++) {
		status = show_frame(painter, (unsigned)i);
		count_described(painter);
	}
	if (status == STATUS_OK) {
		painter->statistics.size = sizeof(painter->statistics);
		painter->has_statistics =
			tenon_client_get_statistics(painter->client, painter->window.surface,
				&painter->statistics) == 0;
	}
	if (status == STATUS_OK && painter->options.command != NULL) {
		status = run_command(painter);
	}
	return status;
}

void painter_finish_show(struct painter *painter)
{
	tenon_buffer_unref(painter->shown);
	tenon_swapchain_destroy(painter->chain);
	painter->shown = NULL;
	painter->chain = NULL;
}
