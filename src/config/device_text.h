/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_DEVICE_TEXT_H
#define TENON_CONFIG_DEVICE_TEXT_H

/*
 * Devices in text: a section [device NAME] and, for each alternative of its offer, a section
 * [alternative]. Texts of offers and device tables are read alike; a table's devices have keys
 * beside.
 */

#include <stdbool.h>
#include <stddef.h>

#include <tenon/constraint.h>

#include "base/text_buf.h"
#include "config/limits_text.h"
#include "config/text.h"
#include "config/value.h"

/* What a text may hold; a text with more is refused. */
#define DEVICE_NAME_MAX 40
#define DEVICE_ALTERNATIVES_MAX 256
#define DEVICE_PAIRS_MAX 4096        /* of one alternative */
#define DEVICE_TOTAL_PAIRS (1 << 18) /* of the whole text */
#define DEVICES_MAX 4096

/* A set of properties; all zeroes is empty. */
struct property_set {
	uint64_t bits[PROPERTY_MAX / 64];
};

bool property_set_has(const struct property_set *set, enum tenon_property property);

struct device_text {
	char *name;
	struct value_text driver, bus, description, note;
	struct tenon_offer *offer;
	struct property_set lifted; /* what an IOMMU that translates lifts */
	unsigned line;              /* where it begins */
};

/* Called for each device; takes what it wants out of *device and leaves NULL in its place. Returns
 * 0, -ENOMEM, or as text_fail(). */
typedef int (*device_text_emit)(void *data, struct text_reader *reader, struct device_text *device);

/* Whether the text is a device table: keys bus, description and so on are known, and a device
 * without alternatives is an error. Otherwise as text_read(). */
int device_text_read(const char *text, size_t len, const char *name, bool table,
	device_text_emit emit, void *data, struct tenon_text_error *error);

/* Writes a device. Returns 0; -EINVAL when a name in it cannot be written; -E2BIG when there is
 * more of something than a text may hold. */
int device_text_write(struct text_buf *buf, const struct device_text *device);

void device_text_finish(struct device_text *device);

#endif
