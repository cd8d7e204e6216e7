/* SPDX-License-Identifier: MIT */
#include "plan/saying.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/describe.h"

enum {
	NAMES_MAX = 8, /* formats or modifiers in a list */
	WAYS_MAX = 4,  /* alternatives */
};

bool _tenon_is_pitch(enum tenon_property property)
{
	return property >= TENON_PROP_PITCH_MULTIPLE && property <= TENON_PROP_PITCH_LINKED;
}

static bool is_asked(const struct tenon_question *question, uint32_t format)
{
	for (size_t i = 0; i < question->formats_len; i++) {
		if (question->formats[i] == format || format == TENON_FORMAT_ANY) {
			return true;
		}
	}
	return question->formats == NULL;
}

enum tenon_property _tenon_find_missing(
	const struct tenon_question *question, const struct tenon_merge *merge)
{
	size_t len = merge != NULL ? tenon_merge_get_candidates_len(merge) : 0;

	for (size_t i = 0; i < len; i++) {
		struct tenon_format_modifier pair;

		tenon_merge_get_candidate(merge, i, &pair, NULL);
		if (is_asked(question, pair.format)) {
			return TENON_PROP_MODIFIER;
		}
	}
	return TENON_PROP_FORMAT;
}

static void add_format_name(struct text_buf *buf, uint32_t fourcc)
{
	const struct tenon_format *format = tenon_format_get(fourcc);

	if (format != NULL) {
		text_buf_add(buf, tenon_format_get_name(format));
	} else {
		_tenon_describe_format(buf, fourcc);
	}
}

static void add_modifier_name(struct text_buf *buf, uint64_t modifier)
{
	char text[64];

	tenon_modifier_print(text, sizeof(text), modifier);
	text_buf_add(buf, text);
}

void _tenon_hint_asked(
	struct text_buf *hint, const struct tenon_question *question, enum tenon_property property)
{
	bool formats = property == TENON_PROP_FORMAT;
	size_t len = formats ? question->formats_len : question->modifiers_len;

	for (size_t i = 0; i < len && i < NAMES_MAX; i++) {
		text_buf_add(hint, i == 0 ? "" : " or ");
		if (formats) {
			add_format_name(hint, question->formats[i]);
		} else {
			add_modifier_name(hint, question->modifiers[i]);
		}
	}
	text_buf_add(hint, len > NAMES_MAX ? " or others were asked for"
			   : len > 1       ? " were asked for"
					   : " was asked for");
}

static void add_between(struct text_buf *buf, size_t start)
{
	text_buf_add(buf, buf->len > start ? ", " : "");
}

/* "exactly 5464 (width x 4)" */
static void say_tight(struct text_buf *buf, const struct tenon_topic *topic, unsigned i)
{
	const struct _tenon_format_plane *plane = &topic->format->planes[i];
	uint32_t columns = _tenon_plane_columns(topic->format, i, topic->question->width);

	text_buf_addf(buf, "exactly %" PRIu64, _tenon_plane_row_bytes(topic->format, i, columns));
	if (plane->block_width == 1 && plane->hsub == 1) {
		text_buf_addf(buf, " (width x %u)", plane->block_bytes);
	} else {
		text_buf_add(buf, " (no padding)");
	}
}

static void say_multiple(struct text_buf *buf, const struct tenon_limits *limits,
	const struct tenon_topic *topic, unsigned i, bool pixels)
{
	const struct _tenon_format_plane *plane = &topic->format->planes[i];
	unsigned slot = pixels ? TENON_PLANE_PITCH_MULTIPLE_PIXELS : TENON_PLANE_PITCH_MULTIPLE;
	uint64_t multiple = _tenon_limits_plane(limits, i, slot);
	uint64_t remainder = _tenon_limits_plane(limits, i, slot + 1);

	if (remainder != 0) {
		text_buf_addf(buf, "%" PRIu64 " modulo %" PRIu64, remainder, multiple);
	} else {
		text_buf_addf(buf, "multiple of %" PRIu64, multiple);
	}
	if (pixels) {
		text_buf_add(buf, " pixels");
	}
	if (pixels && remainder == 0 && plane->block_width == 1 &&
		multiple <= UINT64_MAX / plane->block_bytes) {
		text_buf_addf(buf, " (%" PRIu64 " bytes)", multiple * plane->block_bytes);
	}
}

static void say_plane(struct text_buf *buf, const struct tenon_limits *limits,
	const struct tenon_topic *topic, unsigned i)
{
	size_t start = buf->len;

	if (_tenon_limits_has_plane(limits, i, TENON_PLANE_PITCH_EXACT)) {
		text_buf_addf(buf, "exactly %" PRIu64,
			_tenon_limits_plane(limits, i, TENON_PLANE_PITCH_EXACT));
	}
	if (_tenon_limits_plane(limits, i, TENON_PLANE_PITCH_TIGHT) != 0) {
		add_between(buf, start);
		say_tight(buf, topic, i);
	}
	if (_tenon_limits_plane(limits, i, TENON_PLANE_PITCH_MULTIPLE) > 1) {
		add_between(buf, start);
		say_multiple(buf, limits, topic, i, false);
	}
	if (_tenon_limits_has_plane(limits, i, TENON_PLANE_PITCH_MULTIPLE_PIXELS)) {
		add_between(buf, start);
		say_multiple(buf, limits, topic, i, true);
	}
	if (_tenon_limits_has_plane(limits, i, TENON_PLANE_PITCH_MAX)) {
		add_between(buf, start);
		text_buf_addf(buf, "at most %" PRIu64,
			_tenon_limits_plane(limits, i, TENON_PLANE_PITCH_MAX));
	}
	if (_tenon_limits_plane(limits, i, TENON_PLANE_WIDTH_ALIGN) > 1) {
		add_between(buf, start);
		text_buf_add(buf, "of rows padded to a ");
		_tenon_paddings_describe(
			buf, _tenon_limits_plane(limits, i, TENON_PLANE_WIDTH_ALIGN));
		text_buf_add(buf, " pixels");
	}
	if (buf->len > start && limits->split && topic->first != topic->last) {
		text_buf_addf(buf, " (plane %u)", i);
	}
}

static void say_pitch(
	struct text_buf *buf, const struct tenon_limits *limits, const struct tenon_topic *topic)
{
	/* what holds for all planes is said once */
	unsigned last = limits->split ? topic->last : topic->first;
	size_t start = buf->len;

	for (unsigned i = topic->first; i <= last; i++) {
		struct text_buf one = {0};

		say_plane(&one, limits, topic, i);
		if (one.len > 0) {
			add_between(buf, start);
			text_buf_add(buf, one.data);
		}
		buf->failed |= one.failed;
		text_buf_finish(&one);
	}
	if (_tenon_limits_scalar(limits, TENON_SCALAR_PITCH_LINKED) != 0) {
		add_between(buf, start);
		text_buf_add(buf, "that follows the first plane's");
	}
}

static void say_segments(struct text_buf *buf, const struct tenon_limits *limits)
{
	size_t start = buf->len;

	if (_tenon_limits_has_scalar(limits, TENON_SCALAR_SEGMENTS_MAX)) {
		text_buf_addf(buf, "at most %" PRIu64,
			_tenon_limits_scalar(limits, TENON_SCALAR_SEGMENTS_MAX));
	}
	if (_tenon_limits_has_scalar(limits, TENON_SCALAR_SEGMENT_SIZE_MAX)) {
		add_between(buf, start);
		text_buf_addf(buf, "of at most %" PRIu64 " bytes each",
			_tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_SIZE_MAX));
	}
	if (_tenon_limits_has_scalar(limits, TENON_SCALAR_SEGMENT_BOUNDARY)) {
		add_between(buf, start);
		text_buf_addf(buf, "of none across a multiple of %" PRIu64,
			_tenon_limits_scalar(limits, TENON_SCALAR_SEGMENT_BOUNDARY));
	}
}

static void say_addresses(struct text_buf *buf, const struct tenon_limits *limits)
{
	size_t start = buf->len;

	if (_tenon_limits_has_scalar(limits, TENON_SCALAR_ADDRESS_MIN)) {
		text_buf_addf(buf, "at least 0x%" PRIx64,
			_tenon_limits_scalar(limits, TENON_SCALAR_ADDRESS_MIN));
	}
	if (_tenon_limits_has_scalar(limits, TENON_SCALAR_ADDRESS_MAX)) {
		add_between(buf, start);
		text_buf_addf(buf, "at most 0x%" PRIx64,
			_tenon_limits_scalar(limits, TENON_SCALAR_ADDRESS_MAX));
	}
}

static void say_limits(
	struct text_buf *buf, const struct tenon_limits *limits, const struct tenon_topic *topic)
{
	if (_tenon_is_pitch(topic->property)) {
		say_pitch(buf, limits, topic);
	} else if (topic->property == TENON_PROP_SEGMENTS_MAX) {
		say_segments(buf, limits);
	} else if (topic->property == TENON_PROP_ADDRESS_MAX) {
		say_addresses(buf, limits);
	} else {
		_tenon_limits_describe(buf, limits, topic->property);
	}
}

/* Where the first of the values that were just said was found. */
static const char *find_source(const struct tenon_limits *limits, const struct tenon_topic *topic)
{
	static const enum tenon_property pitches[] = {TENON_PROP_PITCH_EXACT,
		TENON_PROP_PITCH_TIGHT, TENON_PROP_PITCH_MULTIPLE, TENON_PROP_PITCH_MULTIPLE_PIXELS,
		TENON_PROP_PITCH_MAX, TENON_PROP_WIDTH_ALIGN};
	static const enum tenon_property sizes[] = {TENON_PROP_SEGMENTS_MAX,
		TENON_PROP_SEGMENT_SIZE_MAX, TENON_PROP_SEGMENT_BOUNDARY, TENON_PROP_ADDRESS_MIN,
		TENON_PROP_ADDRESS_MAX};
	const char *source = tenon_limits_get_source(limits, topic->property);
	bool pitch = _tenon_is_pitch(topic->property);
	size_t len = pitch               ? sizeof(pitches) / sizeof(pitches[0])
		     : topic->bytes != 0 ? sizeof(sizes) / sizeof(sizes[0])
					 : 0;

	for (size_t i = 0; source == NULL && i < len; i++) {
		source = tenon_limits_get_source(limits, pitch ? pitches[i] : sizes[i]);
	}
	return source;
}

/* Whether an alternative is one that the topic's format and the participant's roles are about. */
static bool is_meant(const struct tenon_topic *topic, const struct tenon_participant *participant,
	uint32_t roles, const struct tenon_format_modifier *pairs, size_t pairs_len)
{
	if (participant->roles != 0 && (participant->roles & roles) == 0) {
		return false;
	}
	for (size_t i = 0; topic->format != NULL && i < pairs_len; i++) {
		if (pairs[i].modifier == 0 && (pairs[i].format == TENON_FORMAT_ANY ||
						      pairs[i].format == topic->format->fourcc)) {
			return true;
		}
	}
	return topic->format == NULL;
}

/* A list of names without repetition, cut off when it grows long. */
struct name_list {
	uint64_t seen[NAMES_MAX];
	size_t len;
	bool cut;
};

static void add_name(struct text_buf *buf, struct name_list *list, uint64_t value, bool formats)
{
	for (size_t i = 0; i < list->len; i++) {
		if (list->seen[i] == value) {
			return;
		}
	}
	if (list->len == NAMES_MAX) {
		list->cut = true;
		return;
	}
	list->seen[list->len++] = value;
	text_buf_add(buf, list->len > 1 ? " or " : "");
	if (formats) {
		add_format_name(buf, (uint32_t)value);
	} else {
		add_modifier_name(buf, value);
	}
}

/* Formats of the device, those asked for alone if it has such; or modifiers of those formats. */
static void say_pairs(struct text_buf *buf, const struct tenon_topic *topic,
	const struct tenon_participant *participant, struct name_list *list, bool asked)
{
	bool formats = topic->property == TENON_PROP_FORMAT;

	for (size_t i = 0; i < tenon_offer_get_alternatives_len(participant->offer); i++) {
		const struct tenon_format_modifier *pairs;
		uint32_t roles;
		size_t len;

		tenon_offer_get_alternative(participant->offer, i, &roles, &pairs, &len, NULL);
		if (!is_meant(topic, participant, roles, pairs, len)) {
			continue;
		}
		for (size_t p = 0; p < len; p++) {
			if (!asked || is_asked(topic->question, pairs[p].format)) {
				add_name(buf, list, formats ? pairs[p].format : pairs[p].modifier,
					formats);
			}
		}
	}
}

/* What alternatives say, each once. */
struct ways {
	struct text_buf text[WAYS_MAX];
	size_t len;
	bool more;
};

/* Takes the text over. Returns whether it is a new one. */
static bool add_way(struct ways *ways, struct text_buf *text)
{
	bool known = text->len == 0;

	for (size_t i = 0; !known && i < ways->len; i++) {
		known = ways->text[i].len == text->len &&
			memcmp(ways->text[i].data, text->data, text->len) == 0;
	}
	if (known || ways->len == WAYS_MAX) {
		ways->more |= !known;
		text_buf_finish(text);
		return false;
	}
	ways->text[ways->len++] = *text;
	return true;
}

/* Collects the words of the device's alternatives; failed: there was no memory for some. */
static void say_alternatives(struct ways *ways, bool *failed, const char **source,
	const struct tenon_topic *topic, const struct tenon_participant *participant)
{
	size_t all = tenon_offer_get_alternatives_len(participant->offer);

	for (size_t i = 0; i < all && !ways->more; i++) {
		const struct tenon_format_modifier *pairs;
		const struct tenon_limits *limits;
		struct text_buf one = {0};
		uint32_t roles;
		size_t len;

		tenon_offer_get_alternative(participant->offer, i, &roles, &pairs, &len, &limits);
		if (is_meant(topic, participant, roles, pairs, len)) {
			say_limits(&one, limits, topic);
			*failed |= one.failed;
			if (add_way(ways, &one) && *source == NULL) {
				*source = find_source(limits, topic);
			}
		}
	}
}

static void join_ways(struct text_buf *buf, struct ways *ways)
{
	for (size_t i = 0; i < ways->len; i++) {
		text_buf_addf(buf, "%s%s", i == 0 ? "" : " or ", ways->text[i].data);
		text_buf_finish(&ways->text[i]);
	}
	if (ways->more) {
		text_buf_add(buf, " or others");
	}
}

int _tenon_say(
	char **value, const char **source, const struct tenon_topic *topic, const char *device)
{
	const struct tenon_question *question = topic->question;
	struct name_list list = {0};
	struct ways ways = {0};
	struct text_buf buf = {0};

	*source = NULL;
	for (int asked = 1; asked >= 0 && buf.len == 0 && ways.len == 0; asked--) {
		for (size_t i = 0; i < question->participants_len; i++) {
			const struct tenon_participant *participant = &question->participants[i];

			if (strcmp(tenon_offer_get_device(participant->offer), device) != 0) {
				continue;
			}
			if (topic->format == NULL) {
				say_pairs(&buf, topic, participant, &list, asked != 0);
			} else {
				say_alternatives(&ways, &buf.failed, source, topic, participant);
			}
		}
	}
	join_ways(&buf, &ways);
	if (list.cut) {
		text_buf_add(&buf, " or others");
	}
	if (buf.len == 0 && !buf.failed) {
		text_buf_add(&buf, "of any kind");
	}
	return text_buf_take(&buf, value);
}
