/* SPDX-License-Identifier: MIT */

/*
 * Who will touch a bo: the DRM device itself, the other half of it (partner.c), software GL where
 * Mesa draws with it, what TENON_DEVICES and tenon.ini name for this program.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include <tenon/config.h>
#include <tenon/context.h>
#include <tenon/device.h>

#include "gbm/device.h"

uint32_t tg_roles_of_usage(uint32_t usage)
{
	uint32_t roles = 0;
	roles |= usage & GBM_BO_USE_SCANOUT ? TENON_ROLE_SCANOUT : 0;
	roles |= usage & GBM_BO_USE_CURSOR ? TENON_ROLE_CURSOR : 0;
	roles |= usage & GBM_BO_USE_RENDERING ? TENON_ROLE_RENDER : 0;
	return roles;
}

uint32_t tg_participant_roles(const struct tenon_participant *participant, uint32_t usage)
{
	if (participant->roles != 0) {
		return participant->roles;
	}
	/* A display that is asked for a render target is not who renders: kmsro's GPU is. */
	return tg_roles_of_usage(usage) & tenon_offer_get_roles(participant->offer);
}

static int fail(const struct tg_device *device, int ret, const char *where, const char *why)
{
	tenon_context_log(device->context, TENON_LOG_ERROR, "gbm: %s: %s", where,
		ret != -ENOMEM ? why : strerror(ENOMEM));
	return ret;
}

/* Takes ownership of the offer on success. */
static int add_participant(struct tg_device *device, struct tenon_offer *offer, uint32_t roles)
{
	if (device->participants_len == TG_PARTICIPANTS_MAX) {
		return -E2BIG;
	}
	device->participants[device->participants_len++] =
		(struct tenon_participant){.offer = offer, .roles = roles};
	return 0;
}

static int add_list(struct tg_device *device, const struct tenon_device_table *table,
	const char *list, const char *where)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	size_t len = 0;
	int ret = tenon_device_table_parse_devices(table, list,
		&device->participants[device->participants_len],
		TG_PARTICIPANTS_MAX - device->participants_len, &len, &error);
	if (ret < 0) {
		return fail(device, ret, where, error.text);
	}
	device->participants_len += len;
	return 0;
}

/* One device: in tenon.ini a name may hold what separates those of a list. */
static int add_named(struct tg_device *device, const struct tenon_device_table *table,
	const char *text, const char *where)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	const struct tenon_device_entry *entry;
	uint32_t roles;
	int ret = tenon_device_table_parse_device(table, text, &entry, &roles, &error);
	if (ret < 0) {
		return fail(device, ret, where, error.text);
	}
	struct tenon_offer *offer = tenon_offer_ref(tenon_device_entry_get_offer(entry));
	ret = add_participant(device, offer, roles);
	if (ret < 0) {
		tenon_offer_unref(offer);
		return fail(device, ret, where, "too many devices");
	}
	return 0;
}

/* A device the table does not know: any linear buffer, as far as anybody can tell. */
static int create_unknown(struct tenon_offer **out, const char *name)
{
	const struct tenon_format_modifier any = {TENON_FORMAT_ANY, DRM_FORMAT_MOD_LINEAR};
	struct tenon_offer *offer = NULL;
	struct tenon_limits *limits = NULL;
	int ret = tenon_offer_create(&offer, name);
	if (ret == 0) {
		ret = tenon_limits_create(&limits);
	}
	if (ret == 0) {
		tenon_limits_set_unknown(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL);
		tenon_limits_set_unknown(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL);
		ret = tenon_offer_add(offer, TENON_ROLE_ANY, &any, 1, limits);
	}
	tenon_limits_destroy(limits);
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	*out = offer;
	return 0;
}

/* What the kernel tells of its planes, and the table of its needs. */
static int create_self(struct tenon_offer **out, struct tg_device *device)
{
	const struct tenon_device_table *table = NULL;
	int ret = tenon_context_get_device_table(device->context, &table);
	if (ret == 0) {
		ret = tenon_drm_device_create_offer(out, device->drm_device, table, NULL);
	}
	/* neither planes nor a render node, as vgem's card */
	return ret == -ENOTSUP ? create_unknown(out, device->driver) : ret;
}

static int add_self(struct tg_device *device)
{
	struct tenon_offer *offer = NULL;
	int ret = create_self(&offer, device);
	if (ret == 0) {
		ret = add_participant(device, offer, 0);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
	}
	return ret;
}

/* Software GL crashes where rows do not begin as it needs them. */
static int add_software(struct tg_device *device)
{
	struct tenon_offer *offer = NULL;
	int ret = tenon_context_find_device(device->context, "llvmpipe", &offer);
	if (ret == 0) {
		ret = add_participant(device, offer, TENON_ROLE_RENDER);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
	}
	return ret == -ENOENT ? 0 : ret; /* a table of the user's own */
}

/* What the environment and the settings name. */
static int add_asked_for(struct tg_device *device)
{
	const char *list = secure_getenv("TENON_DEVICES");
	const struct tenon_config *config = tenon_context_get_config(device->context);
	const char *const *names = tenon_config_get_program_devices(config, NULL);
	const struct tenon_device_table *table;
	if (list == NULL && names == NULL) {
		return 0;
	}
	int ret = tenon_context_get_device_table(device->context, &table);
	if (ret == 0 && list != NULL) {
		ret = add_list(device, table, list, "TENON_DEVICES");
	}
	for (size_t i = 0; ret == 0 && names != NULL && names[i] != NULL; i++) {
		ret = add_named(device, table, names[i], "tenon.ini");
	}
	return ret;
}

int tg_participants_init(struct tg_device *device)
{
	int ret = device->drm ? add_self(device) : 0;
	if (ret == 0 && device->drm) {
		ret = tg_partner_init(device);
	}
	if (ret == 0 && device->software) {
		ret = add_software(device);
	}
	device->own_len = device->participants_len;
	return ret == 0 ? add_asked_for(device) : ret;
}

void tg_participants_finish(struct tg_device *device)
{
	for (size_t i = 0; i < device->participants_len; i++) {
		tenon_offer_unref(device->participants[i].offer);
	}
	device->participants_len = 0;
	tenon_offer_unref(device->self);
	tenon_offer_unref(device->partner);
	device->self = device->partner = NULL;
}
