/* SPDX-License-Identifier: MIT */
/* "tenon info" on a machine with devices. */
#include <json.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <xf86drm.h>

#include <tenon/drm.h>

#include "harness.h"
#include "rig.h"
#include "unit/client_run.h"

static json_object *get(json_object *object, const char *member)
{
	json_object *value = NULL;

	if (!json_object_object_get_ex(object, member, &value)) {
		fail_msg("no member %s in %s", member, json_object_to_json_string(object));
	}
	return value;
}

static const char *get_text(json_object *object, const char *member)
{
	return json_object_get_string(get(object, member));
}

/* The device of this driver whose node begins so. */
static json_object *find(json_object *root, const char *driver, const char *node)
{
	json_object *devices = get(root, "devices");

	for (size_t i = 0; i < json_object_array_length(devices); i++) {
		json_object *device = json_object_array_get_idx(devices, i);
		const char *its = get_text(device, "driver");

		if (its != NULL && strcmp(its, driver) == 0 &&
			strncmp(get_text(device, "node"), node, strlen(node)) == 0) {
			return device;
		}
	}
	fail_msg("no device of %s at %s", driver, node);
	return NULL;
}

static json_object *run_json(void)
{
	static struct result result;
	json_object *root;

	client_run(&result, "info --json");
	assert_string_equal(result.err, "");
	assert_int_equal(result.status, 0);
	root = json_tokener_parse(result.out);
	assert_non_null(root);
	return root;
}

TEST(json_tells_what_devices_tell)
{
	struct tenon_drm_device *device = NULL;
	const struct tenon_drm_facts *facts;
	json_object *root, *vkms, *drm, *plane;
	int card;

	rig_require();
	root = run_json();
	vkms = find(root, "vkms", "/dev/dri/card");
	card = rig_open_card("vkms");
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	close(card);
	assert_int_equal(tenon_drm_device_get_facts(device, &facts), 0);
	assert_string_equal(get_text(vkms, "node"), facts->primary_node);
	assert_string_equal(get_text(vkms, "name"), "vkms");
	assert_string_equal(get_text(vkms, "sysfs"), facts->sysfs);
	assert_string_equal(get_text(vkms, "iommu"), "unknown");
	drm = get(vkms, "drm");
	assert_int_equal(json_object_get_int(get(get(drm, "max"), "width")), facts->width_max);
	assert_int_equal(json_object_array_length(get(drm, "planes")), facts->planes_len);
	plane = json_object_array_get_idx(get(drm, "planes"), 0);
	assert_string_equal(get_text(plane, "type"), "primary");
	assert_int_equal(
		json_object_array_length(get(plane, "pairs")), facts->planes[0]->pairs_len);
	assert_string_equal(
		get_text(json_object_array_get_idx(get(plane, "pairs"), 0), "modifier"), "LINEAR");
	assert_string_equal(get_text(drm, "writeback"), "yes");
	tenon_drm_device_unref(device);

	drm = get(find(root, "vgem", "/dev/dri/render"), "drm");
	assert_false(json_object_get_boolean(get(drm, "modeset")));
	assert_null(get(drm, "max"));
	assert_null(get(find(root, "vivid", "/dev/video"), "drm"));
	json_object_put(root);
}

TEST(text_tells_what_devices_tell)
{
	static struct result result;

	rig_require();
	client_run(&result, "info");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "Processor: pages of 4096 bytes"));
	assert_non_null(strstr(result.out, "planes up to 8192x8192: 1 primary, 1 cursor"));
	assert_non_null(strstr(result.out, "no display"));
	assert_non_null(strstr(result.out, "renders"));
	assert_null(strstr(result.out, " \n"));
}

TEST(user_who_may_not_is_told_why)
{
	static struct result result;

	rig_require();
	assert_int_equal(setresgid(65534, 65534, 65534), 0);
	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	client_run(&result, "info");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "cannot be asked"));
	assert_non_null(strstr(result.out, "/dev/dri/card0 (owner"));
}
