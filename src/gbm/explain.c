/* SPDX-License-Identifier: MIT */

/* Why a bo is as it is, in one line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "gbm/device.h"

static void print_usage(FILE *out, uint32_t usage)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{GBM_BO_USE_SCANOUT, "scanout"},
		{GBM_BO_USE_CURSOR, "cursor"},
		{GBM_BO_USE_RENDERING, "rendering"},
		{GBM_BO_USE_WRITE, "write"},
		{GBM_BO_USE_LINEAR, "linear"},
	};
	const char *separator = "";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (usage & names[i].bit) {
			fprintf(out, "%s%s", separator, names[i].name);
			separator = "+";
		}
	}
	if (*separator == '\0') {
		fputs("unsaid", out);
	}
}

static void print_request(
	FILE *out, const struct tg_device *device, const struct tg_request *request)
{
	const struct tenon_format *format = tenon_format_get(request->format);
	fprintf(out, "bo %ux%u ", request->width, request->height);
	if (format != NULL) {
		fputs(tenon_format_get_name(format), out);
	} else {
		fprintf(out, "format 0x%08x", request->format);
	}
	fputs(" for ", out);
	print_usage(out, request->usage);
	fputs(", devices", out);
	for (size_t i = 0; i < device->participants_len; i++) {
		fprintf(out, "%s%s", i > 0 ? "," : " ",
			tenon_offer_get_device(device->participants[i].offer));
	}
	if (device->participants_len == 0) {
		fputs(" none", out);
	}
}

static void print_limit(FILE *out, const struct tenon_limits *limits, enum tenon_property property)
{
	char value[64];
	bool per_plane = tenon_property_is_per_plane(property);
	if (tenon_limits_print_value(
		    value, sizeof(value), limits, property, per_plane ? 0 : TENON_PLANE_ALL) == 0) {
		fprintf(out, " %s=%s", tenon_property_get_name(property), value);
	}
}

static void print_merged(FILE *out, const struct tenon_plan *plan)
{
	static const enum tenon_property shown[] = {
		TENON_PROP_PITCH_MULTIPLE,
		TENON_PROP_PITCH_MULTIPLE_PIXELS,
		TENON_PROP_PITCH_EXACT,
		TENON_PROP_PITCH_TIGHT,
		TENON_PROP_PITCH_MAX,
		TENON_PROP_HEIGHT_ALIGN,
		TENON_PROP_SEGMENTS_MAX,
		TENON_PROP_ADDRESS_MAX,
	};
	fputs(", merged", out);
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		print_limit(out, tenon_plan_get_limits(plan), shown[i]);
	}
}

static void print_layout(FILE *out, const struct tenon_layout *layout)
{
	uint64_t modifier = tenon_layout_get_modifier(layout);
	fputs(", layout", out);
	if (modifier != DRM_FORMAT_MOD_LINEAR) {
		char text[96];
		tenon_modifier_print(text, sizeof(text), modifier);
		fprintf(out, " %s", text);
	}
	for (size_t i = 0; i < tenon_layout_get_planes_len(layout); i++) {
		struct tenon_plane_layout plane;
		tenon_layout_get_plane(layout, i, &plane);
		fprintf(out, "%s pitch %u offset %llu", i > 0 ? ";" : "", plane.pitch,
			(unsigned long long)plane.offset);
	}
	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		fprintf(out, " size %llu",
			(unsigned long long)tenon_layout_get_object_size(layout, i));
	}
}

static bool is_of_request(const struct tg_refusal *refusal, const struct tg_request *request)
{
	return tg_refusal_applies(refusal, request, refusal->heap, refusal->modifier);
}

static void print_probe(FILE *out, struct tg_device *device, const struct tg_request *request)
{
	if (!device->drm) {
		fputs(", probe none (no DRM device)", out);
		return;
	}
	fputs(", probe passed", out);
	pthread_mutex_lock(&device->lock);
	for (size_t i = 0; i < device->refusals_len; i++) {
		const struct tg_refusal *refusal = &device->refusals[i];
		if (is_of_request(refusal, request)) {
			fprintf(out, " (%s refused at %s)", refusal->heap, refusal->stage);
		}
	}
	pthread_mutex_unlock(&device->lock);
}

char *tg_explain(const struct tg_bo *bo, const struct tg_request *request)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL) {
		return NULL;
	}
	if (request == NULL) {
		fputs(bo->buffer != NULL ? "import, mapped by its exporter"
					 : "import, Mesa's affair alone",
			out);
	} else {
		const struct tenon_plan *plan = tenon_buffer_get_plan(bo->buffer);
		print_request(out, bo->device, request);
		if (plan != NULL) {
			print_merged(out, plan);
		}
		fprintf(out, ", heap %s", tenon_buffer_get_heap(bo->buffer));
		print_probe(out, bo->device, request);
		print_layout(out, tenon_buffer_get_layout(bo->buffer));
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static const char *print_refusals(
	FILE *out, struct tg_device *device, const struct tg_request *request)
{
	const char *separator = ": ";
	pthread_mutex_lock(&device->lock);
	for (size_t i = 0; i < device->refusals_len; i++) {
		const struct tg_refusal *refusal = &device->refusals[i];
		if (is_of_request(refusal, request)) {
			fprintf(out, "%sheap %s refused at %s (%s)", separator, refusal->heap,
				refusal->stage, strerror(-refusal->error));
			separator = ", ";
		}
	}
	pthread_mutex_unlock(&device->lock);
	return separator;
}

static bool was_refused(
	struct tg_device *device, const struct tg_request *request, const char *what)
{
	bool found = false;
	pthread_mutex_lock(&device->lock);
	for (size_t i = 0; i < device->refusals_len; i++) {
		const struct tg_refusal *refusal = &device->refusals[i];
		const char *name = strstr(what, refusal->heap);
		found = found || (name != NULL && strcmp(name, refusal->heap) == 0 &&
					 is_of_request(refusal, request));
	}
	pthread_mutex_unlock(&device->lock);
	return found;
}

static const char *describe_error(int error)
{
	return error == -ENODEV    ? "no memory here passes"
	       : error == -ENOTSUP ? "nobody here lays out what was asked for"
				   : strerror(-error);
}

static void print_heaps(FILE *out, const struct tg_bo *bo, const struct tg_request *request)
{
	const char *separator = print_refusals(out, bo->device, request);
	const struct tenon_plan *plan = tenon_buffer_get_plan(bo->buffer);
	struct tenon_ruled_out row;
	for (size_t i = 0; plan != NULL && tenon_plan_get_ruled_out(plan, i, &row) == 0; i++) {
		if (was_refused(bo->device, request, row.what)) {
			continue;
		}
		fprintf(out, "%s%s: %s", separator, row.what, row.why);
		if (row.device != NULL) {
			fprintf(out, " (%s)", row.device);
		}
		separator = ", ";
	}
}

char *tg_explain_failure(const struct tg_bo *bo, const struct tg_request *request, int error)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL) {
		return NULL;
	}
	const struct tenon_conflict *conflict =
		bo->buffer != NULL ? tenon_buffer_get_conflict(bo->buffer) : NULL;
	if (conflict != NULL) {
		fputs(tenon_conflict_get_text(conflict), out);
	} else {
		fputs(describe_error(error), out);
		if (bo->buffer != NULL) {
			print_heaps(out, bo, request);
		} else {
			print_refusals(out, bo->device, request);
		}
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *tg_explain_request(const struct tg_device *device, const struct tg_request *request)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL) {
		return NULL;
	}
	print_request(out, device, request);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
