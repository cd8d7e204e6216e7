/* SPDX-License-Identifier: MIT */
#ifndef TENON_KMS_OBJECT_H
#define TENON_KMS_OBJECT_H

/*
 * An object of the atomic interface (connector, CRTC, plane), with its properties by name and the
 * values they had at first.
 */

#include <stddef.h>
#include <stdint.h>

#include <xf86drmMode.h>

struct screen_object {
	uint32_t id, type;
	drmModePropertyPtr *properties; /* len of them; NULL among them: it went */
	uint64_t *before;               /* the values at first */
	uint32_t len;
};

struct object_setting {
	const char *name;
	uint64_t value;
};

/* 0, -ENODEV or -ENOMEM. Ends with object_finish(), which does nothing to a zeroed object. */
int object_init(struct screen_object *object, int fd, uint32_t id, uint32_t type);
void object_finish(struct screen_object *object);

/* The value at first; 0: there is no such property. */
uint64_t object_value_before(const struct screen_object *object, const char *name);

/* Adds a value to a request. -ENOTSUP, and a message: there is no such property. */
int object_set(drmModeAtomicReq *request, const struct screen_object *object, const char *name,
	uint64_t value);

/* Several values, until the first failure. */
int object_set_all(drmModeAtomicReq *request, const struct screen_object *object,
	const struct object_setting *settings, size_t len);

/* The values at first of several properties, until the first failure. */
int object_set_before(drmModeAtomicReq *request, const struct screen_object *object,
	const char *const *names, size_t len);

#endif
