/* SPDX-License-Identifier: MIT */
/* Facts of a DRM device whose driver fails, lies and goes. No /sys tells of it here, so that it is
 * the device's own fd that is asked. */
#include <drm.h>
#include <drm_fourcc.h>
#include <drm_mode.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#include "device/drm_facts.h"
#include "fake/kernel.h"
#include "harness.h"
#include "oom.h"

static const uint32_t formats[] = {DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12};

/* XRGB8888 in rows, and tiled. */
static const struct {
	struct drm_format_modifier_blob header;
	uint32_t formats[2];
	struct drm_format_modifier modifiers[2];
} blob = {
	.header = {.version = FORMAT_BLOB_CURRENT,
		.count_formats = 1,
		.formats_offset = sizeof(struct drm_format_modifier_blob),
		.count_modifiers = 2,
		.modifiers_offset = sizeof(struct drm_format_modifier_blob) + 8},
	.formats = {DRM_FORMAT_XRGB8888},
	.modifiers = {{.formats = 1, .modifier = DRM_FORMAT_MOD_LINEAR},
		{.formats = 1, .modifier = I915_FORMAT_MOD_X_TILED}},
};

static const struct fake_drm plain = {
	.driver = "fake",
	.formats = formats,
	.formats_len = 2,
	.width_max = 4096,
	.in_formats = &blob,
	.in_formats_len = sizeof(blob),
	.mode_width = 640,
	.mode_height = 480,
};

/* A device of this configuration whose file shows all planes. */
static struct tenon_drm_device *start(const struct fake_drm *config)
{
	struct tenon_drm_device *device = NULL;

	fake_start();
	assert_int_equal(tenon_drm_device_open(&device, fake_add_drm("card0", config)), 0);
	drmSetClientCap(tenon_drm_device_get_fd(device), DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	return device;
}

static void finish(struct tenon_drm_device *device)
{
	tenon_drm_device_unref(device);
	fake_finish();
}

static const struct tenon_drm_facts *get_facts(struct tenon_drm_device *device)
{
	const struct tenon_drm_facts *facts = NULL;

	assert_int_equal(tenon_drm_device_get_facts(device, &facts), 0);
	return facts;
}

TEST(device_that_sys_does_not_know_is_asked_itself)
{
	struct tenon_drm_device *device = start(&plain);
	const struct tenon_drm_facts *facts = get_facts(device);

	assert_int_equal(facts->display_error, -ENOENT);
	assert_null(facts->primary_node);
	assert_null(facts->render_node);
	assert_null(facts->sysfs);
	assert_null(facts->bus);
	assert_true(facts->primary == 0 && facts->render == 0);
	assert_int_equal(facts->iommu, TENON_IOMMU_UNKNOWN);
	assert_true(facts->dumb && facts->prime_import && facts->prime_export);
	assert_true(facts->modifiers && facts->modeset);
	assert_false(facts->syncobj || facts->syncobj_timeline);
	assert_int_equal(facts->atomic, TENON_UNKNOWN);
	assert_int_equal(facts->width_min, 1);
	assert_int_equal(facts->width_max, 4096);
	assert_int_equal(facts->cursor_width, 0);
	assert_int_equal(facts->crtcs_len, 1);
	assert_int_equal(facts->planes_len, 1);
	assert_int_equal(facts->planes[0]->type, TENON_DRM_PLANE_PRIMARY);
	assert_int_equal(facts->planes[0]->crtcs, 1);
	assert_true(facts->planes[0]->has_modifiers);
	assert_int_equal(facts->planes[0]->pairs_len, 2);
	assert_true(facts->planes[0]->pairs[1].modifier == I915_FORMAT_MOD_X_TILED);
	finish(device);
}

static void expect_formats_alone(const struct fake_drm *config)
{
	struct tenon_drm_device *device = start(config);
	const struct tenon_drm_plane *plane = get_facts(device)->planes[0];

	assert_int_equal(get_facts(device)->planes_len, 1);
	assert_false(plane->has_modifiers);
	assert_int_equal(plane->pairs_len, 2);
	assert_int_equal(plane->pairs[1].format, DRM_FORMAT_NV12);
	assert_true(plane->pairs[1].modifier == DRM_FORMAT_MOD_INVALID);
	finish(device);
}

TEST(blob_that_makes_no_sense_tells_nothing)
{
	struct fake_drm config = plain;

	config.in_formats = NULL;
	expect_formats_alone(&config);
	config.in_formats = &blob;
	for (config.in_formats_len = 1; config.in_formats_len < sizeof(blob);
		config.in_formats_len += 13) {
		expect_formats_alone(&config);
	}
}

TEST(device_without_a_display_has_no_planes)
{
	struct fake_drm config = plain;
	const struct tenon_drm_facts *facts;
	struct tenon_drm_device *device;

	config.no_screen = true;
	device = start(&config);
	facts = get_facts(device);
	assert_false(facts->modeset);
	assert_int_equal(facts->planes_len, 0);
	assert_int_equal(facts->crtcs_len, 0);
	finish(device);
	config.no_screen = false;
	config.render_node = true;
	device = start(&config);
	facts = get_facts(device);
	assert_false(facts->modeset);
	assert_int_equal(facts->planes_len, 0);
	finish(device);
}

/* Whatever call it is that finds the device gone. */
TEST(device_that_goes_meanwhile_is_told)
{
	static const unsigned long requests[] = {DRM_IOCTL_MODE_GETRESOURCES,
		DRM_IOCTL_MODE_GETPLANERESOURCES, DRM_IOCTL_MODE_GETPLANE,
		DRM_IOCTL_MODE_OBJ_GETPROPERTIES};

	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		struct tenon_drm_device *device = start(&plain);
		const struct tenon_drm_facts *facts = NULL;

		fake_fail(requests[i], ENODEV, 2);
		assert_int_equal(tenon_drm_device_get_facts(device, &facts), -ENODEV);
		assert_null(facts);
		fake_fail(requests[i], 0, 0);
		/* it was a slip: the next call reads all */
		assert_int_equal(get_facts(device)->planes_len, 1);
		finish(device);
	}
}

TEST(plane_that_goes_meanwhile_is_left_out)
{
	struct tenon_drm_device *device = start(&plain);
	struct drm_facts *facts = calloc(1, sizeof(*facts));

	assert_non_null(facts);
	fake_fail(DRM_IOCTL_MODE_GETPLANE, ENOENT, 1);
	assert_int_equal(drm_read_planes(facts, tenon_drm_device_get_fd(device)), 0);
	assert_int_equal(facts->facts.planes_len, 0);
	drm_facts_destroy(facts);
	facts = calloc(1, sizeof(*facts));
	assert_non_null(facts);
	fake_fail(DRM_IOCTL_MODE_GETPLANE, EINVAL, 1);
	assert_int_equal(drm_read_planes(facts, tenon_drm_device_get_fd(device)), -EINVAL);
	drm_facts_destroy(facts);
	finish(device);
}

TEST(unplugged_device_has_no_facts)
{
	struct tenon_drm_device *device = start(&plain);
	const struct tenon_drm_facts *facts = NULL;
	struct tenon_drm_output *outputs = NULL;
	struct tenon_offer *offer = NULL;
	size_t len;

	fake_drm_unplug("card0");
	assert_int_equal(tenon_drm_device_get_facts(device, &facts), -ENODEV);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), -ENODEV);
	assert_int_equal(tenon_drm_device_create_offer(&offer, device, NULL, NULL), -ENODEV);
	assert_null(facts);
	assert_null(outputs);
	assert_null(offer);
	finish(device);
}

TEST(outputs_are_as_they_are_now)
{
	struct fake_drm config = plain;
	struct tenon_drm_device *device;
	struct tenon_drm_output *outputs = NULL;
	size_t len = 0;

	config.active = true;
	device = start(&config);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(len, 1);
	assert_int_equal(outputs[0].connected, TENON_YES);
	assert_int_equal(outputs[0].crtcs, 1);
	assert_int_equal(outputs[0].crtc, get_facts(device)->crtcs[0]);
	assert_int_equal(outputs[0].width, 640);
	assert_int_equal(outputs[0].height, 480);
	assert_int_equal(strncmp(outputs[0].name, "Virtual-", 8), 0);
	free(outputs);
	/* a connector that goes between two calls */
	fake_fail(DRM_IOCTL_MODE_GETCONNECTOR, ENOENT, 2);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(len, 0);
	free(outputs);
	finish(device);
}

static void *ask(void *data)
{
	const struct tenon_drm_facts *facts = NULL;

	return tenon_drm_device_get_facts(data, &facts) == 0 ? (void *)facts : NULL;
}

TEST(threads_read_once)
{
	struct tenon_drm_device *device = start(&plain);
	pthread_t threads[4];
	void *first = NULL, *facts = NULL;

	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask, device), 0);
	}
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &facts), 0);
		assert_non_null(facts);
		assert_true(first == NULL || first == facts);
		first = facts;
	}
	finish(device);
}

static int read_all(void *data)
{
	struct tenon_drm_device *device = NULL;
	struct tenon_drm_output *outputs = NULL;
	const struct tenon_drm_facts *facts;
	size_t len;
	int ret = tenon_drm_device_open(&device, data);

	if (ret < 0) {
		return ret;
	}
	drmSetClientCap(tenon_drm_device_get_fd(device), DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
	ret = tenon_drm_device_get_facts(device, &facts);
	if (ret == 0) {
		assert_int_equal(facts->planes_len, 1);
		ret = tenon_drm_device_dup_outputs(device, &outputs, &len);
	}
	free(outputs);
	tenon_drm_device_unref(device);
	return ret;
}

TEST(out_of_memory)
{
	char node[200];

	fake_start();
	snprintf(node, sizeof(node), "%s", fake_add_drm("card0", &plain));
	assert_true(oom_run(read_all, node) >= 7);
	fake_finish();
}
