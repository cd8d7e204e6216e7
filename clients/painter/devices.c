/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <tenon/device.h>

#include "painter.h"

static enum status find(
	struct painter *painter, const struct tenon_device_table *table, const char *text)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	struct tenon_participant *device = &painter->own[painter->own_len];
	const struct tenon_device_entry *entry;
	int err = tenon_device_table_parse_device(table, text, &entry, &device->roles, &error);

	if (err == -ENOMEM) {
		return painter_fail(painter, STATUS_FAILED, "%s", strerror(ENOMEM));
	}
	if (err != 0) {
		return painter_fail(painter, STATUS_USAGE, "%s", error.text);
	}
	device->offer = tenon_offer_ref(tenon_device_entry_get_offer(entry));
	painter->own_len++;
	return STATUS_OK;
}

/* The CPU paints, so it is always one of them. */
enum status devices_find(struct painter *painter)
{
	const struct tenon_device_table *table;
	enum status status;
	int err = tenon_context_get_device_table(painter->context, &table);

	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "the device table: %s", strerror(-err));
	}
	status = find(painter, table, "cpu:cpu");
	for (size_t i = 0; i < painter->options.devices_len && status == STATUS_OK; i++) {
		status = find(painter, table, painter->options.devices[i]);
	}
	return status;
}
