/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>

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

static enum status add(struct buffers *buffers, struct tenon_offer *offer, uint32_t roles)
{
	if (buffers->own_len == BUFFERS_DEVICES_MAX) {
		tenon_offer_unref(offer);
		return buffers_fail(
			buffers, STATUS_USAGE, "more than %d devices", BUFFERS_DEVICES_MAX);
	}
	buffers->own[buffers->own_len++] =
		(struct tenon_participant){.offer = offer, .roles = roles};
	return STATUS_OK;
}

enum status buffers_add_device(struct buffers *buffers, const char *text)
{
	struct tenon_offer *offer;
	uint32_t roles = 0;
	char name[128];
	char *colon;
	int err;

	snprintf(name, sizeof(name), "%s", text);
	colon = strchr(name, ':');
	if (colon != NULL) {
		*colon = '\0';
		if (!parse_roles(colon + 1, &roles)) {
			return buffers_fail(buffers, STATUS_USAGE, "%s: no such role", text);
		}
	}
	err = tenon_context_find_device(buffers->context, name, &offer);
	if (err == -ENOENT) {
		return buffers_fail(
			buffers, STATUS_USAGE, "the device table does not have \"%s\"", name);
	}
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "the device table: %s", strerror(-err));
	}
	return add(buffers, offer, roles);
}

enum status buffers_add_offer(struct buffers *buffers, struct tenon_offer *offer, uint32_t roles)
{
	return add(buffers, tenon_offer_ref(offer), roles);
}
