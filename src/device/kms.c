/* SPDX-License-Identifier: MIT */
#include "device/kms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int read_properties(struct kms_object *object, int fd, const drmModeObjectProperties *list)
{
	object->properties = calloc(list->count_props + 1, sizeof(*object->properties));
	if (object->properties == NULL) {
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < list->count_props; i++) {
		struct kms_property *property = &object->properties[object->len];
		drmModePropertyRes *info = drmModeGetProperty(fd, list->props[i]);

		if (info == NULL) {
			continue; /* it went */
		}
		property->id = list->props[i];
		property->value = list->prop_values[i];
		memcpy(property->name, info->name, sizeof(property->name));
		property->name[sizeof(property->name) - 1] = '\0';
		object->len++;
		drmModeFreeProperty(info);
	}
	return 0;
}

int kms_object_init(struct kms_object *object, int fd, uint32_t id, uint32_t type)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(fd, id, type);
	int ret;

	*object = (struct kms_object){.id = id};
	if (list == NULL) {
		return errno != 0 ? -errno : -ENOMEM;
	}
	ret = read_properties(object, fd, list);
	drmModeFreeObjectProperties(list);
	return ret;
}

void kms_object_finish(struct kms_object *object)
{
	free(object->properties);
	*object = (struct kms_object){0};
}

const struct kms_property *kms_object_find(const struct kms_object *object, const char *name)
{
	for (size_t i = 0; i < object->len; i++) {
		if (strcmp(object->properties[i].name, name) == 0) {
			return &object->properties[i];
		}
	}
	return NULL;
}

uint64_t kms_object_get(const struct kms_object *object, const char *name, uint64_t fallback)
{
	const struct kms_property *property = kms_object_find(object, name);

	return property != NULL ? property->value : fallback;
}

int kms_object_set(const struct kms_object *object, drmModeAtomicReq *request, const char *name,
	uint64_t value)
{
	const struct kms_property *property = kms_object_find(object, name);
	int ret;

	if (property == NULL) {
		return -ENOENT;
	}
	ret = drmModeAtomicAddProperty(request, object->id, property->id, value);
	return ret < 0 ? ret : 0;
}
