/* SPDX-License-Identifier: MIT */
#include "probing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>

static int allocate(struct tenon_memory **out, struct probing_heap *heap,
	const struct tenon_layout *layout, uint32_t object, struct probing_row *row)
{
	const struct tenon_alloc_request request = {
		.size = sizeof(request),
		.bytes = tenon_layout_get_object_size(layout, object),
		.flags = TENON_ALLOC_OWN_FD,
		.layout = layout,
		.object = object,
		.label = "tenon-probe",
		.reason = row->reason,
		.reason_size = sizeof(row->reason),
	};
	int ret = tenon_heap_allocate(out, heap->heap, &request);

	if (ret == 0) {
		row->contiguity = (*out)->contiguity;
	}
	return ret;
}

static int give(struct probing *probing, const struct tenon_layout *layout, const int *fds,
	size_t fds_len, uint32_t stages, struct tenon_probe_result *result)
{
	const struct tenon_v4l2_probe_options options = {
		.size = sizeof(options),
		.role = (enum tenon_role)probing->role,
		.stages = stages,
	};

	*result = (struct tenon_probe_result){.size = sizeof(*result)};
	return probing->drm != NULL ? tenon_drm_device_probe(probing->drm, layout, fds, fds_len,
					      stages, NULL, result)
				    : tenon_v4l2_device_probe(probing->v4l2, layout, fds, fds_len,
					      &options, result);
}

int probing_ask(struct probing *probing, const struct tenon_layout *layout,
	struct probing_heap *heap, uint32_t stages, struct probing_row *row)
{
	size_t objects = tenon_layout_get_objects_len(layout);
	struct tenon_memory *memories[TENON_MAX_PLANES] = {NULL};
	int fds[TENON_MAX_PLANES], ret = 0;

	for (size_t i = 0; i < objects && ret == 0; i++) {
		ret = allocate(&memories[i], heap, layout, (uint32_t)i, row);
		fds[i] = ret == 0 ? memories[i]->fd : -1;
	}
	if (ret != 0) {
		row->error = ret;
	} else {
		ret = give(probing, layout, fds, objects, stages, &row->result);
	}
	for (size_t i = 0; i < objects; i++) {
		tenon_memory_destroy(memories[i]);
	}
	return ret;
}

/* As the search asks. */
static int ask_for_search(void *data, const struct tenon_layout *layout, size_t kind,
	struct tenon_probe_result *result)
{
	struct probing *probing = data;
	struct probing_row row = {.error = 0};
	int ret = probing_ask(probing, layout, &probing->heaps[kind],
		probing->stages & ~(uint32_t)TENON_PROBE_DATA, &row);

	if (row.error != 0) {
		return -ENOMEM; /* this heap has none, for whatever reason */
	}
	*result = row.result;
	return ret;
}

static enum tenon_answer is_contiguous(enum tenon_contiguity contiguity)
{
	switch (contiguity) {
	case TENON_CONTIGUITY_ASSURED:
	case TENON_CONTIGUITY_PROVEN:
		return TENON_YES;
	case TENON_CONTIGUITY_NONE:
		return TENON_NO;
	default:
		return TENON_UNKNOWN;
	}
}

static int search(struct probing *probing)
{
	struct tenon_probe_kind kinds[PROBING_HEAPS_MAX];
	const struct tenon_probe_search search = {
		.size = sizeof(search),
		.format = tenon_format_get_fourcc(probing->format),
		.width = probing->width,
		.height = probing->height,
		.roles = probing->role,
		.offer = probing->offer,
		.kinds = kinds,
		.kinds_len = probing->heaps_len,
		.ask = ask_for_search,
		.data = probing,
	};

	for (size_t i = 0; i < probing->heaps_len; i++) {
		kinds[i] = (struct tenon_probe_kind){.name = probing->heaps[i].info.name,
			.contiguous = is_contiguous(probing->heaps[i].rows[0].contiguity)};
	}
	return tenon_probe_search_run(&probing->report, &search);
}

/* Whether the table is to be corrected. */
static bool is_wrong(const struct tenon_probe_report *report)
{
	struct tenon_probe_finding finding = {.size = sizeof(finding)};

	for (size_t i = 0; tenon_probe_report_get_finding(report, i, &finding) == 0; i++) {
		if (finding.verdict == TENON_PROBE_TOO_LOOSE) {
			return true;
		}
	}
	return false;
}

/* The keys that an offer does not have and an entry of a table does. */
static void write_keys(FILE *out, const struct probing *probing)
{
	const struct tenon_device_entry *entry = probing->entry;
	bool lifted = false;

	if (entry != NULL && strcmp(tenon_device_entry_get_name(entry), probing->driver) != 0) {
		fprintf(out, "driver = %s\n", probing->driver);
	}
	fprintf(out, "bus = %s\n", probing->bus);
	if (entry == NULL) {
		return;
	}
	if (tenon_device_entry_get_description(entry)[0] != '\0') {
		fprintf(out, "description = %s\n", tenon_device_entry_get_description(entry));
	}
	for (int property = 0; property < 128; property++) {
		const char *name = tenon_property_get_name((enum tenon_property)property);

		if (name != NULL && tenon_device_entry_is_lifted_by_iommu(
					    entry, (enum tenon_property)property)) {
			fprintf(out, "%s %s", lifted ? "" : "iommu-lifts =", name);
			lifted = true;
		}
	}
	fputs(lifted ? "\n" : "", out);
}

/* The entry as a device table has it: the offer's text with more keys behind its first line. */
static int write_entry(struct probing *probing, const char *offer)
{
	const char *rest = strchr(offer, '\n');
	size_t size;
	FILE *out = open_memstream(&probing->corrected, &size);

	if (out == NULL) {
		return -ENOMEM;
	}
	rest = rest != NULL ? rest + 1 : "";
	fprintf(out, "%.*s", (int)(rest - offer), offer);
	write_keys(out, probing);
	fputs(rest, out);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

static int correct(struct probing *probing)
{
	const char *name = probing->entry != NULL ? tenon_device_entry_get_name(probing->entry)
						  : probing->driver;
	struct tenon_offer *offer = NULL;
	char *text = NULL;
	int ret;

	if (!is_wrong(probing->report)) {
		return 0;
	}
	ret = tenon_probe_report_create_offer(&offer, probing->report, name, false);
	if (ret == 0) {
		ret = tenon_offer_to_text(&text, offer);
	}
	if (ret == 0) {
		ret = write_entry(probing, text);
	}
	free(text);
	tenon_offer_unref(offer);
	return ret;
}

static enum tool_status fail(const struct probing *probing, int error)
{
	return tool_fail(TOOL_FAILED, "%s: %s", probing->node,
		error == -ENODEV ? "the device is gone" : strerror(-error));
}

enum tool_status probing_run(struct probing *probing, bool no_search)
{
	int ret = 0;

	for (size_t i = 0; i < probing->heaps_len; i++) {
		for (size_t k = 0; k < probing->layouts_len; k++) {
			struct probing_row *row = &probing->heaps[i].rows[k];

			ret = probing_ask(probing, probing->layouts[k], &probing->heaps[i],
				probing->stages, row);
			if (ret != 0 && row->error == 0) {
				return fail(probing, ret);
			}
		}
	}
	if (no_search || !probing_something_passes(probing)) {
		return TOOL_OK;
	}
	ret = search(probing);
	if (ret == 0) {
		ret = correct(probing);
	}
	return ret == 0 ? TOOL_OK : fail(probing, ret);
}

bool probing_something_passes(const struct probing *probing)
{
	for (size_t i = 0; i < probing->heaps_len; i++) {
		for (size_t k = 0; k < probing->layouts_len; k++) {
			const struct probing_row *row = &probing->heaps[i].rows[k];

			if (row->error == 0 && row->result.refused == 0) {
				return true;
			}
		}
	}
	return false;
}
