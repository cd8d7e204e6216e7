/* SPDX-License-Identifier: MIT */
/* The search for what a device needs, against drivers whose rules are known. */
#include <drm_fourcc.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>
#include <tenon/probe.h>

#include "harness.h"
#include "oom.h"
#include "random.h"

enum {
	WIDTH = 300,
	HEIGHT = 200,
	RULES = 400,
};

/* What a driver refuses by; 0: no such rule. */
struct rules {
	uint32_t format;
	uint64_t multiple, remainder, pitch_max, offset_align, rows_align;
	uint32_t width_max, height_max;
	bool tight, contiguous;
	bool refuses_all;
	int error; /* of each question */
	unsigned asked;
};

static const struct tenon_probe_kind kinds[] = {
	{"system", TENON_NO},
	{"cma", TENON_YES},
};

static bool takes(const struct rules *rules, const struct tenon_layout *layout, size_t kind)
{
	size_t last = tenon_layout_get_planes_len(layout) - 1;
	struct tenon_plane_layout plane;
	uint32_t width, height;
	uint64_t rows;

	tenon_layout_get_size(layout, &width, &height);
	tenon_layout_get_plane(layout, last, &plane);
	if (rules->offset_align != 0 && plane.offset % rules->offset_align != 0) {
		return false;
	}
	tenon_layout_get_plane(layout, 0, &plane);
	rows = rules->rows_align != 0
		       ? (height + rules->rows_align - 1) / rules->rows_align * rules->rows_align
		       : height;
	return !rules->refuses_all && !(rules->contiguous && kind == 0) &&
	       (rules->multiple == 0 || plane.pitch % rules->multiple == rules->remainder) &&
	       (rules->pitch_max == 0 || plane.pitch <= rules->pitch_max) &&
	       (rules->width_max == 0 || width <= rules->width_max) &&
	       (rules->height_max == 0 || height <= rules->height_max) &&
	       (!rules->tight || plane.pitch == width * 4) &&
	       plane.offset + rows * plane.pitch <= tenon_layout_get_object_size(layout, 0);
}

static int ask(void *data, const struct tenon_layout *layout, size_t kind,
	struct tenon_probe_result *result)
{
	struct rules *rules = data;

	assert_int_equal(result->size, sizeof(*result));
	rules->asked++;
	if (rules->error != 0) {
		return rules->error;
	}
	result->asked = TENON_PROBE_FRAMEBUFFER;
	if (takes(rules, layout, kind)) {
		result->passed = TENON_PROBE_FRAMEBUFFER;
	} else {
		result->refused = TENON_PROBE_FRAMEBUFFER;
		result->error = -EINVAL;
	}
	return 0;
}

static struct tenon_offer *offer_of(const char *limits)
{
	struct tenon_offer *offer = NULL;
	struct tenon_text_error error = {.size = sizeof(error)};
	char text[512];

	snprintf(text, sizeof(text),
		"[device fake]\n[alternative]\nroles = scanout\nformats = any\n%s\n", limits);
	if (tenon_offer_from_text(&offer, text, strlen(text), "fake", &error) != 0) {
		fail_msg("%s", error.text);
	}
	return offer;
}

static int try_search(
	struct tenon_probe_report **out, struct rules *rules, struct tenon_offer *offer)
{
	const struct tenon_probe_search search = {
		.size = sizeof(search),
		.format = rules->format != 0 ? rules->format : DRM_FORMAT_XRGB8888,
		.width = WIDTH,
		.height = HEIGHT,
		.roles = TENON_ROLE_SCANOUT,
		.offer = offer,
		.kinds = kinds,
		.kinds_len = 2,
		.ask = ask,
		.data = rules,
	};

	return tenon_probe_search_run(out, &search);
}

static struct tenon_probe_report *search(struct rules *rules, const char *limits)
{
	struct tenon_offer *offer = limits != NULL ? offer_of(limits) : NULL;
	struct tenon_probe_report *report = NULL;

	rules->asked = 0;
	assert_int_equal(try_search(&report, rules, offer), 0);
	tenon_offer_unref(offer);
	assert_int_equal(tenon_probe_report_get_tries_len(report), rules->asked);
	assert_true(rules->asked < 300);
	return report;
}

static bool find(struct tenon_probe_finding *out, const struct tenon_probe_report *report,
	enum tenon_property property)
{
	for (size_t i = 0; i < tenon_probe_report_get_findings_len(report); i++) {
		out->size = sizeof(*out);
		assert_int_equal(tenon_probe_report_get_finding(report, i, out), 0);
		if (out->property == property) {
			return true;
		}
	}
	return false;
}

static void assert_found(const struct tenon_probe_report *report, enum tenon_property property,
	enum tenon_probe_verdict verdict, uint64_t value)
{
	struct tenon_probe_finding finding;

	if (!find(&finding, report, property)) {
		fail_msg("nothing was found of %s", tenon_property_get_name(property));
	}
	assert_int_equal(finding.verdict, verdict);
	if (value != 0) {
		assert_true(finding.found_known);
		assert_int_equal(finding.found, value);
	} else {
		assert_false(finding.found_known);
	}
}

static void assert_none(const struct tenon_probe_report *report, enum tenon_property property)
{
	struct tenon_probe_finding finding;

	if (find(&finding, report, property)) {
		fail_msg("%s: %" PRIu64 ", %s", tenon_property_get_name(property), finding.found,
			finding.evidence);
	}
}

/* The one finding of a rule, when nothing, the same, more and less is believed. */
static void check_rule(const struct rules *given, enum tenon_property property, uint64_t value,
	const char *same, const char *strict, const char *loose)
{
	const struct {
		const char *limits;
		enum tenon_probe_verdict verdict;
	} cases[] = {
		{NULL, TENON_PROBE_TOO_LOOSE},
		{"", TENON_PROBE_TOO_LOOSE},
		{same, TENON_PROBE_CONFIRMED},
		{strict, TENON_PROBE_TOO_STRICT},
		{loose, TENON_PROBE_TOO_LOOSE},
	};
	struct rules rules = *given;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tenon_probe_report *report;

		if (i > 1 && cases[i].limits == NULL) {
			continue;
		}
		report = search(&rules, cases[i].limits);
		assert_found(report, property, cases[i].verdict, value);
		assert_int_equal(tenon_probe_report_get_findings_len(report), 1);
		tenon_probe_report_destroy(report);
	}
}

TEST(each_rule_is_found)
{
	check_rule(&(struct rules){.multiple = 64}, TENON_PROP_PITCH_MULTIPLE, 64,
		"pitch-multiple = 64", "pitch-multiple = 256", "pitch-multiple = 32");
	check_rule(&(struct rules){.pitch_max = 8192}, TENON_PROP_PITCH_MAX, 8192,
		"pitch-max = 8192", "pitch-max = 4096", "pitch-max = 16384");
	check_rule(&(struct rules){.offset_align = 256}, TENON_PROP_OFFSET_ALIGN, 256,
		"offset-align = 256", "offset-align = 4096", "offset-align = 16");
	check_rule(&(struct rules){.rows_align = 16}, TENON_PROP_HEIGHT_ALIGN, 16,
		"height-align = 16", "height-align = 32", "height-align = 2");
	check_rule(&(struct rules){.width_max = 4096}, TENON_PROP_WIDTH_MAX, 4096,
		"width-max = 4096", "width-max = 2048", "width-max = 5000");
	check_rule(&(struct rules){.height_max = 2160}, TENON_PROP_HEIGHT_MAX, 2160,
		"height-max = 2160", "height-max = 1080", "height-max = 4320");
	check_rule(&(struct rules){.tight = true}, TENON_PROP_PITCH_TIGHT, 1, "pitch-tight = yes",
		NULL, NULL);
	check_rule(&(struct rules){.contiguous = true}, TENON_PROP_SEGMENTS_MAX, 1,
		"segments-max = 1", NULL, NULL);
}

TEST(no_rule_is_no_finding)
{
	struct rules rules = {.multiple = 0};
	struct tenon_probe_report *report = search(&rules, NULL);

	assert_int_equal(tenon_probe_report_get_findings_len(report), 0);
	tenon_probe_report_destroy(report);
	report = search(&rules, "pitch-multiple = 4");
	assert_int_equal(tenon_probe_report_get_findings_len(report), 0);
	tenon_probe_report_destroy(report);
	/* all that is believed is more than the device asks for */
	report = search(&rules, "pitch-multiple-pixels = 64\noffset-align = 128\n"
				"height-align = 4\nsegments-max = 1\nwidth-max = 2000");
	assert_found(report, TENON_PROP_PITCH_MULTIPLE, TENON_PROBE_TOO_STRICT, 0);
	assert_found(report, TENON_PROP_OFFSET_ALIGN, TENON_PROBE_TOO_STRICT, 0);
	assert_found(report, TENON_PROP_HEIGHT_ALIGN, TENON_PROBE_TOO_STRICT, 0);
	assert_found(report, TENON_PROP_SEGMENTS_MAX, TENON_PROBE_TOO_STRICT, 0);
	assert_found(report, TENON_PROP_WIDTH_MAX, TENON_PROBE_TOO_STRICT, 0);
	tenon_probe_report_destroy(report);
	report = search(&rules, "pitch-tight = yes");
	assert_found(report, TENON_PROP_PITCH_TIGHT, TENON_PROBE_TOO_STRICT, 0);
	tenon_probe_report_destroy(report);
}

/* A device that wants 64 pixels of three bytes, and one that wants odd multiples of 256. */
TEST(odd_rules_are_found)
{
	struct rules rules = {.format = DRM_FORMAT_RGB888, .multiple = 192};
	struct tenon_probe_report *report = search(&rules, NULL);

	assert_found(report, TENON_PROP_PITCH_MULTIPLE, TENON_PROBE_TOO_LOOSE, 192);
	tenon_probe_report_destroy(report);
	report = search(&rules, "pitch-multiple-pixels = 64");
	assert_found(report, TENON_PROP_PITCH_MULTIPLE, TENON_PROBE_CONFIRMED, 192);
	tenon_probe_report_destroy(report);
	rules = (struct rules){.multiple = 512, .remainder = 256};
	report = search(&rules, "pitch-multiple = 512\npitch-remainder = 256");
	assert_found(report, TENON_PROP_PITCH_MULTIPLE, TENON_PROBE_CONFIRMED, 512);
	assert_found(report, TENON_PROP_PITCH_REMAINDER, TENON_PROBE_CONFIRMED, 256);
	tenon_probe_report_destroy(report);
	/* two needs that are not multiples of each other: both hold */
	rules = (struct rules){.multiple = 96};
	report = search(&rules, "pitch-multiple = 64");
	assert_found(report, TENON_PROP_PITCH_MULTIPLE, TENON_PROBE_TOO_LOOSE, 192);
	tenon_probe_report_destroy(report);
}

static uint64_t pick(struct random *r, const uint64_t *values, uint32_t len)
{
	return values[random_below(r, len)];
}

/* The greatest pitch that the rules take. */
static uint64_t greatest_pitch(const struct rules *rules)
{
	uint64_t multiple = rules->multiple != 0 ? rules->multiple : 4;

	return rules->pitch_max / multiple * multiple;
}

static struct rules random_rules(struct random *r)
{
	static const uint64_t multiples[] = {
		0, 0, 4, 8, 16, 32, 48, 64, 96, 128, 192, 256, 320, 512, 1024};
	static const uint64_t pitches[] = {0, 0, 2048, 4096, 8191, 16384, 20000};
	static const uint64_t offsets[] = {0, 0, 1, 4, 64, 256, 4096};
	static const uint64_t rows[] = {0, 0, 2, 4, 8, 16, 32, 64};
	static const uint64_t sizes[] = {0, 0, 1024, 1920, 2048, 4095, 4096};
	struct rules rules = {
		.multiple = pick(r, multiples, 15),
		.pitch_max = pick(r, pitches, 7),
		.offset_align = pick(r, offsets, 7),
		.rows_align = pick(r, rows, 8),
		.width_max = (uint32_t)pick(r, sizes, 7),
		.height_max = (uint32_t)pick(r, sizes, 7),
		.contiguous = random_below(r, 2),
	};

	/* of one pitch nobody can say which rule it follows */
	if (rules.pitch_max != 0 && greatest_pitch(&rules) < WIDTH * 4 + rules.multiple) {
		rules.pitch_max = 0;
	}
	return rules;
}

static void check_random(struct rules *rules)
{
	struct tenon_probe_report *report = search(rules, NULL);
	uint64_t longest = rules->pitch_max != 0 ? greatest_pitch(rules) : 65536;

	if (rules->multiple > 4) {
		assert_found(
			report, TENON_PROP_PITCH_MULTIPLE, TENON_PROBE_TOO_LOOSE, rules->multiple);
	} else {
		assert_none(report, TENON_PROP_PITCH_MULTIPLE);
	}
	assert_none(report, TENON_PROP_PITCH_REMAINDER);
	assert_none(report, TENON_PROP_PITCH_TIGHT);
	if (rules->pitch_max != 0) {
		assert_found(report, TENON_PROP_PITCH_MAX, TENON_PROBE_TOO_LOOSE, longest);
	} else {
		assert_none(report, TENON_PROP_PITCH_MAX);
	}
	if (rules->offset_align > 1) {
		assert_found(report, TENON_PROP_OFFSET_ALIGN, TENON_PROBE_TOO_LOOSE,
			rules->offset_align);
	} else {
		assert_none(report, TENON_PROP_OFFSET_ALIGN);
	}
	/* with rows of pages, which must not be too long */
	if (rules->rows_align > 1 && rules->pitch_max == 0) {
		assert_found(
			report, TENON_PROP_HEIGHT_ALIGN, TENON_PROBE_TOO_LOOSE, rules->rows_align);
	} else if (rules->rows_align <= 1) {
		assert_none(report, TENON_PROP_HEIGHT_ALIGN);
	}
	/* as far as rows can be that long */
	if (rules->width_max != 0 && rules->width_max < longest / 4) {
		assert_found(report, TENON_PROP_WIDTH_MAX, TENON_PROBE_TOO_LOOSE, rules->width_max);
	} else {
		assert_none(report, TENON_PROP_WIDTH_MAX);
	}
	if (rules->height_max != 0) {
		assert_found(
			report, TENON_PROP_HEIGHT_MAX, TENON_PROBE_TOO_LOOSE, rules->height_max);
	} else {
		assert_none(report, TENON_PROP_HEIGHT_MAX);
	}
	if (rules->contiguous) {
		assert_found(report, TENON_PROP_SEGMENTS_MAX, TENON_PROBE_TOO_LOOSE, 1);
	} else {
		assert_none(report, TENON_PROP_SEGMENTS_MAX);
	}
	tenon_probe_report_destroy(report);
}

TEST_TIMEOUT(random_rules_are_found, 60)
{
	struct random random = {1};

	for (int i = 0; i < RULES; i++) {
		struct rules rules = random_rules(&random);

		check_random(&rules);
	}
}

/* The corrected offer predicts what the device does: a second search has nothing to add. */
static void check_corrected(struct rules *rules)
{
	struct tenon_probe_report *report = NULL, *again = NULL;
	struct tenon_probe_finding finding;
	struct tenon_offer *offer = NULL;

	assert_int_equal(try_search(&report, rules, NULL), 0);
	assert_int_equal(tenon_probe_report_create_offer(&offer, report, "fake", false), 0);
	tenon_probe_report_destroy(report);
	assert_int_equal(try_search(&again, rules, offer), 0);
	for (size_t i = 0; i < tenon_probe_report_get_findings_len(again); i++) {
		finding.size = sizeof(finding);
		assert_int_equal(tenon_probe_report_get_finding(again, i, &finding), 0);
		assert_int_equal(finding.verdict, TENON_PROBE_CONFIRMED);
	}
	for (size_t i = 0; i < tenon_probe_report_get_tries_len(again); i++) {
		struct tenon_probe_try try = {.size = sizeof(try)};

		assert_int_equal(tenon_probe_report_get_try(again, i, &try), 0);
		if (try.result.refused == 0) {
			continue;
		}
		if (try.predicted == TENON_YES) {
			fail_msg("predicted to be taken: %" PRIu32 "x%" PRIu32 ", pitch %" PRIu32
				 ", offset %" PRIu64 ", %" PRIu64 " bytes of %s",
				try.width, try.height, try.pitch, try.offset, try.bytes, try.kind);
		}
	}
	tenon_probe_report_destroy(again);
	tenon_offer_unref(offer);
}

TEST_TIMEOUT(corrected_offers_are_confirmed, 60)
{
	struct random random = {2};

	for (int i = 0; i < RULES; i++) {
		struct rules rules = random_rules(&random);

		/* maxima of rows and of widths hide each other */
		rules.width_max = 0;
		check_corrected(&rules);
	}
}

static char *corrected_text(struct rules *rules, const char *limits, bool loosen)
{
	struct tenon_probe_report *report = search(rules, limits);
	struct tenon_offer *offer = NULL;
	char *text = NULL;

	assert_int_equal(tenon_probe_report_create_offer(&offer, report, NULL, loosen), 0);
	assert_int_equal(tenon_offer_to_text(&text, offer), 0);
	tenon_offer_unref(offer);
	tenon_probe_report_destroy(report);
	return text;
}

TEST(correction_tightens_and_says_why)
{
	struct rules rules = {.multiple = 64};
	char *text = corrected_text(&rules, "pitch-multiple = 16\noffset-align = 128", false);

	assert_non_null(strstr(text, "pitch-multiple = 64"));
	assert_non_null(strstr(text, "probed: framebuffer EINVAL at 300x200, pitch "));
	assert_non_null(strstr(text, "offset-align = 128"));
	free(text);
	text = corrected_text(&rules, "pitch-multiple = 256\noffset-align = 128", false);
	assert_non_null(strstr(text, "pitch-multiple = 256"));
	free(text);
	text = corrected_text(&rules, "pitch-multiple = 256\noffset-align = 128", true);
	assert_non_null(strstr(text, "pitch-multiple = 64"));
	assert_null(strstr(text, "offset-align = 128"));
	free(text);
}

/* Alternatives for other roles or formats stay as they were. */
TEST(other_alternatives_are_not_corrected)
{
	struct rules rules = {.multiple = 64};
	char *text = corrected_text(&rules,
		"pitch-multiple = 16\n[alternative]\nroles = render\nformats = any\n"
		"pitch-multiple = 8\n[alternative]\nroles = scanout\nformats = NV12\n"
		"pitch-multiple = 32",
		false);

	assert_non_null(strstr(text, "pitch-multiple = 64"));
	assert_null(strstr(text, "pitch-multiple = 16"));
	assert_non_null(strstr(text, "pitch-multiple = 8"));
	assert_non_null(strstr(text, "pitch-multiple = 32"));
	free(text);
}

TEST(nothing_is_taken)
{
	struct rules rules = {.refuses_all = true};
	struct tenon_probe_try try = {.size = sizeof(try)};
	struct tenon_probe_report *report = search(&rules, "pitch-multiple = 64");

	assert_int_equal(tenon_probe_report_get_findings_len(report), 0);
	assert_true(tenon_probe_report_get_tries_len(report) > 2);
	assert_int_equal(tenon_probe_report_get_try(report, 0, &try), 0);
	assert_int_equal(try.predicted, TENON_YES);
	assert_int_equal(try.result.error, -EINVAL);
	assert_string_equal(try.kind, "cma");
	assert_int_equal(try.pitch, 1216);
	assert_int_equal(tenon_probe_report_get_try(report, 4711, &try), -EINVAL);
	tenon_probe_report_destroy(report);
}

TEST(failures_end_the_search)
{
	struct tenon_probe_report *report = NULL;
	struct rules rules = {.error = -ENODEV};
	struct tenon_probe_search none = {.size = sizeof(none), .ask = ask, .kinds = kinds};

	assert_int_equal(try_search(&report, &rules, NULL), -ENODEV);
	assert_int_equal(rules.asked, 1);
	/* no memory is no failure, and no answer either */
	rules.error = -ENOMEM;
	assert_int_equal(try_search(&report, &rules, NULL), 0);
	assert_int_equal(tenon_probe_report_get_tries_len(report), 0);
	assert_int_equal(tenon_probe_report_get_findings_len(report), 0);
	tenon_probe_report_destroy(report);
	report = NULL;
	assert_int_equal(tenon_probe_search_run(&report, &none), -EINVAL);
	assert_null(report);
}

static int search_and_correct(void *data)
{
	struct rules rules = {.multiple = 64, .contiguous = true};
	struct tenon_probe_report *report = NULL;
	struct tenon_offer *offer = NULL;
	int ret = try_search(&report, &rules, data);

	if (ret == 0) {
		/* what could not be laid out for lack of memory was not asked */
		ret = tenon_probe_report_create_offer(&offer, report, "fake", true);
	}
	tenon_offer_unref(offer);
	tenon_probe_report_destroy(report);
	return ret;
}

TEST_TIMEOUT(out_of_memory, 60)
{
	struct tenon_offer *offer = offer_of("pitch-multiple = 16");

	assert_true(oom_run(search_and_correct, offer) > 10);
	tenon_offer_unref(offer);
}
