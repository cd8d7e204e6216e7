/* SPDX-License-Identifier: MIT */
#include "constraint/property.h"

#include <errno.h>
#include <string.h>

#define PAIRS(property_, name_) \
	{ \
		.property = TENON_PROP_##property_, .name = name_, .unit = "names", .noun = name_, \
		.kind = TENON_KIND_PAIRS \
	}
#define SCALAR(property_, name_, unit_, noun_, kind_, neutral_, mask_) \
	{ \
		.property = TENON_PROP_##property_, .name = name_, .unit = unit_, .noun = noun_, \
		.neutral = neutral_, .mask = mask_, .kind = TENON_KIND_##kind_, \
		.slot = TENON_SCALAR_##property_ \
	}
#define PLANE(property_, slot_, name_, unit_, noun_, kind_, neutral_) \
	{ \
		.property = TENON_PROP_##property_, .name = name_, .unit = unit_, .noun = noun_, \
		.neutral = neutral_, .kind = TENON_KIND_##kind_, .per_plane = true, \
		.slot = TENON_PLANE_##slot_ \
	}
#define NAMES(property_, name_, noun_) \
	{ \
		.property = TENON_PROP_##property_, .name = name_, .unit = "names", .noun = noun_, \
		.kind = TENON_KIND_NAMES \
	}

/* clang-format off */
static const struct tenon_property_info table[] = {
	PAIRS(FORMAT, "format"),
	PAIRS(MODIFIER, "modifier"),

	PLANE(PITCH_MULTIPLE, PITCH_MULTIPLE,
		"pitch-multiple", "bytes", "pitch", MULTIPLE, 1),
	PLANE(PITCH_REMAINDER, PITCH_REMAINDER,
		"pitch-remainder", "bytes", "pitch", REMAINDER, 0),
	PLANE(PITCH_MULTIPLE_PIXELS, PITCH_MULTIPLE_PIXELS,
		"pitch-multiple-pixels", "pixels", "pitch", MULTIPLE, 1),
	PLANE(PITCH_REMAINDER_PIXELS, PITCH_REMAINDER_PIXELS,
		"pitch-remainder-pixels", "pixels", "pitch", REMAINDER, 0),
	PLANE(PITCH_EXACT, PITCH_EXACT,
		"pitch-exact", "bytes", "pitch", EXACT, 0),
	PLANE(PITCH_TIGHT, PITCH_TIGHT,
		"pitch-tight", "flag", "pitch", FLAG, 0),
	PLANE(PITCH_MAX, PITCH_MAX,
		"pitch-max", "bytes", "pitch", MAX, UINT64_MAX),
	SCALAR(PITCH_LINKED,
		"pitch-linked", "flag", "chroma pitch", FLAG, 0, 0),
	PLANE(PITCH_PREFERRED, PITCH_PREFERRED,
		"pitch-preferred", "bytes", "preferred pitch", MULTIPLE, 1),
	PLANE(PITCH_PREFERRED_REMAINDER, PITCH_PREFERRED_REMAINDER,
		"pitch-preferred-remainder", "bytes", "preferred pitch", REMAINDER, 0),

	SCALAR(WIDTH_MIN, "width-min", "pixels", "width", MIN, 0, 0),
	SCALAR(WIDTH_MAX, "width-max", "pixels", "width", MAX, UINT64_MAX, 0),
	SCALAR(HEIGHT_MIN, "height-min", "pixels", "height", MIN, 0, 0),
	SCALAR(HEIGHT_MAX, "height-max", "pixels", "height", MAX, UINT64_MAX, 0),
	PLANE(WIDTH_ALIGN, WIDTH_ALIGN,
		"width-align", "pixels", "stored width", PADDING, 1),
	PLANE(HEIGHT_ALIGN, HEIGHT_ALIGN,
		"height-align", "pixels", "stored height", PADDING, 1),

	PLANE(OFFSET_ALIGN, OFFSET_ALIGN,
		"offset-align", "bytes", "plane offset", ALIGN, 1),
	SCALAR(BASE_ALIGN, "base-align", "bytes", "base address", ALIGN, 1, 0),
	SCALAR(SIZE_ALIGN, "size-align", "bytes", "size", ALIGN, 1, 0),
	SCALAR(SIZE_TAIL, "size-tail", "bytes", "tail of the buffer", MIN, 0, 0),
	PLANE(PLANE_TAIL, TAIL, "plane-tail", "bytes", "tail of the plane", MIN, 0),

	SCALAR(SEGMENTS_MAX,
		"segments-max", "count", "number of segments", MAX, UINT64_MAX, 0),
	SCALAR(SEGMENT_SIZE_MAX,
		"segment-size-max", "bytes", "segment size", MAX, UINT64_MAX, 0),
	SCALAR(SEGMENT_BOUNDARY,
		"segment-boundary", "bytes", "segment boundary", BOUNDARY, UINT64_MAX, 0),
	SCALAR(ADDRESS_MIN, "address-min", "address", "address", MIN, 0, 0),
	SCALAR(ADDRESS_MAX, "address-max", "address", "address", ADDRESS, UINT64_MAX, 0),

	SCALAR(CACHE, "cache", "mask", "CPU mapping", MASK,
		TENON_CACHE_CACHED | TENON_CACHE_UNCACHED,
		TENON_CACHE_CACHED | TENON_CACHE_UNCACHED),
	SCALAR(OBJECTS, "objects", "mask", "memory objects", MASK,
		TENON_OBJECTS_ONE | TENON_OBJECTS_PER_PLANE,
		TENON_OBJECTS_ONE | TENON_OBJECTS_PER_PLANE),
	SCALAR(OWN_FD, "own-fd", "flag", "fd", FLAG, 0, 0),
	SCALAR(PROTECTED, "protected", "mask", "protection", MASK,
		TENON_PROTECTION_NONE | TENON_PROTECTION_SECURE,
		TENON_PROTECTION_NONE | TENON_PROTECTION_SECURE),

	NAMES(HEAP, "heap", "heap"),
	NAMES(HEAP_PREFERRED, "heap-preferred", "preferred heap"),
};
/* clang-format on */

enum { TABLE_LEN = sizeof(table) / sizeof(table[0]) };

const uint64_t _tenon_scalar_neutral[TENON_SCALARS_LEN] = {
	[TENON_SCALAR_WIDTH_MAX] = UINT64_MAX,
	[TENON_SCALAR_HEIGHT_MAX] = UINT64_MAX,
	[TENON_SCALAR_BASE_ALIGN] = 1,
	[TENON_SCALAR_SIZE_ALIGN] = 1,
	[TENON_SCALAR_SEGMENTS_MAX] = UINT64_MAX,
	[TENON_SCALAR_SEGMENT_SIZE_MAX] = UINT64_MAX,
	[TENON_SCALAR_SEGMENT_BOUNDARY] = UINT64_MAX,
	[TENON_SCALAR_ADDRESS_MAX] = UINT64_MAX,
	[TENON_SCALAR_CACHE] = TENON_CACHE_CACHED | TENON_CACHE_UNCACHED,
	[TENON_SCALAR_OBJECTS] = TENON_OBJECTS_ONE | TENON_OBJECTS_PER_PLANE,
	[TENON_SCALAR_PROTECTED] = TENON_PROTECTION_NONE | TENON_PROTECTION_SECURE,
};

const uint64_t _tenon_plane_neutral[TENON_PLANE_SLOTS_LEN] = {
	[TENON_PLANE_PITCH_MULTIPLE] = 1,
	[TENON_PLANE_PITCH_MULTIPLE_PIXELS] = 1,
	[TENON_PLANE_PITCH_PREFERRED] = 1,
	[TENON_PLANE_PITCH_MAX] = UINT64_MAX,
	[TENON_PLANE_WIDTH_ALIGN] = 1,
	[TENON_PLANE_HEIGHT_ALIGN] = 1,
	[TENON_PLANE_OFFSET_ALIGN] = 1,
};

const uint8_t _tenon_scalar_kind[TENON_SCALARS_LEN] = {
	[TENON_SCALAR_PITCH_LINKED] = TENON_KIND_FLAG,
	[TENON_SCALAR_WIDTH_MIN] = TENON_KIND_MIN,
	[TENON_SCALAR_WIDTH_MAX] = TENON_KIND_MAX,
	[TENON_SCALAR_HEIGHT_MIN] = TENON_KIND_MIN,
	[TENON_SCALAR_HEIGHT_MAX] = TENON_KIND_MAX,
	[TENON_SCALAR_BASE_ALIGN] = TENON_KIND_ALIGN,
	[TENON_SCALAR_SIZE_ALIGN] = TENON_KIND_ALIGN,
	[TENON_SCALAR_SIZE_TAIL] = TENON_KIND_MIN,
	[TENON_SCALAR_SEGMENTS_MAX] = TENON_KIND_MAX,
	[TENON_SCALAR_SEGMENT_SIZE_MAX] = TENON_KIND_MAX,
	[TENON_SCALAR_SEGMENT_BOUNDARY] = TENON_KIND_BOUNDARY,
	[TENON_SCALAR_ADDRESS_MIN] = TENON_KIND_MIN,
	[TENON_SCALAR_ADDRESS_MAX] = TENON_KIND_ADDRESS,
	[TENON_SCALAR_CACHE] = TENON_KIND_MASK,
	[TENON_SCALAR_OBJECTS] = TENON_KIND_MASK,
	[TENON_SCALAR_OWN_FD] = TENON_KIND_FLAG,
	[TENON_SCALAR_PROTECTED] = TENON_KIND_MASK,
};

const uint8_t _tenon_plane_kind[TENON_PLANE_SLOTS_LEN] = {
	[TENON_PLANE_PITCH_MULTIPLE] = TENON_KIND_MULTIPLE,
	[TENON_PLANE_PITCH_REMAINDER] = TENON_KIND_REMAINDER,
	[TENON_PLANE_PITCH_MULTIPLE_PIXELS] = TENON_KIND_MULTIPLE,
	[TENON_PLANE_PITCH_REMAINDER_PIXELS] = TENON_KIND_REMAINDER,
	[TENON_PLANE_PITCH_PREFERRED] = TENON_KIND_MULTIPLE,
	[TENON_PLANE_PITCH_PREFERRED_REMAINDER] = TENON_KIND_REMAINDER,
	[TENON_PLANE_PITCH_EXACT] = TENON_KIND_EXACT,
	[TENON_PLANE_PITCH_TIGHT] = TENON_KIND_FLAG,
	[TENON_PLANE_PITCH_MAX] = TENON_KIND_MAX,
	[TENON_PLANE_WIDTH_ALIGN] = TENON_KIND_PADDING,
	[TENON_PLANE_HEIGHT_ALIGN] = TENON_KIND_PADDING,
	[TENON_PLANE_OFFSET_ALIGN] = TENON_KIND_ALIGN,
	[TENON_PLANE_TAIL] = TENON_KIND_MIN,
};

const struct tenon_property_info *_tenon_property_list(size_t i)
{
	return i < TABLE_LEN ? &table[i] : NULL;
}

/* The table is in order of numbers. */
static const struct tenon_property_info *search(enum tenon_property property)
{
	size_t low = 0, high = TABLE_LEN;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (table[middle].property < property) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < TABLE_LEN && table[low].property == property ? &table[low] : NULL;
}

const struct tenon_property_info *_tenon_property_info(enum tenon_property property)
{
	/* Numbers come in runs, each of which begins at a multiple of 16 (the first one at 1): the
	 * row of that number. Whatever this says, only the right row is ever taken. */
	static const uint8_t runs[] = {0, 2, 12, 18, 23, 28, 32};
	unsigned run = (unsigned)property / 16, place = (unsigned)property % 16;
	size_t row = run != 0 ? runs[run < sizeof(runs) ? run : 0] + place : place - 1;

	return row < TABLE_LEN && table[row].property == property ? &table[row] : search(property);
}

static const struct tenon_property_info *of_slot(unsigned slot, bool per_plane)
{
	for (size_t i = 0; i < TABLE_LEN; i++) {
		if (table[i].kind != TENON_KIND_PAIRS && table[i].kind != TENON_KIND_NAMES &&
			table[i].per_plane == per_plane && table[i].slot == slot) {
			return &table[i];
		}
	}
	return NULL;
}

const struct tenon_property_info *_tenon_property_of_scalar(unsigned slot)
{
	return of_slot(slot, false);
}

const struct tenon_property_info *_tenon_property_of_plane(unsigned slot)
{
	return of_slot(slot, true);
}

bool _tenon_property_accepts(const struct tenon_property_info *info, uint64_t value)
{
	switch (info->kind) {
	case TENON_KIND_MULTIPLE:
	case TENON_KIND_EXACT:
	case TENON_KIND_MAX:
	case TENON_KIND_ALIGN:
		return value != 0;
	case TENON_KIND_PADDING:
		return value != 0 && value <= UINT16_MAX;
	case TENON_KIND_BOUNDARY:
		return value != 0 && (value & (value - 1)) == 0;
	case TENON_KIND_FLAG:
		return value <= 1;
	case TENON_KIND_MASK:
		return value != 0 && (value & ~info->mask) == 0;
	case TENON_KIND_REMAINDER:
	case TENON_KIND_MIN:
	case TENON_KIND_ADDRESS:
		return true;
	default:
		return false;
	}
}

const char *tenon_property_get_name(enum tenon_property property)
{
	const struct tenon_property_info *info = _tenon_property_info(property);

	return info != NULL ? info->name : NULL;
}

int tenon_property_from_name(enum tenon_property *out, const char *name)
{
	for (size_t i = 0; name != NULL && i < TABLE_LEN; i++) {
		if (strcmp(table[i].name, name) == 0) {
			*out = table[i].property;
			return 0;
		}
	}
	return -ENOENT;
}

const char *tenon_property_get_unit(enum tenon_property property)
{
	const struct tenon_property_info *info = _tenon_property_info(property);

	return info != NULL ? info->unit : NULL;
}

bool tenon_property_is_per_plane(enum tenon_property property)
{
	const struct tenon_property_info *info = _tenon_property_info(property);

	return info != NULL && info->per_plane;
}
