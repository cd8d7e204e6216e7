/* SPDX-License-Identifier: MIT */
/* What the library tells of vkms and vgem, held to bare ioctls on another open file. */
#include <drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <tenon/drm.h>

#include "harness.h"
#include "rig.h"

static struct tenon_drm_device *open_device(const char *driver)
{
	struct tenon_drm_device *device = NULL;
	int card = rig_open_card(driver);

	assert_true(card >= 0);
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	close(card);
	return device;
}

static const struct tenon_drm_facts *get_facts(struct tenon_drm_device *device)
{
	const struct tenon_drm_facts *facts = NULL;

	assert_int_equal(tenon_drm_device_get_facts(device, &facts), 0);
	assert_non_null(facts);
	return facts;
}

/* Devices without a display controller refuse some. */
static uint64_t get_cap(int fd, uint64_t cap)
{
	struct drm_get_cap get = {.capability = cap};
	int ret = rig_ioctl(fd, DRM_IOCTL_GET_CAP, &get);

	assert_true(ret == 0 || ret == -EOPNOTSUPP);
	return ret == 0 ? get.value : 0;
}

static void expect_caps(const char *driver)
{
	struct tenon_drm_device *device = open_device(driver);
	const struct tenon_drm_facts *facts = get_facts(device);
	int fd = rig_open_card(driver);

	assert_int_equal(facts->dumb, get_cap(fd, DRM_CAP_DUMB_BUFFER) != 0);
	assert_int_equal(
		facts->prime_import, (get_cap(fd, DRM_CAP_PRIME) & DRM_PRIME_CAP_IMPORT) != 0);
	assert_int_equal(
		facts->prime_export, (get_cap(fd, DRM_CAP_PRIME) & DRM_PRIME_CAP_EXPORT) != 0);
	assert_int_equal(facts->syncobj, get_cap(fd, DRM_CAP_SYNCOBJ) != 0);
	assert_int_equal(facts->syncobj_timeline, get_cap(fd, DRM_CAP_SYNCOBJ_TIMELINE) != 0);
	close(fd);
	tenon_drm_device_unref(device);
}

TEST(capabilities_are_those_of_the_kernel)
{
	rig_require();
	expect_caps("vkms");
	expect_caps("vgem");
}

static void expect_node(dev_t dev, const char *node)
{
	struct stat st;

	assert_non_null(node);
	assert_int_equal(stat(node, &st), 0);
	assert_true(S_ISCHR(st.st_mode) && st.st_rdev == dev);
}

TEST(nodes_are_those_in_dev)
{
	struct tenon_drm_device *device;
	const struct tenon_drm_facts *facts;

	rig_require();
	device = open_device("vgem");
	facts = get_facts(device);
	assert_true(facts->primary == tenon_drm_device_get_dev(device));
	expect_node(facts->primary, facts->primary_node);
	expect_node(facts->render, facts->render_node);
	assert_int_equal(strncmp(facts->render_node, "/dev/dri/renderD", 16), 0);
	assert_string_equal(facts->bus, "platform");
	assert_int_equal(access(facts->sysfs, F_OK), 0);
	assert_int_equal(facts->iommu, TENON_IOMMU_UNKNOWN);
	assert_null(facts->iommu_type);
	tenon_drm_device_unref(device);

	device = open_device("vkms");
	facts = get_facts(device);
	expect_node(facts->primary, facts->primary_node);
	assert_true(facts->render == 0);
	assert_null(facts->render_node);
	tenon_drm_device_unref(device);
}

TEST(device_that_only_renders_has_no_planes)
{
	struct tenon_drm_device *device;
	const struct tenon_drm_facts *facts;
	struct tenon_drm_output *outputs = NULL;
	size_t len = 9;

	rig_require();
	device = open_device("vgem");
	facts = get_facts(device);
	assert_false(facts->modeset);
	assert_int_equal(facts->display_error, 0);
	assert_int_equal(facts->planes_len, 0);
	assert_int_equal(facts->crtcs_len, 0);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(len, 0);
	free(outputs);
	tenon_drm_device_unref(device);
}

/* The value of a property of a plane by its name. */
static bool get_property(int fd, uint32_t plane, const char *name, uint64_t *value)
{
	drmModeObjectProperties *properties =
		drmModeObjectGetProperties(fd, plane, DRM_MODE_OBJECT_PLANE);
	bool found = false;

	assert_non_null(properties);
	for (uint32_t i = 0; i < properties->count_props; i++) {
		drmModePropertyRes *property = drmModeGetProperty(fd, properties->props[i]);

		assert_non_null(property);
		if (strcmp(property->name, name) == 0) {
			*value = properties->prop_values[i];
			found = true;
		}
		drmModeFreeProperty(property);
	}
	drmModeFreeObjectProperties(properties);
	return found;
}

static const struct tenon_drm_plane *find_plane(const struct tenon_drm_facts *facts, uint32_t id)
{
	for (size_t i = 0; i < facts->planes_len; i++) {
		if (facts->planes[i]->id == id) {
			return facts->planes[i];
		}
	}
	fail_msg("plane %u is missing", id);
	return NULL;
}

/* Pairs as libdrm's own iterator reads the blob. */
static void expect_pairs(int fd, const struct tenon_drm_plane *plane)
{
	drmModeFormatModifierIterator iterator = {0};
	drmModePropertyBlobRes *blob;
	uint64_t id = 0;
	size_t i = 0;

	assert_true(get_property(fd, plane->id, "IN_FORMATS", &id));
	assert_true(plane->has_modifiers);
	blob = drmModeGetPropertyBlob(fd, (uint32_t)id);
	assert_non_null(blob);
	while (drmModeFormatModifierBlobIterNext(blob, &iterator)) {
		bool found = false;

		for (size_t k = 0; k < plane->pairs_len && !found; k++) {
			found = plane->pairs[k].format == iterator.fmt &&
				plane->pairs[k].modifier == iterator.mod;
		}
		assert_true(found);
		i++;
	}
	assert_true(i > 0);
	assert_int_equal(plane->pairs_len, i);
	drmModeFreePropertyBlob(blob);
}

TEST(planes_are_those_of_the_kernel)
{
	struct tenon_drm_device *device;
	const struct tenon_drm_facts *facts;
	drmModePlaneRes *resources;
	int fd;

	rig_require();
	device = open_device("vkms");
	facts = get_facts(device);
	fd = rig_open_card("vkms");
	assert_int_equal(drmSetClientCap(fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
	resources = drmModeGetPlaneResources(fd);
	assert_non_null(resources);
	assert_true(resources->count_planes > 0);
	assert_int_equal(facts->planes_len, resources->count_planes);
	for (uint32_t i = 0; i < resources->count_planes; i++) {
		const struct tenon_drm_plane *plane = find_plane(facts, resources->planes[i]);
		drmModePlane *kernels = drmModeGetPlane(fd, plane->id);
		uint64_t type = 9;

		assert_non_null(kernels);
		assert_int_equal(plane->crtcs, kernels->possible_crtcs);
		assert_true(get_property(fd, plane->id, "type", &type));
		assert_int_equal(
			plane->type, type == DRM_PLANE_TYPE_PRIMARY   ? TENON_DRM_PLANE_PRIMARY
				     : type == DRM_PLANE_TYPE_OVERLAY ? TENON_DRM_PLANE_OVERLAY
								      : TENON_DRM_PLANE_CURSOR);
		expect_pairs(fd, plane);
		drmModeFreePlane(kernels);
	}
	drmModeFreePlaneResources(resources);
	close(fd);
	tenon_drm_device_unref(device);
}

TEST(display_is_that_of_the_kernel)
{
	struct tenon_drm_device *device;
	const struct tenon_drm_facts *facts;
	drmModeRes *resources;
	int fd;

	rig_require();
	device = open_device("vkms");
	facts = get_facts(device);
	fd = rig_open_card("vkms");
	resources = drmModeGetResources(fd);
	assert_non_null(resources);
	assert_true(facts->modeset);
	assert_int_equal(facts->display_error, 0);
	assert_int_equal(facts->atomic, TENON_YES);
	assert_int_equal(facts->modifiers, get_cap(fd, DRM_CAP_ADDFB2_MODIFIERS) != 0);
	assert_int_equal(facts->width_min, resources->min_width);
	assert_int_equal(facts->width_max, resources->max_width);
	assert_int_equal(facts->height_min, resources->min_height);
	assert_int_equal(facts->height_max, resources->max_height);
	assert_int_equal(facts->cursor_width, get_cap(fd, DRM_CAP_CURSOR_WIDTH));
	assert_int_equal(facts->cursor_height, get_cap(fd, DRM_CAP_CURSOR_HEIGHT));
	assert_int_equal(facts->crtcs_len, resources->count_crtcs);
	assert_memory_equal(facts->crtcs, resources->crtcs, 4 * facts->crtcs_len);
	/* read once */
	assert_ptr_equal(get_facts(device), facts);
	drmModeFreeResources(resources);
	close(fd);
	tenon_drm_device_unref(device);
}

static uint32_t count_planes(int fd)
{
	drmModePlaneRes *resources = drmModeGetPlaneResources(fd);
	uint32_t count;

	assert_non_null(resources);
	count = resources->count_planes;
	drmModeFreePlaneResources(resources);
	return count;
}

/* The blob of the only writeback connector, as a file sees it that asked for it. */
static drmModePropertyBlobRes *get_writeback(int fd)
{
	drmModePropertyBlobRes *found = NULL;
	drmModeRes *resources;

	assert_int_equal(drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1), 0);
	assert_int_equal(drmSetClientCap(fd, DRM_CLIENT_CAP_WRITEBACK_CONNECTORS, 1), 0);
	resources = drmModeGetResources(fd);
	assert_non_null(resources);
	for (int i = 0; i < resources->count_connectors; i++) {
		drmModeConnector *connector =
			drmModeGetConnectorCurrent(fd, resources->connectors[i]);

		assert_non_null(connector);
		for (int k = 0; k < connector->count_props; k++) {
			drmModePropertyRes *property = drmModeGetProperty(fd, connector->props[k]);

			assert_non_null(property);
			if (strcmp(property->name, "WRITEBACK_PIXEL_FORMATS") == 0) {
				assert_null(found);
				found = drmModeGetPropertyBlob(
					fd, (uint32_t)connector->prop_values[k]);
			}
			drmModeFreeProperty(property);
		}
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	return found;
}

TEST(writeback_is_that_of_the_kernel)
{
	struct tenon_drm_device *device;
	const struct tenon_drm_facts *facts;
	drmModePropertyBlobRes *blob;
	const uint32_t *formats;
	int fd;

	rig_require();
	device = open_device("vkms");
	facts = get_facts(device);
	fd = rig_open_card("vkms");
	blob = get_writeback(fd);
	assert_non_null(blob);
	assert_int_equal(facts->writeback, TENON_YES);
	assert_true(facts->writeback_pairs_len > 0);
	assert_int_equal(facts->writeback_pairs_len, blob->length / 4);
	formats = blob->data;
	for (size_t i = 0; i < facts->writeback_pairs_len; i++) {
		assert_int_equal(facts->writeback_pairs[i].format, formats[i]);
		assert_true(facts->writeback_pairs[i].modifier == DRM_FORMAT_MOD_INVALID);
	}
	drmModeFreePropertyBlob(blob);
	close(fd);
	tenon_drm_device_unref(device);
	device = open_device("vgem");
	assert_int_equal(get_facts(device)->writeback, TENON_UNKNOWN);
	tenon_drm_device_unref(device);
}

TEST(callers_file_is_not_disturbed)
{
	struct tenon_drm_device *device = NULL;
	uint32_t before;
	int card, other;

	rig_require();
	/* a file that has asked for nothing, and is not the master */
	card = rig_open_card("vkms");
	drmDropMaster(card);
	before = count_planes(card);
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	assert_true(get_facts(device)->planes_len > before);
	assert_int_equal(count_planes(card), before);
	/* nobody was left master by it: the place is free */
	other = open(get_facts(device)->primary_node, O_RDWR | O_CLOEXEC);
	assert_true(drmIsMaster(other));
	close(other);
	assert_int_equal(drmSetMaster(card), 0);
	tenon_drm_device_unref(device);
	/* nor does a master lose its right */
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	get_facts(device);
	assert_true(drmIsMaster(card));
	tenon_drm_device_unref(device);
	close(card);
}

/* What a user sees who may open neither node: the fd that somebody handed over is all there is. */
TEST(own_fd_is_asked_where_the_node_may_not_be_opened)
{
	struct tenon_drm_device *device = NULL;
	const struct tenon_drm_facts *facts;
	int card;

	rig_require();
	card = rig_open_card("vkms");
	assert_int_equal(drmSetClientCap(card, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
	assert_int_equal(setresgid(65534, 65534, 65534), 0);
	assert_int_equal(setresuid(65534, 65534, 65534), 0);
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	facts = get_facts(device);
	assert_int_equal(facts->display_error, -EACCES);
	assert_int_equal(facts->atomic, TENON_UNKNOWN);
	assert_int_equal(facts->planes_len, count_planes(card));
	assert_true(facts->modeset && facts->width_max != 0);
	tenon_drm_device_unref(device);
	close(card);
}

static void *ask(void *data)
{
	return (void *)get_facts(data);
}

TEST(threads_get_the_same_facts)
{
	struct tenon_drm_device *device;
	pthread_t threads[4];
	void *first = NULL;

	rig_require();
	device = open_device("vkms");
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, ask, device), 0);
	}
	for (int i = 0; i < 4; i++) {
		void *facts = NULL;

		assert_int_equal(pthread_join(threads[i], &facts), 0);
		assert_true(first == NULL || first == facts);
		first = facts;
	}
	tenon_drm_device_unref(device);
}

TEST(outputs_are_those_of_the_kernel)
{
	struct tenon_drm_device *device;
	const struct tenon_drm_facts *facts;
	struct tenon_drm_output *outputs = NULL;
	size_t len = 0;

	rig_require();
	device = open_device("vkms");
	facts = get_facts(device);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(len, 1); /* the writeback connector is none */
	assert_string_equal(outputs[0].name, "Virtual-1");
	assert_int_equal(outputs[0].crtcs, 1);
	drmModeFreeConnector(
		drmModeGetConnector(tenon_drm_device_get_fd(device), outputs[0].connector));
	free(outputs);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(outputs[0].connected, TENON_YES); /* now that it was probed */
	if (outputs[0].crtc != 0) {
		assert_int_equal(outputs[0].crtc, facts->crtcs[0]);
		assert_true(outputs[0].width > 0 && outputs[0].height > 0);
	}
	free(outputs);
	tenon_drm_device_unref(device);
}

/* Switches the screen on, by the old way that needs no properties. */
static void show(int card, uint32_t crtc, uint32_t connector, drmModeModeInfo *mode, uint32_t *fb)
{
	struct drm_mode_create_dumb dumb = {
		.width = mode->hdisplay, .height = mode->vdisplay, .bpp = 32};

	assert_int_equal(rig_ioctl(card, DRM_IOCTL_MODE_CREATE_DUMB, &dumb), 0);
	assert_int_equal(
		drmModeAddFB(card, dumb.width, dumb.height, 24, 32, dumb.pitch, dumb.handle, fb),
		0);
	assert_int_equal(drmModeSetCrtc(card, crtc, *fb, 0, 0, &connector, 1, mode), 0);
}

TEST(output_that_is_on_names_its_crtc)
{
	struct tenon_drm_device *device = NULL;
	const struct tenon_drm_facts *facts;
	struct tenon_drm_output *outputs = NULL;
	drmModeConnector *connector;
	drmModeModeInfo mode;
	size_t len = 0;
	uint32_t fb = 0;
	int card;

	rig_require();
	card = rig_open_card("vkms");
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	facts = get_facts(device);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	connector = drmModeGetConnector(card, outputs[0].connector);
	assert_non_null(connector);
	assert_true(connector->count_modes > 0);
	mode = connector->modes[0];
	drmModeFreeConnector(connector);
	show(card, facts->crtcs[0], outputs[0].connector, &mode, &fb);
	free(outputs);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(outputs[0].crtc, facts->crtcs[0]);
	assert_int_equal(outputs[0].width, mode.hdisplay);
	assert_int_equal(outputs[0].height, mode.vdisplay);
	free(outputs);
	assert_int_equal(drmModeSetCrtc(card, facts->crtcs[0], 0, 0, 0, NULL, 0, NULL), 0);
	assert_int_equal(tenon_drm_device_dup_outputs(device, &outputs, &len), 0);
	assert_int_equal(outputs[0].crtc, 0);
	free(outputs);
	drmModeRmFB(card, fb);
	tenon_drm_device_unref(device);
	close(card);
}

/* All that an offer says in a role. */
static bool offers(const struct tenon_offer *offer, uint32_t role, uint32_t format)
{
	const struct tenon_format_modifier *pairs;
	uint32_t roles;
	size_t len;

	for (size_t i = 0; tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, NULL) == 0;
		i++) {
		for (size_t k = 0; (roles & role) != 0 && k < len; k++) {
			if (pairs[k].format == format) {
				return true;
			}
		}
	}
	return false;
}

TEST(offers_are_those_of_the_planes)
{
	struct tenon_device_table *table = NULL;
	struct tenon_drm_device *device;
	struct tenon_offer *vkms = NULL, *vgem = NULL;
	struct tenon_merge *merge = NULL;
	struct tenon_participant participants[2];

	rig_require();
	assert_int_equal(tenon_device_table_load(&table, NULL, NULL), 0);
	device = open_device("vkms");
	assert_int_equal(tenon_drm_device_create_offer(&vkms, device, table, "screen"), 0);
	assert_true(tenon_offer_get_dev(vkms) == tenon_drm_device_get_dev(device));
	tenon_drm_device_unref(device);
	assert_string_equal(tenon_offer_get_device(vkms), "screen");
	assert_true(offers(vkms, TENON_ROLE_SCANOUT, DRM_FORMAT_XRGB8888));
	assert_false(offers(vkms, TENON_ROLE_SCANOUT, DRM_FORMAT_YUYV));
	assert_false(offers(vkms, TENON_ROLE_SCANOUT, TENON_FORMAT_ANY));
	assert_false(offers(vkms, TENON_ROLE_RENDER, TENON_FORMAT_ANY));
	assert_true(offers(vkms, TENON_ROLE_CAPTURE, DRM_FORMAT_XRGB8888));
	assert_false(offers(vkms, TENON_ROLE_CAPTURE, TENON_FORMAT_ANY));
	device = open_device("vgem");
	assert_int_equal(tenon_drm_device_create_offer(&vgem, device, table, NULL), 0);
	tenon_drm_device_unref(device);
	assert_true(offers(vgem, TENON_ROLE_RENDER, TENON_FORMAT_ANY));
	assert_false(offers(vgem, TENON_ROLE_SCANOUT, TENON_FORMAT_ANY));
	participants[0] = (struct tenon_participant){vkms, TENON_ROLE_SCANOUT};
	participants[1] = (struct tenon_participant){vgem, TENON_ROLE_RENDER};
	assert_int_equal(tenon_merge_create(&merge, participants, 2, NULL), 0);
	assert_true(tenon_merge_get_candidates_len(merge) > 0);
	tenon_merge_destroy(merge);
	tenon_offer_unref(vkms);
	tenon_offer_unref(vgem);
	tenon_device_table_destroy(table);
}
