/* SPDX-License-Identifier: MIT */

/*
 * Who will touch a bo: the DRM device itself, what TENON_DEVICES and tenon.ini name for this
 * program. TENON_DEVICES is "NAME[:ROLE[+ROLE]]", separated by commas or spaces; without roles a
 * device takes part in any role it offers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

#include <tenon/config.h>
#include <tenon/context.h>

#include "gbm/device.h"

#define NAME_MAX_BYTES 64
#define SEPARATORS ", \t"

uint32_t tg_roles_of_usage(uint32_t usage)
{
	uint32_t roles = 0;
	roles |= usage & GBM_BO_USE_SCANOUT ? TENON_ROLE_SCANOUT : 0;
	roles |= usage & GBM_BO_USE_CURSOR ? TENON_ROLE_CURSOR : 0;
	roles |= usage & GBM_BO_USE_RENDERING ? TENON_ROLE_RENDER : 0;
	return roles;
}

static uint32_t roles_offered(const struct tenon_offer *offer)
{
	uint32_t all = 0;
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		uint32_t roles = 0;
		tenon_offer_get_alternative(offer, i, &roles, NULL, NULL, NULL);
		all |= roles;
	}
	return all;
}

uint32_t tg_participant_roles(const struct tg_participant *participant, uint32_t usage)
{
	if (participant->roles != 0) {
		return participant->roles;
	}
	/* A display that is asked for a render target is not who renders: kmsro's GPU is. */
	return tg_roles_of_usage(usage) & roles_offered(participant->offer);
}

static int parse_roles(const char *text, size_t len, uint32_t *out)
{
	*out = 0;
	while (len > 0) {
		char name[NAME_MAX_BYTES];
		size_t part = 0;
		while (part < len && text[part] != '+') {
			part++;
		}
		uint32_t roles;
		if (part == 0 || part >= sizeof(name)) {
			return -EINVAL;
		}
		memcpy(name, text, part);
		name[part] = '\0';
		if (tenon_role_from_name(&roles, name) < 0) {
			return -EINVAL;
		}
		*out |= roles;
		part += part < len;
		text += part;
		len -= part;
	}
	return 0;
}

static int add_participant(struct tg_device *device, struct tenon_offer *offer, uint32_t roles)
{
	if (device->participants_len == TG_PARTICIPANTS_MAX) {
		return -E2BIG;
	}
	device->participants[device->participants_len++] =
		(struct tg_participant){.offer = offer, .roles = roles};
	return 0;
}

/* One "NAME[:ROLES]". */
static int add_named(struct tg_device *device, const char *text, size_t len, const char *where)
{
	char name[NAME_MAX_BYTES];
	struct tenon_offer *offer = NULL;
	uint32_t roles = 0;
	const char *colon = memchr(text, ':', len);
	size_t name_len = colon != NULL ? (size_t)(colon - text) : len;
	if (name_len == 0 || name_len >= sizeof(name)) {
		tenon_context_log(device->context, TENON_LOG_ERROR,
			"gbm: %s: \"%.*s\" is no device's name", where, (int)len, text);
		return -EINVAL;
	}
	memcpy(name, text, name_len);
	name[name_len] = '\0';
	if (colon != NULL && parse_roles(colon + 1, len - name_len - 1, &roles) < 0) {
		tenon_context_log(device->context, TENON_LOG_ERROR,
			"gbm: %s: \"%.*s\": expected roles such as scanout+render after the colon",
			where, (int)len, text);
		return -EINVAL;
	}
	int ret = tenon_context_find_device(device->context, name, &offer);
	if (ret == 0) {
		ret = add_participant(device, offer, roles);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
		tenon_context_log(device->context, TENON_LOG_ERROR, "gbm: %s: device \"%s\": %s",
			where, name,
			ret == -ENOENT ? "not in the device table (tenon devices)"
				       : strerror(-ret));
	}
	return ret;
}

static int add_list(struct tg_device *device, const char *list, const char *where)
{
	int ret = 0;
	while (ret == 0 && *(list += strspn(list, SEPARATORS)) != '\0') {
		size_t len = strcspn(list, SEPARATORS);
		ret = add_named(device, list, len, where);
		list += len;
	}
	return ret;
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

static int add_self(struct tg_device *device)
{
	struct tenon_offer *offer = NULL;
	int ret = tenon_context_find_device(device->context, device->driver, &offer);
	if (ret == -ENOENT) {
		ret = create_unknown(&offer, device->driver);
	}
	if (ret == 0) {
		ret = add_participant(device, offer, 0);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
	}
	return ret;
}

int tg_participants_init(struct tg_device *device)
{
	int ret = device->drm ? add_self(device) : 0;
	const char *list = secure_getenv("TENON_DEVICES");
	if (ret == 0 && list != NULL) {
		ret = add_list(device, list, "TENON_DEVICES");
	}
	const struct tenon_config *config = tenon_context_get_config(device->context);
	const char *const *names = tenon_config_get_program_devices(config, NULL);
	for (size_t i = 0; ret == 0 && names != NULL && names[i] != NULL; i++) {
		ret = add_named(device, names[i], strlen(names[i]), "tenon.ini");
	}
	return ret;
}

void tg_participants_finish(struct tg_device *device)
{
	for (size_t i = 0; i < device->participants_len; i++) {
		tenon_offer_unref(device->participants[i].offer);
	}
	device->participants_len = 0;
}
