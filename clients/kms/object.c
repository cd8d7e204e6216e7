/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void object_finish(struct screen_object *object)
{
	for (uint32_t i = 0; i < object->len; i++) {
		drmModeFreeProperty(object->properties[i]);
	}
	free(object->properties);
	free(object->before);
	*object = (struct screen_object){.id = 0};
}

int object_init(struct screen_object *object, int fd, uint32_t id, uint32_t type)
{
	drmModeObjectProperties *list = drmModeObjectGetProperties(fd, id, type);

	if (list == NULL) {
		return -ENODEV;
	}
	*object = (struct screen_object){.id = id, .type = type};
	object->properties = calloc(list->count_props + 1, sizeof(drmModePropertyPtr));
	object->before = calloc(list->count_props + 1, sizeof(*object->before));
	if (object->properties != NULL && object->before != NULL) {
		object->len = list->count_props;
		for (uint32_t i = 0; i < object->len; i++) {
			object->properties[i] = drmModeGetProperty(fd, list->props[i]);
			object->before[i] = list->prop_values[i];
		}
	}
	drmModeFreeObjectProperties(list);
	if (object->properties == NULL || object->before == NULL) {
		object_finish(object);
		return -ENOMEM;
	}
	return 0;
}

/* The index of a property; -1: there is none. */
static int find_property(const struct screen_object *object, const char *name)
{
	for (uint32_t i = 0; i < object->len; i++) {
		if (object->properties[i] != NULL &&
			strcmp(object->properties[i]->name, name) == 0) {
			return (int)i;
		}
	}
	return -1;
}

uint64_t object_value_before(const struct screen_object *object, const char *name)
{
	int i = find_property(object, name);

	return i >= 0 ? object->before[i] : 0;
}

int object_set(drmModeAtomicReq *request, const struct screen_object *object, const char *name,
	uint64_t value)
{
	int i = find_property(object, name), ret;

	if (i < 0) {
		fprintf(stderr, "tenon-kms: the driver has no property %s\n", name);
		return -ENOTSUP;
	}
	ret = drmModeAtomicAddProperty(request, object->id, object->properties[i]->prop_id, value);
	return ret < 0 ? ret : 0;
}

int object_set_all(drmModeAtomicReq *request, const struct screen_object *object,
	const struct object_setting *settings, size_t len)
{
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = object_set(request, object, settings[i].name, settings[i].value);
	}
	return ret;
}

int object_set_before(drmModeAtomicReq *request, const struct screen_object *object,
	const char *const *names, size_t len)
{
	int ret = 0;

	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = object_set(request, object, names[i], object_value_before(object, names[i]));
	}
	return ret;
}
