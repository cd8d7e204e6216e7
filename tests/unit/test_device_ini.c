/* SPDX-License-Identifier: MIT */
/*
 * The device table that is installed: is it whole, and does it say what was found out?
 */
#include <errno.h>
#include <stddef.h>

#include <tenon/device.h>

#include "config/limits_value.h"

#include "harness.h"
#include "own_table.h"

/* Every driver the table was made for, and by which entries it has to be represented. */
static const struct {
	const char *bus, *driver;
	const char *names[3];
} drivers[] = {
	{"drm", "vc4", {"vc4"}},
	{"drm", "imx-drm", {"imx-drm"}},
	{"drm", "imx8-dc", {"imx8-dc"}},
	{"drm", "imx-dcss", {"imx-dcss"}},
	{"drm", "imx-lcdc", {"imx-lcdc"}},
	{"drm", "mxsfb-drm", {"mxsfb-drm"}},
	{"drm", "imx-lcdif", {"imx-lcdif"}},
	{"drm", "rockchip", {"rockchip"}},
	{"drm", "sun4i-drm", {"sun4i-drm"}},
	{"drm", "mediatek", {"mediatek"}},
	{"drm", "tidss", {"tidss"}},
	{"drm", "stm", {"stm"}},
	{"drm", "meson", {"meson"}},
	{"drm", "exynos", {"exynos"}},
	{"drm", "msm", {"msm"}},
	{"drm", "tegra", {"tegra"}},
	{"drm", "omapdrm", {"omapdrm"}},
	{"drm", "rcar-du", {"rcar-du"}},
	{"drm", "shmob-drm", {"shmob-drm"}},
	{"drm", "zynqmp-dpsub", {"zynqmp-dpsub"}},
	{"drm", "mali-dp", {"mali-dp"}},
	{"drm", "komeda", {"komeda"}},
	{"drm", "adp", {"adp"}},
	{"drm", "verisilicon", {"verisilicon"}},
	{"drm", "logicvc", {"logicvc"}},
	{"drm", "hibmc", {"hibmc"}},
	{"drm", "loongson", {"loongson"}},
	{"drm", "atmel-hlcdc", {"atmel-hlcdc"}},
	{"drm", "ingenic-drm", {"ingenic-drm"}},
	{"drm", "sti", {"sti"}},
	{"drm", "kirin", {"kirin"}},
	{"drm", "fsl-dcu-drm", {"fsl-dcu-drm"}},
	{"drm", "pl111", {"pl111"}},
	{"drm", "tilcdc", {"tilcdc"}},
	{"drm", "sprd", {"sprd"}},
	{"drm", "mcde", {"mcde"}},
	{"drm", "aspeed-gfx-drm", {"aspeed-gfx-drm"}},
	{"drm", "arcpgu", {"arcpgu"}},
	{"drm", "tve200", {"tve200"}},
	{"drm", "hdlcd", {"hdlcd"}},
	{"drm", "kmb-drm", {"kmb-drm"}},
	{"drm", "armada-drm", {"armada-drm"}},
	{"drm", "v3d", {"v3d"}},
	{"drm", "panfrost", {"panfrost"}},
	{"drm", "panthor", {"panthor"}},
	{"drm", "lima", {"lima"}},
	{"drm", "etnaviv", {"etnaviv"}},
	{"drm", "i915", {"i915"}},
	{"drm", "xe", {"xe"}},
	{"drm", "amdgpu", {"amdgpu"}},
	{"drm", "radeon", {"radeon"}},
	{"drm", "nouveau", {"nouveau"}},
	{"drm", "nvidia-drm", {"nvidia-drm"}},
	{"drm", "virtio_gpu", {"virtio_gpu"}},
	{"drm", "vgem", {"vgem"}},
	{"drm", "vkms", {"vkms"}},
	{"drm", "bochs-drm", {"bochs-drm"}},
	{"drm", "simpledrm", {"simpledrm"}},
	{"drm", "udl", {"udl"}},
	{"drm", "asahi", {"asahi"}},
	{"v4l2", "uvcvideo", {"uvcvideo"}},
	{"v4l2", "bcm2835-codec", {"bcm2835-codec"}},
	{"v4l2", "bcm2835-isp", {"bcm2835-isp"}},
	{"v4l2", "unicam", {"unicam"}},
	{"v4l2", "rp1-cfe", {"rp1-cfe"}},
	{"v4l2", "pispbe", {"pispbe"}},
	{"v4l2", "hantro-vpu", {"hantro-vpu"}},
	{"v4l2", "rkvdec", {"rkvdec"}},
	{"v4l2", "rockchip-rga", {"rockchip-rga", "rockchip-rga2"}},
	{"v4l2", "rkisp1", {"rkisp1"}},
	{"v4l2", "coda", {"coda"}},
	{"v4l2", "wave5-dec", {"wave5-dec"}},
	{"v4l2", "wave5-enc", {"wave5-enc"}},
	{"v4l2", "amphion-vpu", {"amphion-vpu"}},
	{"v4l2", "cedrus", {"cedrus"}},
	{"v4l2", "meson-vdec", {"meson-vdec"}},
	{"v4l2", "qcom-venus", {"qcom-venus"}},
	{"v4l2", "iris_driver", {"iris_driver"}},
	{"v4l2", "mtk-vcodec-dec", {"mtk-vcodec-dec"}},
	{"v4l2", "s5p-mfc", {"s5p-mfc"}},
	{"v4l2", "mxc-jpeg codec", {"mxc-jpeg"}},
	{"v4l2", "mxc-isi", {"mxc-isi"}},
	{"v4l2", "rcar-vin", {"rcar-vin"}},
	{"v4l2", "cal", {"cal"}},
	{"v4l2", "xilinx-vipp", {"xilinx-vipp"}},
	{"v4l2", "tegra-video", {"tegra-video"}},
	{"v4l2", "stm32-dcmi", {"stm32-dcmi"}},
	{"v4l2", "sun6i-csi", {"sun6i-csi"}},
	{"v4l2", "qcom-camss", {"qcom-camss"}},
	{"v4l2", "isys", {"isys"}},
	{"v4l2", "ipu3-cio2", {"ipu3-cio2"}},
	{"v4l2", "vivid", {"vivid", "vivid-dma-contig"}},
	{"v4l2", "vimc", {"vimc", "vimc-dma-contig"}},
	{"v4l2", "vim2m", {"vim2m"}},
	{"v4l2", "vicodec", {"vicodec"}},
	{"v4l2", "visl", {"visl"}},
	{"v4l2", "nvmm", {"nvmm"}},
};

#define DRIVERS_LEN (sizeof(drivers) / sizeof(drivers[0]))

/* 96 rows of facts, of which one is about two drivers. */
_Static_assert(DRIVERS_LEN == 96 + 1, "a driver is missing or too many");

TEST(devices_ini_has_every_driver_and_nothing_else)
{
	struct tenon_device_table *table = load_table();
	const struct tenon_device_entry *entry;
	size_t len = 0;

	for (size_t i = 0; i < DRIVERS_LEN; i++) {
		for (size_t j = 0; j < 3 && drivers[i].names[j] != NULL; j++, len++) {
			entry = tenon_device_table_find(table, drivers[i].names[j]);
			if (entry == NULL) {
				fail_msg("no entry %s", drivers[i].names[j]);
			}
			assert_string_equal(tenon_device_entry_get_bus(entry), drivers[i].bus);
			assert_string_equal(
				tenon_device_entry_get_driver(entry), drivers[i].driver);
		}
		entry = tenon_device_table_find_driver(table, drivers[i].bus, drivers[i].driver);
		assert_ptr_equal(entry, tenon_device_table_find(table, drivers[i].names[0]));
	}
	/* and the processor, by itself and as GL */
	assert_non_null(tenon_device_table_find(table, "cpu"));
	assert_non_null(tenon_device_table_find(table, "llvmpipe"));
	assert_int_equal(tenon_device_table_get_len(table), len + 2);
	tenon_device_table_destroy(table);
}

/* Checks the values of one alternative; returns how many it has. */
static size_t check_values(const char *name, const struct tenon_limits *limits)
{
	size_t count = 0;

	for (unsigned p = 0; p < 128; p++) {
		uint64_t value;
		bool known = false, unknown = false;

		for (uint32_t i = 0; limits_value_exists(p) && i < TENON_MAX_PLANES; i++) {
			uint32_t plane = tenon_property_is_per_plane(p) ? i : TENON_PLANE_ALL;
			int ret = limits_value_get(limits, p, plane, &value);

			known = known || ret == 0;
			unknown = unknown || ret == -ENODATA;
		}
		count += known || unknown;
		if (known && tenon_limits_get_source(limits, p) == NULL) {
			fail_msg("%s: %s has no source", name, tenon_property_get_name(p));
		}
	}
	return count;
}

TEST(devices_ini_every_value_has_a_source_or_is_unknown)
{
	struct tenon_device_table *table = load_table();
	const struct tenon_device_entry *entry;

	for (size_t i = 0; (entry = tenon_device_table_get(table, i)) != NULL; i++) {
		struct tenon_offer *offer = tenon_device_entry_get_offer(entry);
		const char *name = tenon_device_entry_get_name(entry);

		assert_string_equal(tenon_offer_get_device(offer), name);
		assert_string_equal(tenon_device_entry_get_origin(entry), INI_PATH);
		assert_string_not_equal(tenon_device_entry_get_description(entry), "");
		assert_in_range(tenon_offer_get_alternatives_len(offer), 1, SIZE_MAX);
		for (size_t j = 0; j < tenon_offer_get_alternatives_len(offer); j++) {
			const struct tenon_limits *limits = NULL;

			tenon_offer_get_alternative(offer, j, NULL, NULL, NULL, &limits);
			if (check_values(name, limits) == 0) {
				fail_msg("%s: alternative %zu says nothing", name, j);
			}
		}
	}
	tenon_device_table_destroy(table);
}

TEST(devices_ini_each_device_agrees_with_itself)
{
	struct tenon_device_table *table = load_table();
	const struct tenon_device_entry *entry;

	for (size_t i = 0; (entry = tenon_device_table_get(table, i)) != NULL; i++) {
		struct tenon_offer *offer = tenon_device_entry_get_offer(entry);
		struct tenon_participant both[] = {{.offer = offer}, {.offer = offer}};
		struct tenon_merge *merge = NULL;
		struct tenon_conflict *conflict = NULL;

		if (tenon_merge_create(&merge, both, 2, &conflict) != 0) {
			fail_msg("%s: %s", tenon_device_entry_get_name(entry),
				conflict != NULL ? tenon_conflict_get_text(conflict) : "error");
		}
		assert_in_range(tenon_merge_get_candidates_len(merge), 1, SIZE_MAX);
		tenon_merge_destroy(merge);
	}
	tenon_device_table_destroy(table);
}

TEST_TIMEOUT(devices_ini_each_pair_agrees_or_tells_why_not, 120)
{
	struct tenon_device_table *table = load_table();
	size_t len = tenon_device_table_get_len(table), merges = 0, conflicts = 0;

	for (size_t i = 0; i < len; i++) {
		for (size_t j = i + 1; j < len; j++) {
			struct tenon_participant pair[] = {
				{.offer = tenon_device_entry_get_offer(
					 tenon_device_table_get(table, i))},
				{.offer = tenon_device_entry_get_offer(
					 tenon_device_table_get(table, j))},
			};
			struct tenon_conflict *conflict = NULL;
			struct tenon_merge *merge = NULL;
			int ret = tenon_merge_create(&merge, pair, 2, &conflict);

			if (ret < 0) {
				fail_msg("%s and %s: %d", tenon_offer_get_device(pair[0].offer),
					tenon_offer_get_device(pair[1].offer), ret);
			}
			merges += ret == 0;
			conflicts += ret > 0;
			tenon_merge_destroy(merge);
			tenon_conflict_destroy(conflict);
		}
	}
	/* Most devices can share a buffer; a decoder of YUV and a display of RGB cannot. */
	assert_in_range(merges, len * (len - 1) / 4, SIZE_MAX);
	assert_in_range(conflicts, 1, SIZE_MAX);
	tenon_device_table_destroy(table);
}

/* The value of a property in the first alternative that has this role and, unless it is 0, this
 * format. */
static uint64_t value_of(const struct tenon_device_table *table, const char *name, uint32_t role,
	uint32_t format, enum tenon_property property, uint32_t plane)
{
	struct tenon_offer *offer =
		tenon_device_entry_get_offer(tenon_device_table_find(table, name));

	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		bool has = format == 0;
		uint64_t value = 0;
		size_t pairs_len;
		uint32_t roles;

		tenon_offer_get_alternative(offer, i, &roles, &pairs, &pairs_len, &limits);
		for (size_t j = 0; j < pairs_len; j++) {
			has = has || pairs[j].format == format;
		}
		if (has && (roles & role) != 0) {
			assert_int_equal(tenon_limits_get(limits, property, plane, &value), 0);
			return value;
		}
	}
	fail_msg("%s has no such alternative", name);
	return 0;
}

TEST(devices_ini_values_as_the_facts_have_them)
{
	static const struct {
		const char *name;
		uint32_t role, format;
		enum tenon_property property;
		uint32_t plane;
		uint64_t value;
	} facts[] = {
		{"vc4", TENON_ROLE_SCANOUT, 0, TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL, 0x3fffffff},
		{"vc4", TENON_ROLE_SCANOUT, 0, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, 1},
		{"vc4", TENON_ROLE_CAPTURE, 0, TENON_PROP_PITCH_MULTIPLE, 0, 16},
		{"mxsfb-drm", TENON_ROLE_SCANOUT, 0, TENON_PROP_PITCH_TIGHT, 0, 1},
		{"imx-drm", TENON_ROLE_SCANOUT, 0, TENON_PROP_PITCH_MULTIPLE_PIXELS, 0, 8},
		{"imx-drm", TENON_ROLE_SCANOUT, 0, TENON_PROP_PITCH_MAX, 0, 16384},
		{"rockchip", TENON_ROLE_SCANOUT, 0, TENON_PROP_PITCH_MULTIPLE, 0, 64},
		{"amdgpu", TENON_ROLE_RENDER, 0, TENON_PROP_PITCH_MULTIPLE, 0, 256},
		{"amdgpu", TENON_ROLE_RENDER, 0, TENON_PROP_HEIGHT_ALIGN, 0, 16},
		{"amdgpu", TENON_ROLE_CURSOR, 0, TENON_PROP_PITCH_TIGHT, 0, 1},
		{"i915", TENON_ROLE_SCANOUT, 0, TENON_PROP_PITCH_MULTIPLE, 0, 64},
		{"msm", TENON_ROLE_RENDER, 0, TENON_PROP_PITCH_MULTIPLE_PIXELS, 0, 32},
		{"panfrost", TENON_ROLE_RENDER, 0x34325258, TENON_PROP_PITCH_MULTIPLE, 0, 64},
		{"panfrost", TENON_ROLE_RENDER, 0x3231564e, TENON_PROP_PITCH_MULTIPLE, 0, 16},
		{"amphion-vpu", TENON_ROLE_ENCODE, 0, TENON_PROP_PITCH_MULTIPLE, 0, 16},
		{"amphion-vpu", TENON_ROLE_DECODE, 0, TENON_PROP_PITCH_MULTIPLE, 0, 256},
		{"qcom-venus", TENON_ROLE_DECODE, 0x3231564e, TENON_PROP_PITCH_MULTIPLE, 0, 128},
		{"qcom-venus", TENON_ROLE_DECODE, 0x30313050, TENON_PROP_PITCH_MULTIPLE, 0, 256},
		{"qcom-venus", TENON_ROLE_DECODE, 0x3231564e, TENON_PROP_HEIGHT_ALIGN, 0, 32},
		{"qcom-venus", TENON_ROLE_DECODE, 0x3231564e, TENON_PROP_HEIGHT_ALIGN, 1, 16},
		{"qcom-venus", TENON_ROLE_DECODE, 0, TENON_PROP_ADDRESS_MAX, TENON_PLANE_ALL,
			0xddbfffff},
		{"bcm2835-codec", TENON_ROLE_DECODE, 0x32315559, TENON_PROP_PITCH_MULTIPLE, 0, 32},
		{"bcm2835-codec", TENON_ROLE_ENCODE, 0x32315559, TENON_PROP_PITCH_MULTIPLE, 0, 64},
	};
	struct tenon_device_table *table = load_table();

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		uint64_t value = value_of(table, facts[i].name, facts[i].role, facts[i].format,
			facts[i].property, facts[i].plane);

		if (value != facts[i].value) {
			fail_msg("%s: %s is %llu, not %llu", facts[i].name,
				tenon_property_get_name(facts[i].property),
				(unsigned long long)value, (unsigned long long)facts[i].value);
		}
	}
	tenon_device_table_destroy(table);
}
