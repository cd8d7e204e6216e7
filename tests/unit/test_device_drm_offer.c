/* SPDX-License-Identifier: MIT */
/* Offers of DRM devices, from facts and tables that the tests make up. */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device/drm_facts.h"
#include "harness.h"
#include "oom.h"

#define LINEAR DRM_FORMAT_MOD_LINEAR
#define TILED I915_FORMAT_MOD_X_TILED

static const struct tenon_format_modifier primary_pairs[] = {
	{DRM_FORMAT_XRGB8888, LINEAR}, {DRM_FORMAT_XRGB8888, TILED}};
static const struct tenon_format_modifier overlay_pairs[] = {
	{DRM_FORMAT_XRGB8888, LINEAR}, {DRM_FORMAT_NV12, LINEAR}};
static const struct tenon_format_modifier cursor_pairs[] = {{DRM_FORMAT_ARGB8888, LINEAR}};
static const struct tenon_format_modifier bare_pairs[] = {
	{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID}};

static const struct tenon_drm_plane primary = {31, TENON_DRM_PLANE_PRIMARY, 1, true, primary_pairs,
					    2},
				    overlay = {32, TENON_DRM_PLANE_OVERLAY, 1, true, overlay_pairs,
					    2},
				    cursor = {33, TENON_DRM_PLANE_CURSOR, 1, true, cursor_pairs, 1},
				    bare = {34, TENON_DRM_PLANE_PRIMARY, 1, false, bare_pairs, 1};
static const struct tenon_drm_plane *const all_planes[] = {&primary, &overlay, &cursor};
static const struct tenon_drm_plane *const bare_planes[] = {&bare};

static struct tenon_drm_facts make_facts(void)
{
	return (struct tenon_drm_facts){
		.primary = 1,
		.render = 2,
		.modeset = true,
		.width_min = 1,
		.width_max = 4096,
		.height_max = 4096,
		.cursor_width = 64,
		.cursor_height = 64,
		.planes = all_planes,
		.planes_len = 3,
	};
}

static const char table_text[] = "[device shower]\n"
				 "bus = drm\n"
				 "source = its manual\n"
				 "coherent = no\n"
				 "iommu-lifts = segments-max\n"
				 "[alternative]\n"
				 "roles = scanout render capture\n"
				 "formats = any\n"
				 "pitch-multiple = 64\n"
				 "segments-max = 1\n"
				 "width-max = 2048\n"
				 "height-max = 9999\n";

static struct tenon_device_table *make_table(void)
{
	struct tenon_device_table *table = NULL;

	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(
		tenon_device_table_add_text(table, table_text, strlen(table_text), "test", NULL),
		0);
	return table;
}

static struct tenon_offer *make_offer(const char *driver, const struct tenon_drm_facts *facts)
{
	struct tenon_device_table *table = make_table();
	struct tenon_drm_device device = {.dev = 7};
	struct tenon_offer *offer = NULL;

	strcpy(device.driver, driver);
	assert_int_equal(_tenon_drm_offer_of_facts(&offer, &device, facts, table, NULL), 0);
	tenon_device_table_destroy(table);
	assert_true(tenon_offer_get_dev(offer) == 7);
	return offer;
}

struct found {
	const struct tenon_format_modifier *pairs;
	size_t len;
	const struct tenon_limits *limits;
};

/* Alternative number nth of those with this role; fails the test when there is none. */
static struct found find(const struct tenon_offer *offer, uint32_t role, unsigned nth)
{
	struct found found = {NULL};
	uint32_t roles;

	for (size_t i = 0; tenon_offer_get_alternative(
				   offer, i, &roles, &found.pairs, &found.len, &found.limits) == 0;
		i++) {
		if ((roles & role) != 0 && nth-- == 0) {
			return found;
		}
	}
	fail_msg("no alternative for role %u", role);
	return found;
}

static unsigned count(const struct tenon_offer *offer, uint32_t role)
{
	unsigned n = 0;
	uint32_t roles;

	for (size_t i = 0; tenon_offer_get_alternative(offer, i, &roles, NULL, NULL, NULL) == 0;
		i++) {
		n += (roles & role) != 0;
	}
	return n;
}

static bool has(struct found found, uint32_t format, uint64_t modifier)
{
	for (size_t i = 0; i < found.len; i++) {
		if (found.pairs[i].format == format && found.pairs[i].modifier == modifier) {
			return true;
		}
	}
	return false;
}

static void expect(struct found found, enum tenon_property property, uint64_t wanted,
	const char *source_begins)
{
	const char *source = tenon_limits_get_source(found.limits, property);
	uint64_t value = 0;

	assert_int_equal(tenon_limits_get(found.limits, property, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, wanted);
	assert_non_null(source);
	assert_int_equal(strncmp(source, source_begins, strlen(source_begins)), 0);
}

TEST(planes_cut_down_what_the_table_says)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer = make_offer("shower", &facts);
	struct found found = find(offer, TENON_ROLE_SCANOUT, 0);

	assert_string_equal(tenon_offer_get_device(offer), "shower");
	assert_int_equal(found.len, 2);
	assert_true(has(found, DRM_FORMAT_XRGB8888, LINEAR));
	assert_true(has(found, DRM_FORMAT_NV12, LINEAR));
	expect(found, TENON_PROP_PITCH_MULTIPLE, 64, "its manual");
	expect(found, TENON_PROP_SEGMENTS_MAX, 1, "its manual");
	expect(found, TENON_PROP_WIDTH_MIN, 1, "kernel:");
	expect(found, TENON_PROP_WIDTH_MAX, 2048, "its manual");
	expect(found, TENON_PROP_HEIGHT_MAX, 4096, "kernel:");
	assert_int_equal(strncmp(tenon_limits_get_source(found.limits, TENON_PROP_FORMAT),
				 "kernel: IN_FORMATS", 18),
		0);
	/* what it renders and captures the kernel does not tell */
	found = find(offer, TENON_ROLE_RENDER, 0);
	assert_true(has(found, TENON_FORMAT_ANY, LINEAR));
	assert_int_equal(tenon_limits_get(found.limits, TENON_PROP_WIDTH_MIN, TENON_PLANE_ALL,
				 &(uint64_t){0}),
		-ENOENT);
	assert_int_equal(count(offer, TENON_ROLE_CAPTURE), 1);
	assert_int_equal(tenon_offer_get_coherent(offer), TENON_NO);
	tenon_offer_unref(offer);
}

static void expect_unknown(struct found found)
{
	assert_true(
		tenon_limits_is_unknown(found.limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL));
	assert_true(
		tenon_limits_is_unknown(found.limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL));
}

TEST(what_the_table_has_not_is_unknown)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer = make_offer("shower", &facts);
	struct found found = find(offer, TENON_ROLE_SCANOUT, 1);

	/* a modifier beyond the table's rows */
	assert_int_equal(found.len, 1);
	assert_true(has(found, DRM_FORMAT_XRGB8888, TILED));
	expect_unknown(found);
	expect(found, TENON_PROP_WIDTH_MAX, 4096, "kernel:");
	/* a role beyond the table's */
	found = find(offer, TENON_ROLE_CURSOR, 0);
	assert_int_equal(found.len, 1);
	assert_true(has(found, DRM_FORMAT_ARGB8888, LINEAR));
	expect_unknown(found);
	expect(found, TENON_PROP_WIDTH_MAX, 64, "kernel: size of the cursor");
	expect(found, TENON_PROP_WIDTH_MIN, 1, "kernel: sizes of framebuffers");
	tenon_offer_unref(offer);
}

TEST(driver_that_is_not_in_the_table_has_what_the_kernel_tells)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;
	struct found found;

	facts.coherent = TENON_YES;
	offer = make_offer("stranger", &facts);
	found = find(offer, TENON_ROLE_SCANOUT, 0);
	assert_string_equal(tenon_offer_get_device(offer), "stranger");
	assert_int_equal(found.len, 2);
	assert_false(has(found, TENON_FORMAT_ANY, LINEAR));
	expect_unknown(found);
	assert_int_equal(count(offer, TENON_ROLE_SCANOUT), 2);
	found = find(offer, TENON_ROLE_RENDER, 0);
	assert_true(has(found, TENON_FORMAT_ANY, LINEAR));
	expect_unknown(found);
	assert_int_equal(count(offer, TENON_ROLE_CURSOR), 1);
	assert_int_equal(tenon_offer_get_coherent(offer), TENON_YES);
	tenon_offer_unref(offer);
}

TEST(iommu_lifts_only_when_it_translates)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;

	facts.iommu = TENON_IOMMU_TRANSLATES;
	offer = make_offer("shower", &facts);
	assert_int_equal(tenon_limits_get(find(offer, TENON_ROLE_SCANOUT, 0).limits,
				 TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &(uint64_t){0}),
		-ENOENT);
	tenon_offer_unref(offer);
	facts.iommu = TENON_IOMMU_NONE;
	offer = make_offer("shower", &facts);
	expect(find(offer, TENON_ROLE_SCANOUT, 0), TENON_PROP_SEGMENTS_MAX, 1, "its manual");
	tenon_offer_unref(offer);
}

TEST(device_without_a_render_node_does_not_render)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;

	facts.render = 0;
	offer = make_offer("shower", &facts);
	assert_int_equal(count(offer, TENON_ROLE_RENDER), 0);
	assert_int_equal(count(offer, TENON_ROLE_CAPTURE), 1);
	tenon_offer_unref(offer);
	facts.primary = 0; /* /sys tells of no node: nothing is known */
	offer = make_offer("shower", &facts);
	assert_int_equal(count(offer, TENON_ROLE_RENDER), 1);
	tenon_offer_unref(offer);
}

TEST(device_without_planes_does_not_show)
{
	struct tenon_drm_facts facts = {.primary = 1, .render = 2};
	struct tenon_device_table *table = make_table();
	struct tenon_drm_device device = {.driver = "stranger"};
	struct tenon_offer *offer = make_offer("shower", &facts);

	assert_int_equal(count(offer, TENON_ROLE_SCANOUT), 0);
	assert_int_equal(count(offer, TENON_ROLE_CURSOR), 0);
	assert_int_equal(count(offer, TENON_ROLE_RENDER), 1);
	tenon_offer_unref(offer);
	offer = NULL;
	facts.render = 0;
	assert_int_equal(_tenon_drm_offer_of_facts(&offer, &device, &facts, table, NULL), -ENOTSUP);
	assert_int_equal(_tenon_drm_offer_of_facts(&offer, &device, &facts, table, ""), -EINVAL);
	assert_null(offer);
	tenon_device_table_destroy(table);
}

TEST(display_that_cannot_be_asked_stays_as_in_the_table)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;
	struct found found;

	facts.display_error = -EACCES;
	facts.planes_len = 0;
	facts.width_max = facts.height_max = 0;
	offer = make_offer("shower", &facts);
	assert_int_equal(count(offer, TENON_ROLE_SCANOUT), 1);
	found = find(offer, TENON_ROLE_SCANOUT, 0);
	assert_true(has(found, TENON_FORMAT_ANY, LINEAR));
	assert_int_equal(count(offer, TENON_ROLE_CURSOR), 0);
	tenon_offer_unref(offer);
	offer = make_offer("stranger", &facts);
	expect_unknown(find(offer, TENON_ROLE_SCANOUT, 0));
	assert_int_equal(count(offer, TENON_ROLE_CURSOR), 1);
	tenon_offer_unref(offer);
}

TEST(formats_without_modifiers_are_rows)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;
	struct found found;

	facts.planes = bare_planes;
	facts.planes_len = 1;
	offer = make_offer("shower", &facts);
	found = find(offer, TENON_ROLE_SCANOUT, 0);
	assert_int_equal(found.len, 1);
	assert_true(has(found, DRM_FORMAT_XRGB8888, LINEAR));
	assert_string_equal(tenon_limits_get_source(found.limits, TENON_PROP_MODIFIER),
		"kernel: formats of the device's planes");
	assert_int_equal(count(offer, TENON_ROLE_SCANOUT), 1);
	tenon_offer_unref(offer);
}

TEST(sizes_that_exclude_each_other_offer_nothing)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;

	facts.width_min = 3000; /* the table's greatest is 2048 */
	offer = make_offer("shower", &facts);
	assert_int_equal(count(offer, TENON_ROLE_SCANOUT), 1);
	assert_true(has(find(offer, TENON_ROLE_SCANOUT, 0), DRM_FORMAT_XRGB8888, TILED));
	assert_int_equal(count(offer, TENON_ROLE_CURSOR), 0);
	tenon_offer_unref(offer);
}

TEST(capture_is_what_writeback_can)
{
	static const struct tenon_format_modifier written[] = {
		{DRM_FORMAT_RGB565, DRM_FORMAT_MOD_INVALID}};
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer;
	struct found found;

	facts.writeback = TENON_NO;
	offer = make_offer("shower", &facts);
	assert_int_equal(count(offer, TENON_ROLE_CAPTURE), 0);
	tenon_offer_unref(offer);
	facts.writeback = TENON_YES;
	facts.writeback_pairs = written;
	facts.writeback_pairs_len = 1;
	offer = make_offer("shower", &facts);
	assert_int_equal(count(offer, TENON_ROLE_CAPTURE), 1);
	found = find(offer, TENON_ROLE_CAPTURE, 0);
	assert_int_equal(found.len, 1);
	assert_true(has(found, DRM_FORMAT_RGB565, LINEAR));
	expect(found, TENON_PROP_PITCH_MULTIPLE, 64, "its manual");
	expect(found, TENON_PROP_HEIGHT_MAX, 4096, "kernel:");
	assert_string_equal(tenon_limits_get_source(found.limits, TENON_PROP_FORMAT),
		"kernel: formats of the device's writeback");
	/* the planes' formats are not among them, nor the other way round */
	assert_false(has(find(offer, TENON_ROLE_SCANOUT, 0), DRM_FORMAT_RGB565, LINEAR));
	tenon_offer_unref(offer);
	offer = make_offer("stranger", &facts);
	expect_unknown(find(offer, TENON_ROLE_CAPTURE, 0));
	assert_int_equal(count(offer, TENON_ROLE_CAPTURE), 1);
	tenon_offer_unref(offer);
}

TEST(refused_format_is_told_with_its_source)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_offer *offer = make_offer("shower", &facts), *cpu = NULL;
	const struct tenon_format_modifier pair = {DRM_FORMAT_RGB565, LINEAR};
	struct tenon_participant participants[2] = {{.offer = offer, .roles = TENON_ROLE_SCANOUT}};
	struct tenon_conflict *conflict = NULL;
	struct tenon_merge *merge = NULL;
	const char *source = NULL;

	assert_int_equal(tenon_offer_create(&cpu, "a painter"), 0);
	assert_int_equal(tenon_offer_add(cpu, TENON_ROLE_CPU, &pair, 1, NULL), 0);
	participants[1].offer = cpu;
	assert_int_equal(tenon_merge_create(&merge, participants, 2, &conflict), TENON_CONFLICT);
	assert_int_equal(tenon_conflict_get_property(conflict), TENON_PROP_FORMAT);
	assert_int_equal(tenon_conflict_get_device(conflict, 1, NULL, NULL, &source), 0);
	assert_string_equal(source, "kernel: IN_FORMATS of the device's planes");
	tenon_conflict_destroy(conflict);
	tenon_offer_unref(cpu);
	tenon_offer_unref(offer);
}

static int create_offer(void *data)
{
	struct tenon_drm_facts facts = make_facts();
	struct tenon_drm_device device = {.driver = "shower"};
	struct tenon_offer *offer = NULL;
	int ret = _tenon_drm_offer_of_facts(&offer, &device, &facts, data, "a name");

	tenon_offer_unref(offer);
	return ret;
}

TEST(out_of_memory)
{
	struct tenon_device_table *table = make_table();

	assert_true(oom_run(create_offer, table) > 10);
	tenon_device_table_destroy(table);
}
