/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <drm_fourcc.h>

struct tenon_client_buffer {
	struct tenon_client *client;
	struct wl_buffer *proxy;
	enum tenon_client_transport transport;
	char transport_text[160];
	struct tenon_described_buffer_v1 *described_proxy; /* NULL: not described */
	enum tenon_client_described described;
	char described_text[WIRE_TEXT_MAX + 1];
};

/* A try to make a wl_buffer of a dma-buf. */
struct dmabuf_try {
	struct wl_buffer *buffer;
	bool done;
};

static void handle_created(
	void *data, struct zwp_linux_buffer_params_v1 *params, struct wl_buffer *buffer)
{
	struct dmabuf_try *attempt = data;

	attempt->buffer = buffer;
	attempt->done = true;
}

static void handle_failed(void *data, struct zwp_linux_buffer_params_v1 *params)
{
	struct dmabuf_try *attempt = data;

	attempt->done = true;
}

static const struct zwp_linux_buffer_params_v1_listener params_listener = {
	.created = handle_created,
	.failed = handle_failed,
};

static int say(char *reason, size_t size, int err, const char *text)
{
	if (reason != NULL && size > 0) {
		snprintf(reason, size, "%s", text);
	}
	return err;
}

static int add_planes(struct zwp_linux_buffer_params_v1 *params,
	const struct tenon_client_buffer_options *options)
{
	uint64_t modifier = tenon_layout_get_modifier(options->layout);

	for (size_t i = 0; i < tenon_layout_get_planes_len(options->layout); i++) {
		struct tenon_plane_layout plane;

		tenon_layout_get_plane(options->layout, i, &plane);
		if (plane.offset > UINT32_MAX) {
			return -EOVERFLOW;
		}
		zwp_linux_buffer_params_v1_add(params, options->fds[plane.object], (uint32_t)i,
			(uint32_t)plane.offset, plane.pitch, wire_hi(modifier), wire_lo(modifier));
	}
	return 0;
}

/* With create and not create_immed: a refusal is then an event and not a dead connection. */
static int create_dmabuf(struct tenon_client *client,
	const struct tenon_client_buffer_options *options, struct wl_buffer **out, char *reason,
	size_t reason_size)
{
	struct dmabuf_try attempt = {0};
	struct zwp_linux_buffer_params_v1 *params;
	uint32_t width, height;
	int err;

	tenon_layout_get_size(options->layout, &width, &height);
	if (width > INT32_MAX || height > INT32_MAX) {
		return say(reason, reason_size, -EOVERFLOW, "too wide or high for linux-dmabuf");
	}
	params = zwp_linux_dmabuf_v1_create_params(client->dmabuf);
	if (params == NULL) {
		return -ENOMEM;
	}
	zwp_linux_buffer_params_v1_add_listener(params, &params_listener, &attempt);
	err = add_planes(params, options);
	if (err != 0) {
		zwp_linux_buffer_params_v1_destroy(params);
		return say(reason, reason_size, err, "an offset does not fit linux-dmabuf");
	}
	zwp_linux_buffer_params_v1_create(params, (int32_t)width, (int32_t)height,
		tenon_format_get_fourcc(tenon_layout_get_format(options->layout)), 0);
	err = client_wait(client, &attempt.done);
	zwp_linux_buffer_params_v1_destroy(params);
	if (err != 0) {
		return err;
	}
	if (attempt.buffer == NULL) {
		return say(reason, reason_size, -EIO,
			"the compositor refused the buffer through linux-dmabuf");
	}
	*out = attempt.buffer;
	return 0;
}

/*
 * wl_shm has one stride and no offsets of planes: where they lie follows from the format. False
 * when the layout has them elsewhere.
 */
static bool suits_shm(const struct tenon_layout *layout)
{
	const struct tenon_format *format = tenon_layout_get_format(layout);
	struct tenon_plane_layout first, plane;
	uint64_t offset;
	uint32_t height;

	if (tenon_layout_get_objects_len(layout) != 1 ||
		tenon_layout_get_modifier(layout) != DRM_FORMAT_MOD_LINEAR) {
		return false;
	}
	tenon_layout_get_size(layout, NULL, &height);
	tenon_layout_get_plane(layout, 0, &first);
	offset = first.offset + (uint64_t)first.pitch * height;
	for (size_t i = 1; i < tenon_layout_get_planes_len(layout); i++) {
		unsigned bytes0, bytes, hsub, vsub;
		uint32_t rows;

		tenon_layout_get_plane(layout, i, &plane);
		tenon_format_get_plane(format, 0, &bytes0, NULL, NULL, NULL);
		tenon_format_get_plane(format, (unsigned)i, &bytes, NULL, &hsub, &vsub);
		rows = (height + vsub - 1) / vsub;
		if (plane.offset != offset ||
			(uint64_t)plane.pitch * hsub * bytes0 != (uint64_t)first.pitch * bytes) {
			return false;
		}
		offset += (uint64_t)plane.pitch * rows;
	}
	return true;
}

/*
 * The pool is as large as the object, in whole blocks of the file: on huge pages a compositor could
 * not unmap anything else.
 */
static int pool_size(int fd, uint64_t bytes, int32_t *out)
{
	struct stat st;
	uint64_t block;

	if (fstat(fd, &st) != 0) {
		return -errno;
	}
	block = st.st_blksize > 0 ? (uint64_t)st.st_blksize : 1;
	bytes = (bytes + block - 1) / block * block;
	if (bytes > (uint64_t)st.st_size) {
		bytes = (uint64_t)st.st_size; /* not in whole blocks itself, so neither mapped so */
	}
	if (bytes > INT32_MAX) {
		return -EOVERFLOW;
	}
	*out = (int32_t)bytes;
	return 0;
}

static uint32_t shm_format_of(uint32_t fourcc)
{
	switch (fourcc) {
	case DRM_FORMAT_ARGB8888:
		return WL_SHM_FORMAT_ARGB8888;
	case DRM_FORMAT_XRGB8888:
		return WL_SHM_FORMAT_XRGB8888;
	default:
		return fourcc;
	}
}

static int create_shm(struct tenon_client *client,
	const struct tenon_client_buffer_options *options, struct wl_buffer **out, char *reason,
	size_t reason_size)
{
	const struct tenon_layout *layout = options->layout;
	uint32_t fourcc = tenon_format_get_fourcc(tenon_layout_get_format(layout));
	uint64_t bytes = tenon_layout_get_object_size(layout, 0);
	struct tenon_plane_layout plane;
	struct wl_shm_pool *pool;
	uint32_t width, height;
	int32_t size = 0;
	int err;

	tenon_layout_get_size(layout, &width, &height);
	tenon_layout_get_plane(layout, 0, &plane);
	if (!tenon_client_has_shm_format(client, fourcc)) {
		return say(reason, reason_size, -ENOTSUP, "the format is not among wl_shm's");
	}
	if (!suits_shm(layout)) {
		return say(reason, reason_size, -ENOTSUP, "wl_shm cannot carry the layout");
	}
	if (plane.pitch > INT32_MAX || plane.offset > INT32_MAX || width > INT32_MAX ||
		height > INT32_MAX) {
		return say(reason, reason_size, -EOVERFLOW, "too large for wl_shm");
	}
	err = pool_size(options->fds[0], bytes, &size);
	if (err != 0) {
		return say(reason, reason_size, err, "the memory does not fit a wl_shm pool");
	}
	pool = wl_shm_create_pool(client->shm, options->fds[0], size);
	if (pool == NULL) {
		return -ENOMEM;
	}
	*out = wl_shm_pool_create_buffer(pool, (int32_t)plane.offset, (int32_t)width,
		(int32_t)height, (int32_t)plane.pitch, shm_format_of(fourcc));
	wl_shm_pool_destroy(pool);
	return *out != NULL ? 0 : -ENOMEM;
}

static void handle_accepted(void *data, struct tenon_described_buffer_v1 *described)
{
	struct tenon_client_buffer *buffer = data;

	buffer->described = TENON_CLIENT_DESCRIBED_ACCEPTED;
}

static void handle_rejected(
	void *data, struct tenon_described_buffer_v1 *described, uint32_t reason, const char *text)
{
	struct tenon_client_buffer *buffer = data;

	buffer->described = TENON_CLIENT_DESCRIBED_REJECTED;
	wire_text(buffer->described_text, WIRE_TEXT_MAX, text);
}

static const struct tenon_described_buffer_v1_listener described_listener = {
	.accepted = handle_accepted,
	.rejected = handle_rejected,
};

static int describe(
	struct tenon_client_buffer *buffer, const struct tenon_client_buffer_options *options)
{
	struct tenon_negotiation_v1 *negotiation =
		options->negotiation != NULL ? negotiation_get_proxy(options->negotiation) : NULL;

	if (negotiation == NULL) {
		return 0;
	}
	buffer->described_proxy = tenon_negotiation_v1_describe_buffer(negotiation, buffer->proxy);
	if (buffer->described_proxy == NULL) {
		return -ENOMEM;
	}
	tenon_described_buffer_v1_add_listener(
		buffer->described_proxy, &described_listener, buffer);
	for (size_t i = 0; i < options->fds_len; i++) {
		tenon_described_buffer_v1_add_object(
			buffer->described_proxy, (uint32_t)i, options->fds[i]);
	}
	tenon_described_buffer_v1_submit(buffer->described_proxy);
	buffer->described = TENON_CLIENT_DESCRIBED_PENDING;
	return 0;
}

/* Tries the transports that are accepted and there, best first. */
static int create_proxy(struct tenon_client_buffer *buffer,
	const struct tenon_client_buffer_options *options, uint32_t transports, char *reason,
	size_t reason_size)
{
	struct tenon_client *client = buffer->client;
	uint32_t by_dmabuf = transports & (options->dmabuf ? TENON_CLIENT_TRANSPORT_DMABUF
							   : TENON_CLIENT_TRANSPORT_EMULATED);
	char why[128] = "";
	int err = say(reason, reason_size, -ENOTSUP, "the compositor has none of the transports");

	if (by_dmabuf != 0 && client->dmabuf != NULL) {
		err = create_dmabuf(client, options, &buffer->proxy, why, sizeof(why));
		if (err == 0) {
			buffer->transport = (enum tenon_client_transport)by_dmabuf;
			snprintf(buffer->transport_text, sizeof(buffer->transport_text), "%s",
				options->dmabuf ? "linux-dmabuf: the memory is a dma-buf"
						: "linux-dmabuf with a memfd (emulation)");
			return 0;
		}
		say(reason, reason_size, err, why);
		if (err != -EIO && err != -EOVERFLOW) {
			return err;
		}
	} else if (client->dmabuf == NULL && by_dmabuf != 0) {
		snprintf(why, sizeof(why), "the compositor does not have linux-dmabuf");
	}
	if ((transports & TENON_CLIENT_TRANSPORT_SHM) != 0 && client->shm != NULL) {
		err = create_shm(client, options, &buffer->proxy, reason, reason_size);
		buffer->transport = TENON_CLIENT_TRANSPORT_SHM;
		snprintf(buffer->transport_text, sizeof(buffer->transport_text), "wl_shm: %s",
			why[0] != '\0'    ? why
			: options->dmabuf ? "asked for"
					  : "the memory is no dma-buf");
	}
	return err;
}

static bool options_are_valid(const struct tenon_client_buffer_options *options)
{
	if (options->size != sizeof(*options) || options->layout == NULL || options->fds == NULL ||
		options->fds_len != tenon_layout_get_objects_len(options->layout)) {
		return false;
	}
	for (size_t i = 0; i < options->fds_len; i++) {
		if (options->fds[i] < 0) {
			return false;
		}
	}
	return true;
}

int tenon_client_buffer_create(struct tenon_client_buffer **out, struct tenon_client *client,
	const struct tenon_client_buffer_options *options, char *reason, size_t reason_size)
{
	struct tenon_client_buffer *buffer;
	uint32_t transports;
	int err;

	if (!options_are_valid(options)) {
		return say(reason, reason_size, -EINVAL, "invalid options");
	}
	buffer = calloc(1, sizeof(*buffer));
	if (buffer == NULL) {
		return say(reason, reason_size, -ENOMEM, "out of memory");
	}
	buffer->client = client;
	transports = options->transports;
	if (transports == 0) {
		transports = options->dmabuf ? TENON_CLIENT_TRANSPORT_DMABUF
					     : TENON_CLIENT_TRANSPORT_SHM;
	}
	err = create_proxy(buffer, options, transports, reason, reason_size);
	if (err == 0) {
		err = describe(buffer, options);
	}
	if (err != 0) {
		tenon_client_buffer_destroy(buffer);
		return err;
	}
	/* nothing comes for it before it is attached, so no event is on the wrong queue */
	wl_proxy_set_queue((struct wl_proxy *)buffer->proxy, client->buffer_queue);
	*out = buffer;
	return 0;
}

void tenon_client_buffer_destroy(struct tenon_client_buffer *buffer)
{
	if (buffer == NULL) {
		return;
	}
	if (buffer->described_proxy != NULL) {
		tenon_described_buffer_v1_destroy(buffer->described_proxy);
	}
	if (buffer->proxy != NULL) {
		wl_buffer_destroy(buffer->proxy);
	}
	free(buffer);
}

struct wl_buffer *tenon_client_buffer_get_wl_buffer(const struct tenon_client_buffer *buffer)
{
	return buffer->proxy;
}

enum tenon_client_transport tenon_client_buffer_get_transport(
	const struct tenon_client_buffer *buffer)
{
	return buffer->transport;
}

const char *tenon_client_buffer_get_transport_text(const struct tenon_client_buffer *buffer)
{
	return buffer->transport_text;
}

enum tenon_client_described tenon_client_buffer_get_described(
	const struct tenon_client_buffer *buffer, const char **text)
{
	if (text != NULL) {
		*text = buffer->described == TENON_CLIENT_DESCRIBED_REJECTED
				? buffer->described_text
				: NULL;
	}
	return buffer->described;
}
