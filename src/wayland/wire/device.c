/* SPDX-License-Identifier: MIT */
#include "wayland/wire/wire.h"

#include <errno.h>
#include <string.h>

void wire_text(char *buf, size_t max, const char *text)
{
	size_t len = text != NULL ? strnlen(text, max + 1) : 0;

	if (len > max) {
		len = max;
		/* 10xxxxxx goes on with a character that began before */
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) {
			len--;
		}
	}
	if (len > 0) {
		memcpy(buf, text, len);
	}
	buf[len] = '\0';
}

bool wire_name_is_valid(const char *name)
{
	size_t len = strnlen(name, WIRE_NAME_MAX + 1);

	return len > 0 && len <= WIRE_NAME_MAX;
}

int wire_put_dev(struct wl_array *out, dev_t dev)
{
	dev_t *entry;

	if (dev == 0) {
		return 0;
	}
	entry = wl_array_add(out, sizeof(*entry));
	if (entry == NULL) {
		return -ENOMEM;
	}
	memcpy(entry, &dev, sizeof(dev));
	return 0;
}

int wire_get_dev(dev_t *out, const void *data, size_t size)
{
	*out = 0;
	if (size != 0 && size != sizeof(*out)) {
		return -EPROTO;
	}
	if (size != 0) {
		memcpy(out, data, sizeof(*out));
	}
	return 0;
}

void wire_device_init(struct wire_device *device)
{
	memset(device, 0, sizeof(*device));
	wl_array_init(&device->pairs);
}

static void drop_alternative(struct wire_device *device)
{
	tenon_limits_destroy(device->limits);
	device->limits = NULL;
	device->pairs.size = 0;
	device->heaps_len[0] = 0;
	device->heaps_len[1] = 0;
}

void wire_device_finish(struct wire_device *device)
{
	drop_alternative(device);
	wl_array_release(&device->pairs);
	tenon_offer_unref(device->offer);
	wire_device_init(device);
}

int wire_device_begin(struct wire_device *device, const char *name, uint32_t roles, const void *dev,
	size_t dev_size, uint32_t coherent)
{
	dev_t number;
	int err;

	if (!wire_name_is_valid(name) || wire_get_dev(&number, dev, dev_size) != 0 ||
		coherent > TENON_YES) {
		return -EPROTO;
	}
	if ((roles & ~TENON_ROLE_ANY) != 0) {
		return -EDOM;
	}
	err = tenon_offer_create(&device->offer, name);
	if (err != 0) {
		return err;
	}
	tenon_offer_set_dev(device->offer, number);
	tenon_offer_set_coherent(device->offer, (enum tenon_answer)coherent);
	device->roles = roles;
	device->alternatives_len = 0;
	return 0;
}

/* Adds the open alternative to the offer, if there is one. */
static int close_alternative(struct wire_device *device)
{
	int err = 0;

	if (device->limits == NULL) {
		return 0;
	}
	if (device->usable) {
		err = tenon_offer_add(device->offer, device->alternative_roles, device->pairs.data,
			device->pairs.size / sizeof(struct tenon_format_modifier), device->limits);
	}
	drop_alternative(device);
	return err == 0 || err == -ENOMEM ? err : -EPROTO;
}

int wire_device_alternative(
	struct wire_device *device, uint32_t roles, const void *limits, size_t limits_size)
{
	int err = close_alternative(device);

	if (err != 0) {
		return err;
	}
	if (roles == 0 || (roles & ~TENON_ROLE_ANY) != 0) {
		return -EDOM;
	}
	err = tenon_limits_create(&device->limits);
	if (err != 0) {
		return err;
	}
	err = wire_get_limits(device->limits, limits, limits_size);
	if (err != 0 && err != -ENOTSUP) {
		drop_alternative(device);
		return err;
	}
	device->usable = err == 0;
	device->alternative_roles = roles;
	device->alternatives_len++;
	return 0;
}

int wire_add_heap(struct tenon_limits *limits, size_t lens[2], uint32_t property, const char *name)
{
	bool preferred = property == TENON_PROP_HEAP_PREFERRED;
	int err;

	if ((!preferred && property != TENON_PROP_HEAP) || !wire_name_is_valid(name)) {
		return -EPROTO;
	}
	if (lens[preferred] >= WIRE_HEAPS_MAX) {
		return -E2BIG;
	}
	lens[preferred]++;
	err = preferred ? tenon_limits_prefer_heap(limits, name)
			: tenon_limits_allow_heap(limits, name);
	return err == 0 || err == -ENOMEM ? err : -EPROTO;
}

int wire_device_heap(struct wire_device *device, uint32_t property, const char *name)
{
	if (device->limits == NULL) {
		return -ENOENT;
	}
	return wire_add_heap(device->limits, device->heaps_len, property, name);
}

int wire_device_source(struct wire_device *device, uint32_t property, const char *text)
{
	int err;

	if (device->limits == NULL) {
		return -ENOENT;
	}
	if (strnlen(text, WIRE_SHORT_TEXT_MAX + 1) > WIRE_SHORT_TEXT_MAX) {
		return -EPROTO;
	}
	err = tenon_limits_set_source(device->limits, (enum tenon_property)property, text);
	return err == -ENOMEM ? err : 0; /* of a property not known: ignored */
}

int wire_device_end(struct wire_device *device, struct tenon_participant *out)
{
	int err = close_alternative(device);

	if (err != 0) {
		return err;
	}
	if (device->alternatives_len == 0) {
		return -ENOENT;
	}
	out->offer = device->offer;
	out->roles = device->roles;
	device->offer = NULL;
	return 0;
}
