/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_KMS_H
#define TENON_DEVICE_KMS_H

/* KMS objects and their properties, read once. */

#include <stddef.h>
#include <stdint.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

struct kms_property {
	uint32_t id;
	uint64_t value;
	char name[DRM_PROP_NAME_LEN];
};

struct kms_object {
	uint32_t id;
	struct kms_property *properties;
	size_t len;
};

/* Reads an object's properties, type is DRM_MODE_OBJECT_...; undone by kms_object_finish(). 0 or a
 * negative errno. */
int kms_object_init(struct kms_object *object, int fd, uint32_t id, uint32_t type);
void kms_object_finish(struct kms_object *object);

/* The property of a name, or NULL. */
const struct kms_property *kms_object_find(const struct kms_object *object, const char *name);

/* The value of a property; fallback where there is none of this name. */
uint64_t kms_object_get(const struct kms_object *object, const char *name, uint64_t fallback);

/* Adds "property = value" to a commit; -ENOENT when the object has none of this name. */
int kms_object_set(const struct kms_object *object, drmModeAtomicReq *request, const char *name,
	uint64_t value);

#endif
