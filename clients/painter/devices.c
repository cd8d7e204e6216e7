/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>

#include "painter.h"

/* "scanout+cpu" as a mask; changes the text. */
static bool parse_roles(char *text, uint32_t *roles)
{
	char *rest = NULL;

	for (char *word = strtok_r(text, "+", &rest); word != NULL;
		word = strtok_r(NULL, "+", &rest)) {
		uint32_t role;

		if (tenon_role_from_name(&role, word) != 0) {
			return false;
		}
		*roles |= role;
	}
	return true;
}

static enum status find(struct painter *painter, const char *text)
{
	struct tenon_participant *device = &painter->own[painter->own_len];
	char name[128];
	char *colon;
	int err;

	snprintf(name, sizeof(name), "%s", text);
	device->roles = 0;
	colon = strchr(name, ':');
	if (colon != NULL) {
		*colon = '\0';
		if (!parse_roles(colon + 1, &device->roles)) {
			return painter_fail(painter, STATUS_USAGE, "%s: no such role", text);
		}
	}
	err = tenon_context_find_device(painter->context, name, &device->offer);
	if (err == -ENOENT) {
		return painter_fail(
			painter, STATUS_USAGE, "the device table does not have \"%s\"", name);
	}
	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "the device table: %s", strerror(-err));
	}
	painter->own_len++;
	return STATUS_OK;
}

/* The CPU paints, so it is always one of them. */
enum status devices_find(struct painter *painter)
{
	enum status status = find(painter, "cpu:cpu");

	for (size_t i = 0; i < painter->options.devices_len && status == STATUS_OK; i++) {
		status = find(painter, painter->options.devices[i]);
	}
	return status;
}
