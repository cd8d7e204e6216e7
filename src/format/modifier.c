/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include <tenon/format.h>

/* Modifiers whose whole value has a name; the others are named by whose they are. */
static const struct {
	uint64_t modifier;
	const char *name;
} names[] = {
	{UINT64_C(0x0), "LINEAR"},
	{UINT64_C(0x00ffffffffffffff), "INVALID"},
	{UINT64_C(0x0100000000000001), "I915_X_TILED"},
	{UINT64_C(0x0100000000000002), "I915_Y_TILED"},
	{UINT64_C(0x0100000000000003), "I915_YF_TILED"},
	{UINT64_C(0x0100000000000004), "I915_Y_TILED_CCS"},
	{UINT64_C(0x0100000000000009), "I915_4_TILED"},
	{UINT64_C(0x0400000000000001), "SAMSUNG_64_32_TILE"},
	{UINT64_C(0x0400000000000002), "SAMSUNG_16_16_TILE"},
	{UINT64_C(0x0500000000000001), "QCOM_COMPRESSED"},
	{UINT64_C(0x0600000000000001), "VIVANTE_TILED"},
	{UINT64_C(0x0600000000000002), "VIVANTE_SUPER_TILED"},
	{UINT64_C(0x0700000000000001), "BROADCOM_VC4_T_TILED"},
	{UINT64_C(0x0700000000000006), "BROADCOM_UIF"},
	{UINT64_C(0x0900000000000001), "ALLWINNER_TILED"},
};

/* Index: the modifier's highest byte. */
static const char *const vendors[] = {
	NULL,
	"INTEL",
	"AMD",
	"NVIDIA",
	"SAMSUNG",
	"QCOM",
	"VIVANTE",
	"BROADCOM",
	"ARM",
	"ALLWINNER",
	"AMLOGIC",
	"MTK",
	"APPLE",
};

void tenon_modifier_print(char *text, size_t size, uint64_t modifier)
{
	uint64_t vendor = modifier >> 56;
	const char *name = NULL;

	for (size_t i = 0; name == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].modifier == modifier) {
			name = names[i].name;
		}
	}
	if (name == NULL && vendor < sizeof(vendors) / sizeof(vendors[0])) {
		name = vendors[vendor];
	}
	snprintf(text, size, "%s (0x%" PRIx64 ")", name != NULL ? name : "unknown", modifier);
}
