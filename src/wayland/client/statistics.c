/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <string.h>

struct query {
	struct tenon_client_statistics *out;
	bool done;
};

static void handle_frames(void *data, struct tenon_surface_statistics_v1 *proxy,
	uint32_t commits_hi, uint32_t commits_lo, uint32_t shown_hi, uint32_t shown_lo)
{
	struct query *query = data;

	query->out->commits = wire_u64(commits_hi, commits_lo);
	query->out->shown = wire_u64(shown_hi, shown_lo);
}

static void handle_copies(void *data, struct tenon_surface_statistics_v1 *proxy, uint32_t kind,
	uint32_t count_hi, uint32_t count_lo, uint32_t bytes_hi, uint32_t bytes_lo)
{
	struct query *query = data;
	uint64_t count = wire_u64(count_hi, count_lo);
	uint64_t bytes = wire_u64(bytes_hi, bytes_lo);

	switch (kind) {
	case TENON_SURFACE_STATISTICS_V1_COPY_UPLOAD:
		query->out->uploads = count;
		query->out->upload_bytes = bytes;
		break;
	case TENON_SURFACE_STATISTICS_V1_COPY_COMPOSITION:
		query->out->compositions = count;
		query->out->composition_bytes = bytes;
		break;
	default:
		query->out->others += count;
		query->out->other_bytes += bytes;
		break;
	}
}

static void handle_done(void *data, struct tenon_surface_statistics_v1 *proxy)
{
	struct query *query = data;

	query->done = true;
}

static const struct tenon_surface_statistics_v1_listener statistics_listener = {
	.frames = handle_frames,
	.copies = handle_copies,
	.done = handle_done,
};

int tenon_client_get_statistics(struct tenon_client *client, struct wl_surface *surface,
	struct tenon_client_statistics *out)
{
	struct tenon_surface_statistics_v1 *proxy;
	struct query query = {.out = out};
	int err;

	if (out->size != sizeof(*out)) {
		return -EINVAL;
	}
	if (client->manager == NULL ||
		(client->capabilities & TENON_BUFFER_CONSTRAINTS_V1_CAPABILITY_STATISTICS) == 0) {
		return -ENOTSUP;
	}
	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	proxy = tenon_buffer_constraints_v1_get_surface_statistics(client->manager, surface);
	if (proxy == NULL) {
		return -ENOMEM;
	}
	tenon_surface_statistics_v1_add_listener(proxy, &statistics_listener, &query);
	tenon_surface_statistics_v1_query(proxy);
	err = client_wait(client, &query.done);
	tenon_surface_statistics_v1_destroy(proxy);
	return err;
}
