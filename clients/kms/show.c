/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#include <tenon/access.h>
#include <tenon/machine.h>

#include "card.h"
#include "kms.h"

enum {
	/* ms for a picture to be shown, of which only the first waits for a fence of others */
	WAIT_MS = 5000,
	WAIT_FIRST_MS = 60000,
};

static const char framebuffer_key;

static bool has_display(struct tenon_drm_device *device)
{
	const struct tenon_drm_facts *facts;

	return tenon_drm_device_get_facts(device, &facts) == 0 && facts->crtcs_len > 0 &&
	       facts->planes_len > 0;
}

static enum status open_first(struct kms *kms)
{
	struct tenon_machine *machine = NULL;
	const struct tenon_device_info *info;
	int ret = tenon_machine_create(&machine);

	if (ret != 0) {
		return kms_fail(STATUS_FAILED, "cannot list the devices: %s", strerror(-ret));
	}
	for (size_t i = 0;
		kms->device == NULL && (info = tenon_machine_get_device(machine, i)) != NULL; i++) {
		if (strcmp(info->bus, "drm") != 0 ||
			tenon_drm_device_open(&kms->device, info->node) != 0) {
			continue;
		}
		if (!has_display(kms->device)) {
			tenon_drm_device_unref(kms->device);
			kms->device = NULL;
		}
	}
	tenon_machine_destroy(machine);
	return kms->device != NULL ? STATUS_OK
				   : kms_fail(STATUS_FAILED, "there is no device with a display");
}

static enum status open_named(struct kms *kms, const char *node)
{
	int ret = tenon_drm_device_open(&kms->device, node);

	if (ret != 0) {
		return kms_fail(STATUS_FAILED, "%s: %s", node,
			ret == -ENODEV ? "no DRM device" : strerror(-ret));
	}
	return has_display(kms->device)
		       ? STATUS_OK
		       : kms_fail(STATUS_FAILED, "%s: this device has no display", node);
}

static enum status open_device(struct kms *kms)
{
	enum status status;

	if (kms->options.node == NULL) {
		status = open_first(kms);
	} else {
		status = open_named(kms, kms->options.node);
	}
	if (status == STATUS_OK && !drmIsMaster(tenon_drm_device_get_fd(kms->device))) {
		return kms_fail(STATUS_FAILED,
			"somebody else (a compositor?) has the right to set modes of this device; "
			"it has to end, or to be on another terminal");
	}
	return status;
}

static enum status open_screen(struct kms *kms)
{
	const struct options *options = &kms->options;

	kms->has_screen = true; /* what it got so far is released in any case */
	return screen_open(&kms->screen, tenon_drm_device_get_fd(kms->device), options->connector,
		       options->width, options->height, options->format) == 0
		       ? STATUS_OK
		       : STATUS_FAILED;
}

static enum status add_named(
	struct kms *kms, const struct tenon_device_table *table, const char *text)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_participant *participant = &kms->participants[kms->participants_len];
	const struct tenon_device_entry *entry;

	if (tenon_device_table_parse_device(table, text, &entry, &participant->roles, &error) !=
		0) {
		return kms_fail(STATUS_USAGE, "%s", error.text);
	}
	participant->offer = tenon_offer_ref(tenon_device_entry_get_offer(entry));
	kms->participants_len++;
	return STATUS_OK;
}

/* The display, the CPU that paints, and whoever was named. */
static enum status add_devices(struct kms *kms)
{
	struct tenon_participant *display = &kms->participants[0];
	const struct tenon_device_table *table;
	enum status status;
	int ret = tenon_context_get_device_table(kms->context, &table);

	if (ret == 0) {
		ret = tenon_drm_device_create_offer(&display->offer, kms->device, table, NULL);
	}
	if (ret != 0) {
		return kms_fail(STATUS_FAILED, "what the device needs: %s", strerror(-ret));
	}
	display->roles = TENON_ROLE_SCANOUT;
	kms->participants_len = 1;
	status = add_named(kms, table, "cpu:cpu");
	for (size_t i = 0; i < kms->options.devices_len && status == STATUS_OK; i++) {
		status = add_named(kms, table, kms->options.devices[i]);
	}
	return status;
}

/* The device's own memory is the last resort. */
static int add_own_heap(struct kms *kms)
{
	struct tenon_heap *heap = NULL;
	int ret = tenon_heap_create_dumb(
		&heap, "dumb", tenon_drm_device_get_fd(kms->device), TENON_CONTIGUITY_UNKNOWN);

	if (ret == 0) {
		ret = tenon_context_add_heap(kms->context, heap);
	}
	tenon_heap_unref(heap);
	return ret;
}

static enum status open_context(struct kms *kms)
{
	int ret = tenon_context_create(&kms->context, NULL);

	if (ret == 0) {
		ret = add_own_heap(kms);
	}
	if (ret != 0) {
		return kms_fail(STATUS_FAILED, "heaps: %s", strerror(-ret));
	}
	return add_devices(kms);
}

static enum status create_chain(struct kms *kms, const struct tenon_limits *limits)
{
	struct tenon_conflict *conflict = NULL;
	const struct tenon_swapchain_options options = {
		.size = sizeof(options),
		.buffers_len = kms->options.buffers,
		.buffer =
			{
				.size = sizeof(options.buffer),
				.width = kms->screen.mode.hdisplay,
				.height = kms->screen.mode.vdisplay,
				.formats = &kms->options.format,
				.formats_len = 1,
				.limits = limits,
				.flags = TENON_BUFFER_DMABUF,
				.name = "tenon-kms",
			},
		.participants = kms->participants,
		.participants_len = kms->participants_len,
	};
	int ret = tenon_swapchain_create(&kms->chain, kms->context, &options, &conflict);

	if (ret == TENON_CONFLICT) {
		kms_fail(STATUS_CONFLICT, "%s", tenon_conflict_get_text(conflict));
		tenon_conflict_destroy(conflict);
		return STATUS_CONFLICT;
	}
	return ret == 0 ? STATUS_OK : kms_fail(STATUS_FAILED, "buffers: %s", strerror(-ret));
}

static enum status make_buffers(struct kms *kms)
{
	struct tenon_limits *limits = NULL;
	enum status status;
	int ret = 0;

	if (kms->options.heap != NULL) {
		ret = tenon_limits_create(&limits);
		if (ret == 0) {
			ret = tenon_limits_allow_heap(limits, kms->options.heap);
		}
	}
	status = ret == 0
			 ? create_chain(kms, limits)
			 : kms_fail(STATUS_USAGE, "heap %s: %s", kms->options.heap, strerror(-ret));
	tenon_limits_destroy(limits);
	return status;
}

enum status kms_start(struct kms *kms)
{
	enum status status = open_device(kms);

	if (status == STATUS_OK) {
		status = open_screen(kms);
	}
	if (status == STATUS_OK) {
		status = open_context(kms);
	}
	return status == STATUS_OK ? make_buffers(kms) : status;
}

void kms_finish(struct kms *kms)
{
	if (kms->out_fence >= 0) {
		close(kms->out_fence);
	}
	if (kms->has_screen) {
		screen_close(&kms->screen);
	}
	tenon_buffer_unref(kms->shown);
	tenon_swapchain_destroy(kms->chain);
	for (size_t i = 0; i < kms->participants_len; i++) {
		tenon_offer_unref(kms->participants[i].offer);
	}
	tenon_context_unref(kms->context);
	tenon_drm_device_unref(kms->device);
}

static enum status paint(struct kms *kms, struct tenon_buffer *buffer, unsigned frame)
{
	struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_WRITE};
	pixman_format_code_t format;
	pixman_image_t *image;
	int ret = tenon_access_prepare(&access, 1, WAIT_FIRST_MS);

	if (ret == -ENODEV || ret == -EACCES) {
		return kms_fail(STATUS_NO_MEMORY_FITS, "%s",
			tenon_plan_get_text(tenon_buffer_get_plan(buffer)));
	}
	if (ret != 0) {
		return kms_fail(STATUS_FAILED, "prepare: %s", strerror(-ret));
	}
	card_format(kms->options.format, &format);
	image = pixman_image_create_bits_no_clear(format, kms->screen.mode.hdisplay,
		kms->screen.mode.vdisplay, access.data[0], (int)access.pitch[0]);
	ret = image != NULL ? card_paint(image, frame) : -ENOMEM;
	if (image != NULL) {
		pixman_image_unref(image);
	}
	if (tenon_access_finish(&access, 1) != 0 || ret != 0) {
		return kms_fail(STATUS_FAILED, "painting failed");
	}
	return STATUS_OK;
}

/* The dma-bufs of a buffer, and how many; or a negative errno. */
static int export_objects(struct tenon_buffer *buffer, int fds[TENON_MAX_PLANES])
{
	int len = (int)tenon_layout_get_objects_len(tenon_buffer_get_layout(buffer));

	for (int i = 0; i < len; i++) {
		int ret = tenon_buffer_export(buffer, (size_t)i, &fds[i]);

		if (ret != 0) {
			while (i > 0) {
				close(fds[--i]);
			}
			return ret;
		}
	}
	return len;
}

static void destroy_framebuffer(void *data)
{
	tenon_drm_framebuffer_destroy(data);
}

static int make_framebuffer(
	struct kms *kms, struct tenon_buffer *buffer, struct tenon_drm_framebuffer **out)
{
	int fds[TENON_MAX_PLANES], len = export_objects(buffer, fds), ret;

	if (len < 0) {
		return len;
	}
	ret = tenon_drm_framebuffer_create(
		out, kms->device, tenon_buffer_get_layout(buffer), fds, (size_t)len);
	for (int i = 0; i < len; i++) {
		close(fds[i]);
	}
	if (ret == 0) {
		ret = tenon_buffer_set_data(buffer, &framebuffer_key, *out, destroy_framebuffer);
		if (ret != 0) {
			tenon_drm_framebuffer_destroy(*out);
		}
	}
	return ret;
}

/* The buffer's framebuffer, made once. */
static enum status framebuffer_of(struct kms *kms, struct tenon_buffer *buffer, uint32_t *id)
{
	struct tenon_drm_framebuffer *framebuffer = tenon_buffer_get_data(buffer, &framebuffer_key);

	if (framebuffer == NULL) {
		int ret = make_framebuffer(kms, buffer, &framebuffer);

		if (ret != 0) {
			return kms_fail(STATUS_FAILED,
				"%s makes no framebuffer of memory of heap %s: %s (\"tenon probe\" "
				"tells more)",
				tenon_drm_device_get_driver(kms->device),
				tenon_buffer_get_heap(buffer), strerror(-ret));
		}
	}
	*id = tenon_drm_framebuffer_get_id(framebuffer);
	return STATUS_OK;
}

/* A fence for all who write to the buffer; -1: the kernel (before Linux 6.0) does not make them,
 * and waits by itself. */
static int fence_of(struct tenon_buffer *buffer)
{
	struct dma_buf_export_sync_file request = {.flags = DMA_BUF_SYNC_READ, .fd = -1};
	int dmabuf;

	if (tenon_buffer_export(buffer, 0, &dmabuf) != 0) {
		return -1;
	}
	if (ioctl(dmabuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &request) != 0) {
		request.fd = -1;
	}
	close(dmabuf);
	return request.fd;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The last frame is on the screen. */
static enum status wait_shown(struct kms *kms)
{
	int ret;

	if (kms->out_fence < 0) {
		return STATUS_OK;
	}
	ret = screen_wait_fence(kms->out_fence, kms->frames == 1 ? WAIT_FIRST_MS : WAIT_MS);
	close(kms->out_fence);
	kms->out_fence = -1;
	kms->last_ms = now_ms();
	if (kms->frames == 1) {
		kms->first_ms = kms->last_ms;
	}
	return ret == 0 ? STATUS_OK
			: kms_fail(STATUS_FAILED, "the picture is not shown: %s", strerror(-ret));
}

/* The new buffer takes the place of the one shown, which is free when the fence says so. */
static enum status replace(struct kms *kms, struct tenon_buffer *buffer)
{
	int ret = tenon_swapchain_submit(kms->chain, buffer, NULL, 0);

	if (ret == 0 && kms->shown != NULL) {
		ret = tenon_buffer_add_fence(kms->shown, kms->out_fence, TENON_ACCESS_READ);
		if (ret == 0) {
			ret = tenon_swapchain_release(kms->chain, kms->shown);
		}
	}
	tenon_buffer_unref(kms->shown);
	kms->shown = tenon_buffer_ref(buffer);
	return ret == 0 ? STATUS_OK : kms_fail(STATUS_FAILED, "buffers: %s", strerror(-ret));
}

static enum status show(struct kms *kms, struct tenon_buffer *buffer)
{
	int own = -1, fence = kms->frames == 0 ? kms->options.in_fence : -1, ret;
	enum status status;
	uint32_t id = 0;

	status = framebuffer_of(kms, buffer, &id);
	if (status == STATUS_OK) {
		status = wait_shown(kms);
	}
	if (status != STATUS_OK) {
		return status;
	}
	if (fence < 0) {
		fence = own = fence_of(buffer);
	}
	ret = screen_show(&kms->screen, id, fence, &kms->out_fence);
	if (own >= 0) {
		close(own);
	}
	if (ret != 0) {
		return STATUS_FAILED;
	}
	kms->frames++;
	status = replace(kms, buffer);
	if (status == STATUS_OK && kms->screen.writeback) {
		status = wait_shown(kms);
		status = status == STATUS_OK ? kms_compare(kms, buffer) : status;
	}
	return status;
}

enum status kms_run(struct kms *kms)
{
	enum status status = STATUS_OK;

	for (unsigned frame = 0; frame < kms->options.frames && status == STATUS_OK; frame++) {
		struct tenon_swapchain_image image;
		int ret = tenon_swapchain_acquire(kms->chain, &image, WAIT_MS);

		if (ret == -ENODEV || ret == -EACCES) {
			return kms_fail(STATUS_NO_MEMORY_FITS, "%s",
				tenon_plan_get_text(tenon_swapchain_get_plan(kms->chain)));
		}
		if (ret != 0) {
			return kms_fail(STATUS_FAILED, "buffers: %s", strerror(-ret));
		}
		status = paint(kms, image.buffer, frame);
		if (status == STATUS_OK) {
			status = show(kms, image.buffer);
		}
	}
	return status == STATUS_OK ? wait_shown(kms) : status;
}
