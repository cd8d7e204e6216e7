/* SPDX-License-Identifier: MIT */
#include "constraint/describe.h"

#include <inttypes.h>

#include "constraint/limits.h"
#include "constraint/padding.h"

static const char *const cache_words[] = {"cached", "uncached", NULL};
static const char *const object_words[] = {"one", "one per plane", NULL};
static const char *const protection_words[] = {"none", "secure", NULL};

static void add_mask(struct text_buf *buf, enum tenon_property property, uint64_t mask)
{
	const char *const *words = property == TENON_PROP_CACHE     ? cache_words
				   : property == TENON_PROP_OBJECTS ? object_words
								    : protection_words;
	const char *between = "";

	for (unsigned i = 0; words[i] != NULL; i++) {
		if ((mask >> i & 1) != 0) {
			text_buf_addf(buf, "%s%s", between, words[i]);
			between = " or ";
		}
	}
}

static void add_flag(struct text_buf *buf, enum tenon_property property, uint64_t flag)
{
	const char *yes = property == TENON_PROP_PITCH_TIGHT    ? "without padding"
			  : property == TENON_PROP_PITCH_LINKED ? "that follows the first plane's"
								: "of its own";

	text_buf_add(buf, flag != 0 ? yes : "of any kind");
}

void _tenon_paddings_describe(struct text_buf *buf, uint64_t set)
{
	uint32_t list[TENON_PADDINGS_MAX];
	size_t len = _tenon_padding_get(set, list);

	text_buf_add(buf, "multiple of ");
	while (len-- > 0) {
		text_buf_addf(buf, "%" PRIu32 "%s", list[len],
			len > 1    ? ", "
			: len == 1 ? " and of "
				   : "");
	}
}

static void add_number(struct text_buf *buf, const struct tenon_property_info *info, uint64_t value)
{
	const char *words = "exactly";

	switch (info->kind) {
	case TENON_KIND_MIN:
		words = "at least";
		break;
	case TENON_KIND_MAX:
	case TENON_KIND_ADDRESS:
		words = "at most";
		break;
	case TENON_KIND_PADDING:
		_tenon_paddings_describe(buf, value);
		return;
	case TENON_KIND_ALIGN:
		words = "multiple of";
		break;
	case TENON_KIND_BOUNDARY:
		words = "every";
		break;
	default:
		break;
	}
	if (info->property == TENON_PROP_ADDRESS_MIN || info->property == TENON_PROP_ADDRESS_MAX) {
		text_buf_addf(buf, "%s 0x%" PRIx64, words, value);
	} else {
		text_buf_addf(buf, "%s %" PRIu64, words, value);
	}
}

static void add_congruence(struct text_buf *buf, const struct tenon_property_info *info,
	const struct tenon_limits_plane *plane)
{
	unsigned slot = info->slot - (info->kind == TENON_KIND_REMAINDER);
	const char *unit = slot == TENON_PLANE_PITCH_MULTIPLE_PIXELS ? " pixels" : "";
	uint64_t multiple = (plane->set >> slot & 1) != 0 ? plane->value[slot] : 1;
	uint64_t remainder = (plane->set >> slot & 2) != 0 ? plane->value[slot + 1] : 0;

	if (remainder == 0) {
		text_buf_addf(buf, "multiple of %" PRIu64 "%s", multiple, unit);
	} else {
		text_buf_addf(buf, "%" PRIu64 " modulo %" PRIu64 "%s", remainder, multiple, unit);
	}
}

static bool add_of_plane(struct text_buf *buf, const struct tenon_property_info *info,
	const struct tenon_limits_plane *plane)
{
	unsigned bits = 1u << info->slot;

	if (info->kind == TENON_KIND_MULTIPLE) {
		bits |= bits << 1;
	} else if (info->kind == TENON_KIND_REMAINDER) {
		bits |= bits >> 1;
	}
	if ((plane->set & bits) == 0) {
		return false;
	}
	switch (info->kind) {
	case TENON_KIND_MULTIPLE:
	case TENON_KIND_REMAINDER:
		add_congruence(buf, info, plane);
		break;
	case TENON_KIND_FLAG:
		add_flag(buf, info->property, plane->value[info->slot]);
		break;
	default:
		add_number(buf, info, plane->value[info->slot]);
		break;
	}
	return true;
}

static bool add_of_planes(struct text_buf *buf, const struct tenon_limits *limits,
	const struct tenon_property_info *info)
{
	bool any = false;

	if (!limits->split) {
		return add_of_plane(buf, info, &limits->plane[0]);
	}
	for (unsigned i = 0; i < TENON_MAX_PLANES; i++) {
		struct text_buf one = {0};

		if (add_of_plane(&one, info, &limits->plane[i])) {
			text_buf_addf(buf, "%s%s (plane %u)", any ? ", " : "",
				one.data != NULL ? one.data : "", i);
			buf->failed |= one.failed;
			any = true;
		}
		text_buf_finish(&one);
	}
	return any;
}

static bool add_names(struct text_buf *buf, const struct tenon_names *names, const char *between)
{
	for (size_t i = 0; i < names->len; i++) {
		text_buf_addf(buf, "%s%s", i != 0 ? between : "", names->name[i]);
	}
	return names->set;
}

bool _tenon_limits_describe(
	struct text_buf *buf, const struct tenon_limits *limits, enum tenon_property property)
{
	const struct tenon_property_info *info = _tenon_property_info(property);

	if (info == NULL || info->kind == TENON_KIND_PAIRS) {
		return false;
	}
	if (property == TENON_PROP_HEAP) {
		return add_names(buf, &limits->heaps, " or ");
	}
	if (property == TENON_PROP_HEAP_PREFERRED) {
		return add_names(buf, &limits->preferred, ", then ");
	}
	if (info->per_plane) {
		return add_of_planes(buf, limits, info);
	}
	if (!_tenon_limits_has_scalar(limits, info->slot)) {
		return false;
	}
	if (info->kind == TENON_KIND_MASK) {
		add_mask(buf, property, limits->scalar[info->slot]);
	} else if (info->kind == TENON_KIND_FLAG) {
		add_flag(buf, property, limits->scalar[info->slot]);
	} else {
		add_number(buf, info, limits->scalar[info->slot]);
	}
	return true;
}

void _tenon_describe_format(struct text_buf *buf, uint32_t format)
{
	char text[4];
	size_t len = 4;
	bool printable = true;

	for (unsigned i = 0; i < 4; i++) {
		text[i] = (char)(format >> 8 * i & 0xff);
		printable &= text[i] >= ' ' && text[i] <= '~';
	}
	while (len > 1 && text[len - 1] == ' ') {
		len--;
	}
	if (format == TENON_FORMAT_ANY) {
		text_buf_add(buf, "any");
	} else if (printable) {
		text_buf_add_bytes(buf, text, len);
	} else {
		text_buf_addf(buf, "0x%08" PRIx32, format);
	}
}

void _tenon_describe_modifier(struct text_buf *buf, uint64_t modifier)
{
	/* drm_fourcc.h's DRM_FORMAT_MOD_LINEAR and DRM_FORMAT_MOD_INVALID */
	if (modifier == 0) {
		text_buf_add(buf, "LINEAR");
	} else if (modifier == UINT64_C(0x00ffffffffffffff)) {
		text_buf_add(buf, "INVALID");
	} else {
		text_buf_addf(buf, "0x%016" PRIx64, modifier);
	}
}
