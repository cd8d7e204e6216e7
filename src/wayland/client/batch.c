/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

void batch_finish(struct batch *batch)
{
	for (size_t t = 0; t < batch->tranches_len; t++) {
		struct batch_tranche *tranche = &batch->tranches[t];

		for (size_t d = 0; d < tranche->devices_len; d++) {
			tenon_offer_unref(tranche->devices[d].offer);
		}
	}
	memset(batch, 0, sizeof(*batch));
}

int batch_add(struct batch *batch, bool scanout, struct tenon_offer *offer, uint32_t roles)
{
	struct batch_tranche *tranche;

	if (batch->tranches_len >= BATCH_TRANCHES_MAX) {
		tenon_offer_unref(offer);
		return -E2BIG;
	}
	tranche = &batch->tranches[batch->tranches_len++];
	tranche->scanout = scanout;
	tranche->devices[0].offer = offer;
	tranche->devices[0].roles = roles;
	tranche->devices_len = 1;
	return 0;
}

/* What wl_shm can carry: one stride for all, in whole pixels, as renderers count it. */
static int set_shm_limits(struct tenon_limits *limits)
{
	int err = tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE_PIXELS, TENON_PLANE_ALL, 1);

	if (err == 0) {
		err = tenon_limits_set(limits, TENON_PROP_PITCH_MAX, TENON_PLANE_ALL, INT32_MAX);
	}
	if (err == 0) {
		err = tenon_limits_set(
			limits, TENON_PROP_OBJECTS, TENON_PLANE_ALL, TENON_OBJECTS_ONE);
	}
	if (err == 0) {
		err = tenon_limits_set_source(
			limits, TENON_PROP_PITCH_MULTIPLE_PIXELS, "wl_shm as renderers read it");
	}
	return err;
}

static int add_shm(struct tenon_offer *offer, const struct tenon_client *client)
{
	size_t len = client->shm_formats.size / sizeof(uint32_t);
	const uint32_t *fourccs = client->shm_formats.data;
	struct tenon_format_modifier *pairs = NULL;
	struct tenon_limits *limits = NULL;
	int err = -ENOMEM;

	pairs = calloc(len > 0 ? len : 1, sizeof(*pairs));
	if (pairs == NULL) {
		goto out;
	}
	err = tenon_limits_create(&limits);
	if (err != 0) {
		goto out;
	}
	for (size_t i = 0; i < len; i++) {
		pairs[i].format = fourccs[i];
		pairs[i].modifier = DRM_FORMAT_MOD_LINEAR;
	}
	err = set_shm_limits(limits);
	if (err == 0) {
		err = tenon_offer_add(
			offer, TENON_ROLE_CPU | TENON_ROLE_RENDER, pairs, len, limits);
	}
out:
	tenon_limits_destroy(limits);
	free(pairs);
	return err;
}

int batch_fallback(struct batch *batch, const struct tenon_client *client)
{
	struct tenon_offer *offer;
	int err = tenon_offer_create(&offer, "compositor");

	if (err != 0) {
		return err;
	}
	if (client->source == TENON_CLIENT_SOURCE_DMABUF_FORMATS) {
		err = tenon_offer_add(offer, TENON_ROLE_RENDER, client->pairs.data,
			client->pairs.size / sizeof(struct tenon_format_modifier), NULL);
	} else {
		err = add_shm(offer, client);
	}
	if (err != 0) {
		tenon_offer_unref(offer);
		return err == -ENOMEM ? err : -EPROTO; /* it announced no format */
	}
	return batch_add(batch, false, offer, 0);
}
