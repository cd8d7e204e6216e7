/* SPDX-License-Identifier: MIT */

/* Answers as records: what is written is read back the same, and what is malformed is refused. */

#include <errno.h>
#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "wayland/wire/records.h"

/* What came of an answer. */
struct told {
	struct wire_layout layout;
	struct tenon_limits *needs;
	char words[1024]; /* all texts in a row */
};

static int tell_layout(void *data, const struct wire_layout *layout)
{
	struct told *told = data;

	told->layout = *layout;
	return 0;
}

static int tell_needs(void *data, struct tenon_limits *limits)
{
	struct told *told = data;

	assert_null(told->needs);
	told->needs = limits;
	return 0;
}

static void add_word(struct told *told, const char *word)
{
	strcat(told->words, word != NULL ? word : "-");
	strcat(told->words, "|");
}

static int tell_needs_heap(void *data, enum tenon_property property, const char *name)
{
	add_word(data, property == TENON_PROP_HEAP ? "heap" : "preferred");
	add_word(data, name);
	return 0;
}

static int tell_word(void *data, const char *word)
{
	add_word(data, word);
	return 0;
}

static int tell_words(void *data, const char *a, const char *b, const char *c)
{
	add_word(data, a);
	add_word(data, b);
	add_word(data, c);
	return 0;
}

static int tell_error(void *data, const char *word)
{
	return -ENOMEM;
}

static const struct wire_answer_impl telling = {
	.layout = tell_layout,
	.needs = tell_needs,
	.needs_heap = tell_needs_heap,
	.choice = tell_word,
	.ruled_out = tell_words,
	.conflict_device = tell_words,
	.hint = tell_word,
	.text = tell_word,
};

TEST(answers_come_back)
{
	const struct tenon_ruled_out nobody = {"heap system", "scattered", NULL};
	const struct tenon_ruled_out somebody = {"format NV12", "not offered", "gpu"};
	struct tenon_limits *limits;
	struct told told = {0};
	struct wl_array all;
	uint64_t value;

	wl_array_init(&all);
	assert_int_equal(tenon_limits_create(&limits), 0);
	tenon_limits_set(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, 256);
	tenon_limits_allow_heap(limits, "cma");
	tenon_limits_prefer_heap(limits, "memfd");
	assert_int_equal(wire_put_needs(&all, limits), 0);
	assert_int_equal(wire_put_text(&all, WIRE_RECORD_CHOICE, "cma", WIRE_NAME_MAX), 0);
	assert_int_equal(wire_put_ruled_out(&all, &nobody), 0);
	assert_int_equal(wire_put_ruled_out(&all, &somebody), 0);
	assert_int_equal(wire_put_conflict_device(&all, "vc4", "", NULL), 0);
	assert_int_equal(wire_put_text(&all, WIRE_RECORD_HINT, "less", WIRE_TEXT_MAX), 0);
	assert_int_equal(wire_put_text(&all, WIRE_RECORD_TEXT, "no", WIRE_TEXT_MAX), 0);
	assert_int_equal(wire_answer_read(&telling, &told, all.data, all.size), 0);
	assert_string_equal(told.words, "heap|cma|preferred|memfd|cma|heap system|scattered|-|"
					"format NV12|not offered|gpu|vc4||-|less|no|");
	assert_int_equal(tenon_limits_get(told.needs, TENON_PROP_PITCH_MULTIPLE, 0, &value), 0);
	assert_int_equal(value, 256);
	tenon_limits_destroy(told.needs);
	tenon_limits_destroy(limits);
	wl_array_release(&all);
}

TEST(layouts_come_back)
{
	static const uint32_t formats[] = {DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12, DRM_FORMAT_YUV420};

	for (size_t i = 0; i < 3; i++) {
		struct tenon_plan_options options = {.size = sizeof(options),
			.width = 354,
			.height = 242,
			.formats = &formats[i],
			.formats_len = 1};
		const struct tenon_layout *layout;
		struct tenon_plan *plan;
		struct told told = {0};
		struct wl_array all;

		wl_array_init(&all);
		assert_int_equal(tenon_plan_create(&plan, &options, NULL), 0);
		layout = tenon_plan_get_layout(plan);
		assert_int_equal(wire_put_layout(&all, layout), 0);
		assert_int_equal(wire_answer_read(&telling, &told, all.data, all.size), 0);
		assert_int_equal(told.layout.format, formats[i]);
		assert_int_equal(told.layout.modifier, tenon_layout_get_modifier(layout));
		assert_int_equal(told.layout.objects_len, tenon_layout_get_objects_len(layout));
		assert_int_equal(
			told.layout.object_sizes[0], tenon_layout_get_object_size(layout, 0));
		assert_int_equal(told.layout.planes_len, tenon_layout_get_planes_len(layout));
		for (size_t p = 0; p < told.layout.planes_len; p++) {
			struct tenon_plane_layout plane;

			tenon_layout_get_plane(layout, p, &plane);
			assert_memory_equal(&plane, &told.layout.planes[p], sizeof(plane));
		}
		tenon_plan_destroy(plan);
		wl_array_release(&all);
	}
}

/* The result of an answer that is one record. */
static int read_one(uint32_t kind, const void *data, size_t size)
{
	struct told told = {0};
	uint32_t record[64] = {kind, (uint32_t)size};
	int err;

	assert_true(size <= sizeof(record) - 8);
	memcpy(&record[2], data, size);
	err = wire_answer_read(&telling, &told, record, 8 + (size + 3) / 4 * 4);
	tenon_limits_destroy(told.needs);
	return err;
}

TEST(malformed_answers_are_refused)
{
	const struct {
		uint32_t kind;
		const void *data;
		size_t size;
		int result;
	} cases[] = {
		/* a layout of no objects, of five, of no planes, cut short */
		{WIRE_RECORD_LAYOUT, (uint32_t[12]){DRM_FORMAT_XRGB8888, 0}, 48, -EPROTO},
		{WIRE_RECORD_LAYOUT, (uint32_t[22]){DRM_FORMAT_XRGB8888, 5}, 88, -EPROTO},
		{WIRE_RECORD_LAYOUT, (uint32_t[6]){DRM_FORMAT_XRGB8888, 1}, 24, -EPROTO},
		{WIRE_RECORD_LAYOUT, (uint32_t[14]){DRM_FORMAT_XRGB8888, 1}, 52, -EPROTO},
		{WIRE_RECORD_LAYOUT, (uint32_t[14]){DRM_FORMAT_XRGB8888, 1}, 56, 0},
		{WIRE_RECORD_LAYOUT, (uint32_t[46]){DRM_FORMAT_XRGB8888, 1}, 184, -EPROTO},
		{WIRE_RECORD_NEEDS, "0123456789", 10, -EPROTO},
		{WIRE_RECORD_NEEDS, (uint32_t[4]){0x80007fff, UINT32_MAX}, 16, -ENOTSUP},
		{WIRE_RECORD_NEEDS, "", 0, 0},
		{WIRE_RECORD_NEEDS_HEAP, (uint32_t[2]){TENON_PROP_PITCH_MAX, 0x78}, 5, -EPROTO},
		{WIRE_RECORD_NEEDS_HEAP, (uint32_t[1]){TENON_PROP_HEAP}, 4, -EPROTO},
		{WIRE_RECORD_NEEDS_HEAP, (uint32_t[2]){TENON_PROP_HEAP, 0x78}, 5, 0},
		{WIRE_RECORD_CHOICE, "", 0, -EPROTO},
		{WIRE_RECORD_CHOICE, "cm\0a", 4, -EPROTO},
		{WIRE_RECORD_RULED_OUT, (uint32_t[4]){1, 1, 1, 0x787878}, 15, 0},
		{WIRE_RECORD_RULED_OUT, (uint32_t[4]){1, 1, 2, 0x787878}, 15, -EPROTO},
		{WIRE_RECORD_RULED_OUT, (uint32_t[4]){1, 1, 0, 0x787878}, 15, -EPROTO},
		{WIRE_RECORD_RULED_OUT, (uint32_t[4]){1, 2, UINT32_MAX, 0x787878}, 15, 0},
		{WIRE_RECORD_RULED_OUT, (uint32_t[4]){UINT32_MAX, 0, 0, 0}, 16, -EPROTO},
		{WIRE_RECORD_CONFLICT_DEVICE, (uint32_t[2]){0, 0}, 8, -EPROTO},
		{WIRE_RECORD_TEXT, "a\0b", 3, -EPROTO},
		{WIRE_RECORD_FORMATS, "XR24", 4, 0}, /* of a question: not known here */
		{WIRE_RECORD_FORMATS | WIRE_MUST_UNDERSTAND, "XR24", 4, -ENOTSUP},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int result = read_one(cases[i].kind, cases[i].data, cases[i].size);

		if (result != cases[i].result) {
			fail_msg("case %zu: %d instead of %d", i, result, cases[i].result);
		}
	}
}

TEST(who_is_told_can_end_it)
{
	const struct wire_answer_impl refusing = {.text = tell_error, .hint = tell_word};
	struct told told = {0};
	struct wl_array all;

	wl_array_init(&all);
	assert_int_equal(wire_put_text(&all, WIRE_RECORD_TEXT, "no", 8), 0);
	assert_int_equal(wire_put_text(&all, WIRE_RECORD_HINT, "not reached", 20), 0);
	assert_int_equal(wire_answer_read(&refusing, &told, all.data, all.size), -ENOMEM);
	assert_string_equal(told.words, "");
	wl_array_release(&all);
}
