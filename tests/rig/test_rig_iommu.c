/* SPDX-License-Identifier: MIT */
/*
 * A display on a PCI bus, without an IOMMU, with one that translates, and with one that passes
 * addresses through: only the second lifts what the table says an IOMMU lifts.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tenon/drm.h>
#include <tenon/machine.h>

#include "harness.h"
#include "rig.h"

static const struct {
	const char *guest;
	enum tenon_iommu iommu;
	const char *type; /* begins so; NULL: there is no group */
} guests[] = {
	{"debian", TENON_IOMMU_NONE, NULL},
	{"iommu", TENON_IOMMU_TRANSLATES, "DMA"},
	{"iommu-pt", TENON_IOMMU_NONE, "identity"},
};

/* What is expected in this guest. */
static size_t this_guest(void)
{
	rig_require();
	for (size_t i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
		if (rig_guest_is(guests[i].guest)) {
			return i;
		}
	}
	TEST_SKIP("not a guest with a display on a PCI bus");
}

static struct tenon_drm_device *open_display(void)
{
	struct tenon_drm_device *device = NULL;
	int card = rig_open_card("cirrus");

	assert_true(card >= 0);
	assert_int_equal(tenon_drm_device_create(&device, card), 0);
	close(card);
	return device;
}

static void expect_type(const char *type, const char *expected)
{
	if (expected == NULL) {
		assert_null(type);
		return;
	}
	assert_non_null(type);
	assert_int_equal(strncmp(type, expected, strlen(expected)), 0);
}

TEST(group_of_a_display_is_told)
{
	size_t guest = this_guest();
	struct tenon_drm_device *device = open_display();
	const struct tenon_drm_facts *facts = NULL;
	char path[300];

	assert_int_equal(tenon_drm_device_get_facts(device, &facts), 0);
	assert_string_equal(facts->bus, "pci");
	assert_int_equal(facts->iommu, guests[guest].iommu);
	expect_type(facts->iommu_type, guests[guest].type);
	/* the guest is what this test takes it for */
	snprintf(path, sizeof(path), "%s/iommu_group", facts->sysfs);
	assert_int_equal(access(path, F_OK) == 0, guests[guest].type != NULL);
	tenon_drm_device_unref(device);
}

TEST(list_tells_the_same)
{
	size_t guest = this_guest();
	struct tenon_machine *machine = NULL;
	unsigned found = 0;

	assert_int_equal(tenon_machine_create(&machine), 0);
	for (size_t i = 0; i < tenon_machine_get_devices_len(machine); i++) {
		const struct tenon_device_info *device = tenon_machine_get_device(machine, i);

		if (device->driver != NULL && strcmp(device->driver, "cirrus") == 0) {
			found++;
			assert_string_equal(device->hardware_bus, "pci");
			assert_int_equal(device->iommu, guests[guest].iommu);
			expect_type(device->iommu_type, guests[guest].type);
			assert_int_equal(device->iommu_group != NULL, guests[guest].type != NULL);
		}
	}
	assert_int_equal(found, 1);
	tenon_machine_destroy(machine);
}

TEST(only_translation_lifts_contiguity)
{
	static const char text[] = "[device cirrus]\n"
				   "bus = drm\n"
				   "iommu-lifts = segments-max\n"
				   "[alternative]\n"
				   "roles = scanout\n"
				   "formats = any\n"
				   "pitch-multiple = 64\n"
				   "segments-max = 1\n";
	size_t guest = this_guest();
	bool lifted = guests[guest].iommu == TENON_IOMMU_TRANSLATES;
	struct tenon_drm_device *device = open_display();
	struct tenon_device_table *table = NULL;
	const struct tenon_limits *limits = NULL;
	struct tenon_offer *offer = NULL;
	uint64_t value = 0;

	assert_int_equal(tenon_device_table_create(&table), 0);
	assert_int_equal(tenon_device_table_add_text(table, text, strlen(text), "test", NULL), 0);
	assert_int_equal(tenon_drm_device_create_offer(&offer, device, table, NULL), 0);
	assert_int_equal(tenon_offer_get_alternative(offer, 0, NULL, NULL, NULL, &limits), 0);
	assert_int_equal(tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &value),
		lifted ? -ENOENT : 0);
	assert_int_equal(value, lifted ? 0 : 1);
	assert_int_equal(
		tenon_limits_get(limits, TENON_PROP_PITCH_MULTIPLE, TENON_PLANE_ALL, &value), 0);
	assert_int_equal(value, 64);
	tenon_offer_unref(offer);
	tenon_device_table_destroy(table);
	tenon_drm_device_unref(device);
}
