/* SPDX-License-Identifier: MIT */
/*
 * The offer of a device: the table's entry, restricted and corrected by what the driver says.
 * Formats for which it says the same share an alternative.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/number.h"
#include "device/table.h"
#include "device/v4l2_contiguous.h"
#include "device/v4l2_limits.h"

enum {
	SAMPLES_MAX = 3, /* sizes to ask for when no one size is known */
};

/* Formats of which the driver says the same. */
struct group {
	struct v4l2_learnt learnt;
	struct tenon_v4l2_sizes sizes;
	const struct tenon_format *format; /* the first of them */
	const struct tenon_limits *table;
	bool is_linear;
	struct tenon_format_modifier pairs[V4L2_FORMATS_MAX];
	size_t pairs_len;
};

struct groups {
	struct group *list;
	size_t len;
};

struct offering {
	struct tenon_v4l2_device *device;
	const struct tenon_v4l2_offer_options *options;
	enum tenon_v4l2_queue queue;
	enum tenon_role role;
	const struct tenon_device_entry *entry; /* NULL: the table has none */
	bool is_variant;
	enum tenon_iommu iommu;
	struct groups groups;
};

/* The entry's alternative for a pair (NULL: any), or else any for the role; NULL: none. */
static const struct tenon_limits *find_alternative(const struct tenon_device_entry *entry,
	enum tenon_role role, const struct tenon_format_modifier *pair)
{
	const struct tenon_limits *any = NULL;
	struct tenon_offer *offer;

	if (entry == NULL) {
		return NULL;
	}
	offer = tenon_device_entry_get_offer(entry);
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(offer); i++) {
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		size_t pairs_len;
		uint32_t roles;

		(void)tenon_offer_get_alternative(offer, i, &roles, &pairs, &pairs_len, &limits);
		if ((roles & role) == 0) {
			continue;
		}
		any = any != NULL ? any : limits;
		for (size_t j = 0; pair != NULL && j < pairs_len; j++) {
			if ((pairs[j].format == pair->format ||
				    pairs[j].format == TENON_FORMAT_ANY) &&
				pairs[j].modifier == pair->modifier) {
				return limits;
			}
		}
	}
	return any;
}

/* Whether an entry says that the device takes contiguous memory only. */
static bool is_contiguous(const struct offering *offering, const struct tenon_device_entry *entry)
{
	const struct tenon_limits *limits = find_alternative(entry, offering->role, NULL);
	uint64_t segments = 0;

	return limits != NULL &&
	       tenon_limits_get(limits, TENON_PROP_SEGMENTS_MAX, TENON_PLANE_ALL, &segments) == 0 &&
	       segments == 1 &&
	       !(offering->iommu == TENON_IOMMU_TRANSLATES &&
		       tenon_device_entry_is_lifted_by_iommu(entry, TENON_PROP_SEGMENTS_MAX));
}

/* The table's entry. A driver may have several that differ in what the name does not tell. */
static void find_entry(struct offering *offering, const struct tenon_device_table *table)
{
	enum tenon_answer answer = tenon_v4l2_device_needs_contiguous(offering->device);
	const char *driver = offering->device->driver;

	offering->entry =
		table != NULL ? tenon_device_table_find_driver(table, "v4l2", driver) : NULL;
	offering->is_variant = false;
	for (size_t i = 0; offering->entry != NULL && i < tenon_device_table_get_len(table); i++) {
		const struct tenon_device_entry *other = tenon_device_table_get(table, i);

		if (strcmp(tenon_device_entry_get_driver(other), driver) != 0 ||
			strcmp(tenon_device_entry_get_bus(other), "v4l2") != 0 ||
			is_contiguous(offering, other) ==
				is_contiguous(offering, offering->entry)) {
			continue;
		}
		offering->is_variant = true;
		if (answer != TENON_UNKNOWN &&
			is_contiguous(offering, other) == (answer == TENON_YES)) {
			offering->entry = other;
			return;
		}
	}
}

static bool is_wanted(const struct tenon_v4l2_offer_options *options, uint32_t format)
{
	for (size_t i = 0; i < options->formats_len; i++) {
		if (options->formats[i] == format) {
			return true;
		}
	}
	return options->formats == NULL;
}

/* All sizes that a format has, as one range; zeroes when the driver does not say. */
static void find_range(const struct tenon_v4l2_device *device, uint32_t pixelformat,
	struct tenon_v4l2_sizes *range)
{
	struct tenon_v4l2_sizes *sizes = NULL;
	size_t len = 0;

	memset(range, 0, sizeof(*range));
	if (tenon_v4l2_device_dup_sizes(device, pixelformat, &sizes, &len) < 0) {
		return;
	}
	*range = sizes[0];
	for (size_t i = 1; i < len; i++) {
		const struct tenon_v4l2_sizes *s = &sizes[i];

		range->width_min =
			s->width_min < range->width_min ? s->width_min : range->width_min;
		range->width_max =
			s->width_max > range->width_max ? s->width_max : range->width_max;
		range->height_min =
			s->height_min < range->height_min ? s->height_min : range->height_min;
		range->height_max =
			s->height_max > range->height_max ? s->height_max : range->height_max;
	}
	free(sizes);
}

/* What holds at two sizes. */
static void meet(struct v4l2_learnt *a, const struct v4l2_learnt *b)
{
	for (unsigned i = 0; i < a->buffers_len; i++) {
		struct v4l2_learnt_buffer *to = &a->buffers[i];
		const struct v4l2_learnt_buffer *from = &b->buffers[i];

		to->multiple = (uint32_t)_tenon_gcd(to->multiple, from->multiple);
		to->takes_more = to->takes_more && from->takes_more;
		to->is_tight = to->is_tight && from->is_tight;
		to->tail = from->tail > to->tail ? from->tail : to->tail;
		if (to->pitch_max == 0 ||
			(from->pitch_max != 0 && from->pitch_max < to->pitch_max)) {
			to->pitch_max = from->pitch_max;
		}
		to->row = to->pitch = 0; /* of no one size */
	}
	a->size_align = a->size_align == b->size_align ? a->size_align : 0;
	a->linked = a->linked || b->linked;
	a->width = a->height = 0;
}

/* Without a size: what holds at several. */
static int learn_sizes(const struct offering *offering, uint32_t pixelformat,
	const struct tenon_v4l2_sizes *range, struct v4l2_learnt *out)
{
	/* odd ones, where the driver lets one choose: alignment shows best */
	const uint32_t wanted[SAMPLES_MAX][2] = {
		{range->width_max != 0 ? range->width_min : 642,
			range->height_max != 0 ? range->height_min : 482},
		{1366, 768},
		{range->width_max != 0 ? range->width_max : 1920,
			range->height_max != 0 ? range->height_max : 1080},
	};
	size_t len = 0;

	for (size_t i = 0; i < SAMPLES_MAX; i++) {
		struct v4l2_learnt learnt;
		int ret = v4l2_learn(offering->device, offering->queue, pixelformat, wanted[i][0],
			wanted[i][1], &learnt);

		if (ret == -EINVAL && learnt.width != 0) {
			ret = v4l2_learn(offering->device, offering->queue, pixelformat,
				learnt.width, learnt.height, &learnt);
		}
		if (ret == -ENODEV) {
			return ret;
		}
		if (ret == 0 && len++ == 0) {
			*out = learnt;
		}
		if (ret == 0) {
			meet(out, &learnt);
		}
	}
	return len > 0 ? 0 : -EINVAL;
}

static int learn(const struct offering *offering, uint32_t pixelformat,
	const struct tenon_v4l2_sizes *range, struct v4l2_learnt *out)
{
	const struct tenon_v4l2_offer_options *options = offering->options;
	int ret;

	if (options->width == 0) {
		return learn_sizes(offering, pixelformat, range, out);
	}
	ret = v4l2_learn(offering->device, offering->queue, pixelformat, options->width,
		options->height, out);
	if (ret == -EINVAL && out->width != 0) {
		/* it makes another size of it: that is what it offers */
		ret = v4l2_learn(offering->device, offering->queue, pixelformat, out->width,
			out->height, out);
	}
	return ret;
}

static bool has_same_planes(const struct tenon_format *a, const struct tenon_format *b)
{
	if (tenon_format_get_planes_len(a) != tenon_format_get_planes_len(b)) {
		return false;
	}
	for (unsigned i = 0; i < tenon_format_get_planes_len(a); i++) {
		unsigned a_hsub, a_vsub, b_hsub, b_vsub;

		(void)tenon_format_get_plane(a, i, NULL, NULL, &a_hsub, &a_vsub);
		(void)tenon_format_get_plane(b, i, NULL, NULL, &b_hsub, &b_vsub);
		if (a_hsub != b_hsub || a_vsub != b_vsub) {
			return false;
		}
	}
	return true;
}

/* The group that says the same, or a new one; NULL: no memory. */
static struct group *find_group(struct groups *groups, const struct group *like)
{
	struct group *grown;

	for (size_t i = 0; i < groups->len; i++) {
		struct group *group = &groups->list[i];

		if (memcmp(&group->learnt, &like->learnt, sizeof(like->learnt)) == 0 &&
			memcmp(&group->sizes, &like->sizes, sizeof(like->sizes)) == 0 &&
			group->table == like->table && group->is_linear == like->is_linear &&
			has_same_planes(group->format, like->format)) {
			return group;
		}
	}
	grown = realloc(groups->list, (groups->len + 1) * sizeof(*grown));
	if (grown == NULL) {
		return NULL;
	}
	groups->list = grown;
	grown[groups->len] = *like;
	return &grown[groups->len++];
}

static void add_pair(struct group *group, const struct tenon_format_modifier *pair)
{
	for (size_t i = 0; i < group->pairs_len; i++) {
		if (group->pairs[i].format == pair->format &&
			group->pairs[i].modifier == pair->modifier) {
			return;
		}
	}
	if (group->pairs_len < V4L2_FORMATS_MAX) {
		group->pairs[group->pairs_len++] = *pair;
	}
}

/* Puts a format of the driver's into its group; formats that cannot be offered are left out. */
static int add_format(
	struct offering *offering, struct group *like, const struct tenon_v4l2_format *format)
{
	struct group *group;
	int ret;

	if (!format->known || !is_wanted(offering->options, format->drm.format)) {
		return 0;
	}
	memset(like, 0, sizeof(*like));
	like->format = tenon_format_get(format->drm.format);
	like->is_linear = format->drm.modifier == 0;
	like->table = find_alternative(offering->entry, offering->role, &format->drm);
	if (offering->options->width == 0) {
		find_range(offering->device, format->pixelformat, &like->sizes);
	}
	ret = learn(offering, format->pixelformat, &like->sizes, &like->learnt);
	if (ret < 0) {
		return ret == -ENODEV ? ret : 0;
	}
	group = find_group(&offering->groups, like);
	if (group == NULL) {
		return -ENOMEM;
	}
	add_pair(group, &format->drm);
	return 0;
}

static int add_formats(struct offering *offering)
{
	size_t len = tenon_v4l2_device_get_formats_len(offering->device, offering->queue);
	struct group *like = malloc(sizeof(*like));
	int ret = like != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; i < len && ret == 0; i++) {
		struct tenon_v4l2_format format = {.size = sizeof(format)};

		ret = tenon_v4l2_device_get_format(offering->device, offering->queue, i, &format);
		if (ret == 0) {
			ret = add_format(offering, like, &format);
		}
	}
	free(like);
	return ret;
}

static int add_alternative(
	struct tenon_offer *offer, const struct offering *offering, const struct group *group)
{
	const struct tenon_v4l2_offer_options *options = offering->options;
	char source[64] = "driver: VIDIOC_TRY_FMT";
	struct tenon_limits *limits = NULL;
	const struct v4l2_statement statement = {
		.learnt = &group->learnt,
		.width = options->width,
		.height = options->height,
		.is_part = tenon_v4l2_device_is_m2m(offering->device) &&
			   v4l2_is_part(options->width, options->height, &group->learnt),
		.is_linear = group->is_linear,
		.format = group->format,
		.sizes = group->sizes,
		.source = source,
		.table = group->table,
		.lifted = offering->iommu == TENON_IOMMU_TRANSLATES && offering->entry != NULL
				  ? &offering->entry->text.lifted
				  : NULL,
		.contiguous = tenon_v4l2_device_needs_contiguous(offering->device),
		.is_variant = offering->is_variant,
	};
	int ret;

	if (options->width != 0) {
		snprintf(source, sizeof(source), "driver: VIDIOC_TRY_FMT at %ux%u", options->width,
			options->height);
	}
	ret = v4l2_limits_create(&limits, &statement);
	if (ret == 0) {
		ret = tenon_offer_add(
			offer, offering->role, group->pairs, group->pairs_len, limits);
	}
	tenon_limits_destroy(limits);
	return ret;
}

static int make_offer(struct tenon_offer **out, const struct offering *offering)
{
	const char *name = offering->options->name != NULL ? offering->options->name
			   : offering->entry != NULL ? tenon_device_entry_get_name(offering->entry)
						     : offering->device->driver;
	enum tenon_answer coherent = TENON_UNKNOWN;
	struct tenon_offer *offer = NULL;
	int ret = tenon_offer_create(&offer, name);

	for (size_t i = 0; i < offering->groups.len && ret == 0; i++) {
		ret = add_alternative(offer, offering, &offering->groups.list[i]);
	}
	if (ret < 0) {
		tenon_offer_unref(offer);
		return ret;
	}
	if (offering->entry != NULL) {
		coherent = tenon_offer_get_coherent(tenon_device_entry_get_offer(offering->entry));
	}
	tenon_offer_set_coherent(
		offer, coherent != TENON_UNKNOWN ? coherent : offering->device->coherent);
	*out = offer;
	return 0;
}

int tenon_v4l2_device_create_offer(struct tenon_offer **out, struct tenon_v4l2_device *device,
	const struct tenon_device_table *table, enum tenon_role role,
	const struct tenon_v4l2_offer_options *options)
{
	static const struct tenon_v4l2_offer_options defaults = {.size = sizeof(defaults)};
	struct offering offering = {
		.device = device,
		.options = options != NULL ? options : &defaults,
		.role = role,
	};
	int ret;

	if (offering.options->size != sizeof(*options) ||
		(offering.options->width == 0) != (offering.options->height == 0)) {
		return -EINVAL;
	}
	ret = v4l2_queue_of_role(device, role, &offering.queue);
	if (ret < 0) {
		return ret;
	}
	offering.iommu = offering.options->iommu != TENON_IOMMU_UNKNOWN ? offering.options->iommu
									: device->iommu;
	find_entry(&offering, table);
	if (offering.options->probe && (offering.entry == NULL || offering.is_variant)) {
		ret = v4l2_ask_contiguous(device, offering.queue);
		if (ret < 0 && ret != -EAGAIN) {
			return ret;
		}
		find_entry(&offering, table);
	}
	ret = add_formats(&offering);
	if (ret == 0 && offering.groups.len == 0) {
		ret = -ENOTSUP;
	}
	if (ret == 0) {
		ret = make_offer(out, &offering);
	}
	free(offering.groups.list);
	return ret;
}
