/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <errno.h>
#include <string.h>

#include <tenon/device.h>

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
	struct tenon_text_error error = {.size = sizeof(error)};
	const struct tenon_device_table *table;
	const struct tenon_device_entry *entry;
	uint32_t roles;
	int err = tenon_context_get_device_table(buffers->context, &table);

	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "the device table: %s", strerror(-err));
	}
	err = tenon_device_table_parse_device(table, text, &entry, &roles, &error);
	if (err == -ENOMEM) {
		return buffers_fail(buffers, STATUS_FAILED, "%s", strerror(ENOMEM));
	}
	if (err != 0) {
		return buffers_fail(buffers, STATUS_USAGE, "%s", error.text);
	}
	return add(buffers, tenon_offer_ref(tenon_device_entry_get_offer(entry)), roles);
}

enum status buffers_add_offer(struct buffers *buffers, struct tenon_offer *offer, uint32_t roles)
{
	return add(buffers, tenon_offer_ref(offer), roles);
}
