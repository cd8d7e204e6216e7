/* SPDX-License-Identifier: MIT */
#include "probing.h"
#include "to_json.h"

static json_object *make_stages(uint32_t mask)
{
	json_object *array = json_object_new_array();

	for (uint32_t bit = 1; bit != 0 && bit <= TENON_PROBE_DATA; bit <<= 1) {
		if (mask & bit) {
			json_object_array_add(array,
				json_text(tenon_probe_stage_get_name((enum tenon_probe_stage)bit)));
		}
	}
	return array;
}

static json_object *make_try(const struct probing_heap *heap, const struct probing_row *row,
	const struct tenon_layout *layout)
{
	const struct tenon_probe_result *result = &row->result;
	json_object *object = json_object_new_object();
	bool asked = row->error == 0;

	json_add_text(object, "heap", heap->info.name);
	json_add_number(object, "pitch", probing_pitch(layout));
	json_add_bool(object, "allocated", asked);
	json_add_text(object, "contiguity", asked ? tool_contiguity_word(row->contiguity) : NULL);
	json_object_object_add(object, "passed", make_stages(asked ? result->passed : 0));
	json_add_text(object, "refused",
		asked && result->refused != 0 ? tenon_probe_stage_get_name(result->refused) : NULL);
	json_object_object_add(object, "errno",
		asked && result->error == 0
			? NULL
			: json_object_new_int(asked ? -result->error : -row->error));
	json_add_text(object, "text", asked ? result->text : row->reason);
	return object;
}

static json_object *make_tries(const struct probing *probing)
{
	json_object *array = json_object_new_array();

	for (size_t i = 0; i < probing->heaps_len; i++) {
		for (size_t k = 0; k < probing->layouts_len; k++) {
			json_object_array_add(
				array, make_try(&probing->heaps[i], &probing->heaps[i].rows[k],
					       probing->layouts[k]));
		}
	}
	return array;
}

static json_object *make_finding(const struct tenon_probe_finding *finding)
{
	json_object *object = json_object_new_object();

	json_add_text(object, "limit", tenon_property_get_name(finding->property));
	json_object_object_add(object, "table",
		finding->believed_known ? json_object_new_uint64(finding->believed) : NULL);
	json_object_object_add(object, "found",
		finding->found_known ? json_object_new_uint64(finding->found) : NULL);
	json_add_text(object, "verdict", probing_verdict_word(finding->verdict));
	json_add_text(object, "seen", finding->evidence[0] != '\0' ? finding->evidence : NULL);
	return object;
}

static json_object *make_findings(const struct probing *probing)
{
	struct tenon_probe_finding finding = {.size = sizeof(finding)};
	json_object *array = json_object_new_array();

	for (size_t i = 0; probing->report != NULL &&
			   tenon_probe_report_get_finding(probing->report, i, &finding) == 0;
		i++) {
		json_object_array_add(array, make_finding(&finding));
	}
	return array;
}

void probing_print_json(const struct probing *probing)
{
	json_object *object = json_object_new_object();

	json_add_text(object, "node", probing->node);
	json_add_text(object, "bus", probing->bus);
	json_add_text(object, "driver", probing->driver);
	json_add_text(object, "device",
		probing->entry != NULL ? tenon_device_entry_get_name(probing->entry) : NULL);
	json_add_text(object, "format", tenon_format_get_name(probing->format));
	json_add_number(object, "width", probing->width);
	json_add_number(object, "height", probing->height);
	json_add_bool(object, "passes", probing_something_passes(probing));
	json_object_object_add(object, "stages", make_stages(probing->stages));
	json_object_object_add(object, "tries", make_tries(probing));
	json_object_object_add(object, "questions",
		probing->report != NULL
			? json_object_new_uint64(tenon_probe_report_get_tries_len(probing->report))
			: NULL);
	json_object_object_add(object, "findings", make_findings(probing));
	json_add_text(object, "corrected", probing->corrected);
	json_print(object);
}
