/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "config/device_name.h"
#include "config/device_text.h"
#include "config/pairs_text.h"

bool device_name_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > DEVICE_NAME_MAX || name[0] == ' ' || name[len - 1] == ' ') {
		return false;
	}
	for (const char *c = name; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~' || strchr("[];", *c) != NULL) {
			return false;
		}
	}
	return true;
}

static void write_roles(struct text_buf *buf, uint32_t roles)
{
	struct value_list list = {.buf = buf, .key = "roles"};

	if (roles == TENON_ROLE_ANY) {
		value_list_add(&list, "any");
	}
	for (uint32_t bit = 1; bit <= TENON_ROLE_ANY && roles != TENON_ROLE_ANY; bit <<= 1) {
		if ((roles & bit) != 0) {
			value_list_add(&list, tenon_role_get_name((enum tenon_role)bit));
		}
	}
	value_list_end(&list);
}

static int write_alternative(
	struct text_buf *buf, const struct device_text *device, size_t i, size_t *total_pairs)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	size_t pairs_len;
	uint32_t roles;
	int ret;

	ret = tenon_offer_get_alternative(device->offer, i, &roles, &pairs, &pairs_len, &limits);
	if (ret < 0) {
		return ret;
	}
	*total_pairs += pairs_len;
	if (pairs_len > DEVICE_PAIRS_MAX || *total_pairs > DEVICE_TOTAL_PAIRS) {
		return -E2BIG;
	}
	text_buf_add(buf, "\n[alternative]\n");
	write_roles(buf, roles);
	pairs_text_write(buf, pairs, pairs_len);
	return limits_text_write(buf, limits);
}

bool property_set_has(const struct property_set *set, enum tenon_property property)
{
	return property < PROPERTY_MAX && (set->bits[property / 64] >> (property % 64) & 1) != 0;
}

static void write_lifted(struct text_buf *buf, const struct property_set *lifted)
{
	struct value_list list = {.buf = buf, .key = "iommu-lifts"};

	for (unsigned i = 0; i < PROPERTY_MAX; i++) {
		if (property_set_has(lifted, i)) {
			value_list_add(&list, tenon_property_get_name(i));
		}
	}
	value_list_end(&list);
}

static void write_device_keys(struct text_buf *buf, const struct device_text *device)
{
	const struct {
		const char *key;
		const char *text;
	} texts[] = {
		{"driver", device->driver.text},
		{"bus", device->bus.text},
		{"description", device->description.text},
		{"note", device->note.text},
	};
	dev_t dev = tenon_offer_get_dev(device->offer);

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].text != NULL) {
			value_write_text(buf, texts[i].key, texts[i].text);
		}
	}
	write_lifted(buf, &device->lifted);
	switch (tenon_offer_get_coherent(device->offer)) {
	case TENON_YES:
		text_buf_add(buf, "coherent = yes\n");
		break;
	case TENON_NO:
		text_buf_add(buf, "coherent = no\n");
		break;
	default:
		break;
	}
	if (dev != 0) {
		text_buf_addf(buf, "dev = %u:%u\n", major(dev), minor(dev));
	}
}

int device_text_write(struct text_buf *buf, const struct device_text *device)
{
	size_t len = tenon_offer_get_alternatives_len(device->offer), total_pairs = 0;
	const char *name = tenon_offer_get_device(device->offer);
	int ret = 0;

	if (!device_name_is_valid(name)) {
		return -EINVAL;
	}
	if (len > DEVICE_ALTERNATIVES_MAX) {
		return -E2BIG;
	}
	text_buf_addf(buf, "[device %s]\n", name);
	write_device_keys(buf, device);
	for (size_t i = 0; i < len && ret == 0; i++) {
		ret = write_alternative(buf, device, i, &total_pairs);
	}
	return ret;
}
