/* SPDX-License-Identifier: MIT */
#include "probing.h"

#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/machine.h>

#include "spec.h"

#define DRM_STAGES \
	(TENON_PROBE_DMABUF | TENON_PROBE_IMPORT | TENON_PROBE_FRAMEBUFFER | TENON_PROBE_COMMIT)
#define V4L2_STAGES \
	(TENON_PROBE_DMABUF | TENON_PROBE_FORMAT | TENON_PROBE_REQUEST | TENON_PROBE_QUEUE)

/* The first node of a driver, DRM's before V4L2's. */
static enum tool_status find_node(struct probing *probing, const char *driver)
{
	struct tenon_machine *machine = NULL;
	const struct tenon_device_info *info;
	int ret = tenon_machine_create(&machine);

	if (ret < 0) {
		return tool_fail(TOOL_FAILED, "cannot list the devices: %s", strerror(-ret));
	}
	for (size_t i = 0; (info = tenon_machine_get_device(machine, i)) != NULL; i++) {
		if (info->driver != NULL && strcmp(info->driver, driver) == 0) {
			snprintf(probing->node, sizeof(probing->node), "%s", info->node);
			break;
		}
	}
	tenon_machine_destroy(machine);
	return probing->node[0] != '\0' ? TOOL_OK
					: tool_fail(TOOL_USAGE,
						  "there is no device with the driver \"%s\" here; "
						  "\"tenon info\" lists what is",
						  driver);
}

static enum tool_status open_node(struct probing *probing)
{
	int ret = tenon_drm_device_open(&probing->drm, probing->node);

	if (ret == 0) {
		probing->bus = "drm";
		probing->role = TENON_ROLE_SCANOUT;
		probing->stages = DRM_STAGES;
		snprintf(probing->driver, sizeof(probing->driver), "%s",
			tenon_drm_device_get_driver(probing->drm));
		return TOOL_OK;
	}
	if (ret == -ENODEV) {
		ret = tenon_v4l2_device_open(&probing->v4l2, probing->node);
	}
	if (ret == 0) {
		probing->bus = "v4l2";
		probing->role = TENON_ROLE_CAPTURE;
		probing->stages = V4L2_STAGES | TENON_PROBE_DATA;
		snprintf(probing->driver, sizeof(probing->driver), "%s",
			tenon_v4l2_device_get_driver(probing->v4l2));
		return TOOL_OK;
	}
	if (ret == -ENODEV) {
		return tool_fail(TOOL_USAGE, "%s is no DRM and no V4L2 device", probing->node);
	}
	return tool_fail(
		ret == -ENOENT ? TOOL_USAGE : TOOL_FAILED, "%s: %s", probing->node, strerror(-ret));
}

static bool has_display(const struct probing *probing)
{
	const struct tenon_drm_facts *facts;

	/* where the kernel does not tell, the probe will */
	return tenon_drm_device_get_facts(probing->drm, &facts) != 0 || facts->display_error != 0 ||
	       facts->crtcs_len > 0;
}

/* What the device does with buffers: what the table says first, if it is one of a queue. */
static void choose_role(struct probing *probing)
{
	struct tenon_v4l2_queue_info queue = {.size = sizeof(queue)};
	uint32_t roles = probing->offer != NULL ? tenon_offer_get_roles(probing->offer) : 0;

	if (probing->drm != NULL) {
		if (!has_display(probing)) {
			probing->role = TENON_ROLE_RENDER;
			probing->stages = TENON_PROBE_DMABUF | TENON_PROBE_IMPORT;
		}
		return;
	}
	if (tenon_v4l2_device_get_queue(probing->v4l2, TENON_V4L2_CAPTURE, &queue) != 0) {
		probing->role = TENON_ROLE_ENCODE;
		probing->stages &= ~(uint32_t)TENON_PROBE_DATA;
	} else if (roles != 0 && !(roles & TENON_ROLE_CAPTURE) && (roles & TENON_ROLE_DECODE)) {
		probing->role = TENON_ROLE_DECODE;
	}
	if (tenon_v4l2_device_is_m2m(probing->v4l2)) {
		/* nothing comes out where nothing goes in */
		probing->stages &= ~(uint32_t)TENON_PROBE_DATA;
	}
}

static enum tool_status find_entry(struct probing *probing)
{
	int ret;

	probing->entry =
		tenon_device_table_find_driver(probing->tool.table, probing->bus, probing->driver);
	if (probing->entry == NULL) {
		return TOOL_OK;
	}
	ret = tenon_device_entry_create_offer(
		&probing->offer, probing->entry, NULL, TENON_IOMMU_UNKNOWN);
	return ret == 0 ? TOOL_OK : tool_fail(TOOL_FAILED, "%s", strerror(-ret));
}

/* The first format of the queue that Tenon can lay out in one object. */
static const struct tenon_format *first_format(const struct probing *probing)
{
	enum tenon_v4l2_queue queue =
		probing->role == TENON_ROLE_ENCODE ? TENON_V4L2_OUTPUT : TENON_V4L2_CAPTURE;
	struct tenon_v4l2_format format = {.size = sizeof(format)};

	for (size_t i = 0; probing->v4l2 != NULL &&
			   tenon_v4l2_device_get_format(probing->v4l2, queue, i, &format) == 0;
		i++) {
		if (format.known && !format.per_plane &&
			format.drm.modifier == DRM_FORMAT_MOD_LINEAR &&
			tenon_format_get(format.drm.format) != NULL) {
			return tenon_format_get(format.drm.format);
		}
	}
	return tenon_format_get(DRM_FORMAT_XRGB8888);
}

static enum tool_status choose_picture(
	struct probing *probing, const struct probing_request *request)
{
	bool camera = probing->v4l2 != NULL;
	uint32_t fourcc;

	probing->width = request->width != 0 ? request->width : camera ? 640 : 1366;
	probing->height = request->height != 0 ? request->height : camera ? 480 : 768;
	if (request->format == NULL) {
		probing->format = first_format(probing);
		return TOOL_OK;
	}
	if (spec_parse_format(&fourcc, request->format) != TOOL_OK) {
		return TOOL_USAGE;
	}
	probing->format = tenon_format_get(fourcc);
	return TOOL_OK;
}

uint32_t probing_pitch(const struct tenon_layout *layout)
{
	struct tenon_plane_layout plane = {0};

	tenon_layout_get_plane(layout, 0, &plane);
	return plane.pitch;
}

/* Takes a layout unless there is one with its pitch. NULL limits: tight rows. */
static int add_layout(struct probing *probing, const struct tenon_limits *limits)
{
	struct tenon_layout *layout = NULL;
	int ret = tenon_layout_create(&layout, probing->format, DRM_FORMAT_MOD_LINEAR,
		probing->width, probing->height, limits, NULL);

	if (ret != 0) {
		return ret == TENON_CONFLICT ? 0 : ret; /* the table knows of no such buffer */
	}
	for (size_t i = 0; i < probing->layouts_len; i++) {
		if (probing_pitch(probing->layouts[i]) == probing_pitch(layout)) {
			tenon_layout_destroy(layout);
			return 0;
		}
	}
	probing->layouts[probing->layouts_len++] = layout;
	return 0;
}

/* The limits that the table has for this role and format; NULL: none. */
static const struct tenon_limits *table_limits(const struct probing *probing)
{
	const struct tenon_format_modifier *pairs;
	const struct tenon_limits *limits;
	uint32_t roles, fourcc = tenon_format_get_fourcc(probing->format);
	size_t len;

	for (size_t i = 0; probing->offer != NULL && tenon_offer_get_alternative(probing->offer, i,
							     &roles, &pairs, &len, &limits) == 0;
		i++) {
		for (size_t p = 0; p < len && (roles & probing->role) != 0; p++) {
			if (pairs[p].modifier == DRM_FORMAT_MOD_LINEAR &&
				(pairs[p].format == fourcc ||
					pairs[p].format == TENON_FORMAT_ANY)) {
				return limits;
			}
		}
	}
	return NULL;
}

/* The table's layout, one with rows as short as can be, one with rows of a round length. */
static enum tool_status lay_out(struct probing *probing)
{
	struct tenon_limits *limits = NULL;
	int ret = tenon_limits_create(&limits);

	if (ret == 0) {
		ret = tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 256);
	}
	if (ret == 0 && table_limits(probing) != NULL) {
		ret = add_layout(probing, table_limits(probing));
	}
	if (ret == 0) {
		ret = add_layout(probing, NULL);
	}
	if (ret == 0) {
		ret = add_layout(probing, limits);
	}
	tenon_limits_destroy(limits);
	return ret == 0 ? TOOL_OK
			: tool_fail(TOOL_FAILED, "cannot lay the picture out: %s", strerror(-ret));
}

/* Heaps that make no dma-bufs are of no use to devices; unless asked for, they are left out. */
static int add_heap(struct probing *probing, struct tenon_heap *heap, bool any)
{
	struct probing_heap *added = &probing->heaps[probing->heaps_len];
	int ret;

	if (probing->heaps_len == PROBING_HEAPS_MAX) {
		return 0;
	}
	added->info.size = sizeof(added->info);
	ret = tenon_heap_query(heap, &added->info);
	if (ret < 0 || added->info.availability != TENON_AVAILABLE || added->info.lays_out_only ||
		(!added->info.dmabuf && !any)) {
		return ret;
	}
	added->heap = tenon_heap_ref(heap);
	probing->heaps_len++;
	return 0;
}

/* The device's own memory, as what it takes if it takes anything. */
static int add_own_heap(struct probing *probing)
{
	struct tenon_heap *heap = NULL;
	int ret;

	if (probing->drm == NULL) {
		return 0;
	}
	ret = tenon_heap_create_dumb(
		&heap, "dumb", tenon_drm_device_get_fd(probing->drm), TENON_CONTIGUITY_UNKNOWN);
	if (ret == 0) {
		ret = add_heap(probing, heap, true);
	}
	tenon_heap_unref(heap);
	return ret;
}

static enum tool_status add_heaps(struct probing *probing, const char *name)
{
	struct tenon_context *context = probing->tool.context;
	struct tenon_heap *heap;
	int ret = 0;

	for (size_t i = 0; ret == 0 && (heap = tenon_context_get_heap(context, i)) != NULL; i++) {
		if (name == NULL || strcmp(tenon_heap_get_name(heap), name) == 0) {
			ret = add_heap(probing, heap, name != NULL);
		}
	}
	if (ret == 0 && (name == NULL || strcmp(name, "dumb") == 0)) {
		ret = add_own_heap(probing);
	}
	if (ret < 0) {
		return tool_fail(TOOL_FAILED, "cannot ask the heaps: %s", strerror(-ret));
	}
	if (probing->heaps_len == 0) {
		return name != NULL ? tool_fail(TOOL_USAGE,
					      "there is no heap \"%s\" here; \"tenon info\" tells "
					      "of heaps",
					      name)
				    : tool_fail(TOOL_FAILED, "there is no heap here");
	}
	return TOOL_OK;
}

enum tool_status probing_open(struct probing *probing, const struct probing_request *request)
{
	enum tool_status status = tool_open(&probing->tool, true);

	if (status == TOOL_OK && strchr(request->device, '/') != NULL) {
		snprintf(probing->node, sizeof(probing->node), "%s", request->device);
	} else if (status == TOOL_OK) {
		status = find_node(probing, request->device);
	}
	if (status == TOOL_OK) {
		status = open_node(probing);
	}
	if (status == TOOL_OK) {
		status = find_entry(probing);
	}
	if (status == TOOL_OK) {
		choose_role(probing);
		status = choose_picture(probing, request);
	}
	if (status == TOOL_OK) {
		status = lay_out(probing);
	}
	return status == TOOL_OK ? add_heaps(probing, request->heap) : status;
}

void probing_close(struct probing *probing)
{
	for (size_t i = 0; i < probing->heaps_len; i++) {
		tenon_heap_unref(probing->heaps[i].heap);
	}
	for (size_t i = 0; i < probing->layouts_len; i++) {
		tenon_layout_destroy(probing->layouts[i]);
	}
	free(probing->corrected);
	tenon_probe_report_destroy(probing->report);
	tenon_offer_unref(probing->offer);
	tenon_v4l2_device_unref(probing->v4l2);
	tenon_drm_device_unref(probing->drm);
	tool_close(&probing->tool);
}
