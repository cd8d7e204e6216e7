/* SPDX-License-Identifier: MIT */
/*
 * Devices whose limits agree as such, and not on this picture: at this width a tight pitch is no
 * multiple of 256, this size is more segments than there may be, none has the format asked for.
 * Who cannot agree is found by planning for parts of them; what each one says comes from its own
 * offer, with numbers for this size.
 */
#include "plan/saying.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "constraint/conflict.h"
#include "constraint/merge.h"
#include "plan/asked.h"

enum {
	HINT_WIDTHS_MAX = 1024,
	HINT_CHOICES_MAX = 8,
};

/* Participants of one name are one device, so that names differ. */
struct parties {
	const struct tenon_question *question;
	const char **names;
	size_t len;
	struct tenon_participant *scratch; /* room for all participants */
	/*
	 * All together have no linear layout left: a part that has other ones is not at fault. Else
	 * all parts have linear ones, and only these count.
	 */
	bool foreign_is_good;
	bool gave_up; /* some were taken to agree, because to find out took too long */
};

static int init_parties(struct parties *parties, const struct tenon_question *question)
{
	size_t all = question->participants_len;

	*parties = (struct parties){.question = question};
	parties->names = calloc(all + 1, sizeof(*parties->names));
	parties->scratch = calloc(all + 1, sizeof(*parties->scratch));
	if (parties->names == NULL || parties->scratch == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < all; i++) {
		const char *name = tenon_offer_get_device(question->participants[i].offer);
		size_t known = 0;

		while (known < parties->len && strcmp(parties->names[known], name) != 0) {
			known++;
		}
		parties->names[known] = name;
		parties->len += known == parties->len;
	}
	return 0;
}

static void finish_parties(struct parties *parties)
{
	free(parties->names);
	free(parties->scratch);
}

/* The participants of some parties, in the scratch; returns how many. */
static size_t gather(struct parties *parties, const size_t *members, size_t members_len)
{
	const struct tenon_question *question = parties->question;
	size_t len = 0;

	for (size_t i = 0; i < question->participants_len; i++) {
		const char *name = tenon_offer_get_device(question->participants[i].offer);

		for (size_t m = 0; m < members_len; m++) {
			if (strcmp(parties->names[members[m]], name) == 0) {
				parties->scratch[len++] = question->participants[i];
				break;
			}
		}
	}
	return len;
}

/* What some parties leave: their merge and its choices. Both are to be released on success. */
static int ask(struct parties *parties, const size_t *members, size_t members_len,
	struct tenon_merge **merge, struct tenon_choices *choices)
{
	size_t len = gather(parties, members, members_len);
	int rc = 0;

	*merge = NULL;
	if (len > 0) {
		rc = _tenon_merge_create_within(
			merge, parties->scratch, len, NULL, parties->question->work);
	}
	if (rc == 0) {
		rc = _tenon_choices_init(choices, parties->question, *merge);
		if (rc != 0) {
			tenon_merge_destroy(*merge);
		}
	}
	return rc;
}

/* A picture too large for 64 bits is not what they disagree about; nor is what takes too long. */
static int agree(void *data, const size_t *members, size_t members_len)
{
	struct parties *parties = data;
	struct tenon_choices choices;
	struct tenon_merge *merge;
	bool good;
	int rc;

	if (members_len == 0) {
		return 0;
	}
	rc = ask(parties, members, members_len, &merge, &choices);
	if (rc != 0) {
		parties->gave_up |= rc == -E2BIG;
		return rc == -E2BIG ? 0 : rc;
	}
	good = choices.foreign && parties->foreign_is_good;
	for (size_t i = 0; !good && i < choices.len; i++) {
		struct tenon_layout layout;
		enum tenon_property property;

		if (!_tenon_spend(parties->question, TENON_WORK_OF_LAYOUT)) {
			parties->gave_up = true;
			good = true;
			break;
		}
		good = _tenon_choice_solve(&layout, parties->question, &choices.all[i],
			       parties->question->width, &property) != TENON_CONFLICT;
	}
	_tenon_choices_finish(&choices);
	tenon_merge_destroy(merge);
	return good ? 0 : TENON_CONFLICT;
}

/* The planes whose pitches are in the way: the first that fails alone, or all that are linked. */
static void find_planes(struct tenon_topic *topic, const struct tenon_choice *choice)
{
	for (unsigned i = 0; i < choice->format->planes_len; i++) {
		struct tenon_format one = *choice->format;
		struct tenon_limits limits = *choice->limits;
		enum tenon_property property;
		struct tenon_layout layout;

		/* the plane as a format of its own, with its own limits, a row high */
		one.planes[0] = one.planes[i];
		one.planes_len = 1;
		limits.plane[0] = *_tenon_limits_of_plane(choice->limits, i);
		limits.split = false;
		if (_tenon_layout_solve_best(
			    &layout, &one, topic->question->width, 1, &limits, &property) != 0 &&
			_tenon_is_pitch(property)) {
			topic->first = topic->last = i;
			return;
		}
	}
	topic->first = 0;
	topic->last = choice->format->planes_len - 1u;
}

/* Whether limits leave a plane no choice of its pitch. */
static bool is_fixed(const struct tenon_limits *limits, unsigned plane)
{
	return _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_EXACT) != 0 ||
	       _tenon_limits_plane(limits, plane, TENON_PLANE_PITCH_TIGHT) != 0;
}

/* "for amdgpu 5632 would do": the smallest pitch of one party on its own, unless it is fixed. */
static int hint_pitch(struct text_buf *hint, struct parties *parties, size_t member,
	const struct tenon_topic *topic)
{
	struct tenon_choices choices;
	struct tenon_merge *merge;
	uint32_t least = UINT32_MAX;
	int rc = ask(parties, &member, 1, &merge, &choices);

	if (rc != 0) {
		return rc == -E2BIG ? 0 : rc; /* no hint */
	}
	for (size_t i = 0; i < choices.len; i++) {
		const struct tenon_choice *choice = &choices.all[i];
		enum tenon_property property;
		struct tenon_layout layout;

		if (choice->format == topic->format && !is_fixed(choice->limits, topic->first) &&
			choice->modifier == 0 &&
			_tenon_spend(parties->question, TENON_WORK_OF_LAYOUT) &&
			_tenon_choice_solve(&layout, parties->question, choice,
				parties->question->width, &property) == 0 &&
			layout.planes[topic->first].pitch < least) {
			least = layout.planes[topic->first].pitch;
		}
	}
	if (least != UINT32_MAX) {
		text_buf_addf(hint, "%s%s %" PRIu32 " would do", hint->len > 0 ? ", for " : "for ",
			parties->names[member], least);
	}
	_tenon_choices_finish(&choices);
	tenon_merge_destroy(merge);
	return 0;
}

static bool is_good_width(
	const struct tenon_question *question, const struct tenon_choices *choices, uint32_t width)
{
	/* the best ones are enough for a hint: who offers thousands does not get to stall others */
	for (size_t i = 0; i < choices->len && i < HINT_CHOICES_MAX; i++) {
		enum tenon_property property;
		struct tenon_layout layout;

		if (_tenon_spend(question, TENON_WORK_OF_LAYOUT) &&
			_tenon_choice_solve(
				&layout, question, &choices->all[i], width, &property) == 0) {
			return true;
		}
	}
	return false;
}

/* The next width that all can agree on, if it is near. */
static void hint_width(struct text_buf *hint, const struct tenon_question *question,
	const struct tenon_choices *choices)
{
	for (uint32_t more = 1; more <= HINT_WIDTHS_MAX && question->width <= UINT32_MAX - more &&
				*question->work > 0;
		more++) {
		if (is_good_width(question, choices, question->width + more)) {
			text_buf_addf(hint, "%sa width of %" PRIu32 " would suit all",
				hint->len > 0 ? "; " : "", question->width + more);
			return;
		}
	}
}

static int make_hint(struct text_buf *hint, struct parties *parties, const size_t *members,
	size_t members_len, const struct tenon_choices *choices, const struct tenon_topic *topic)
{
	const struct tenon_question *question = parties->question;
	int rc = 0;

	if (topic->property == TENON_PROP_FORMAT || topic->property == TENON_PROP_MODIFIER) {
		_tenon_hint_asked(hint, question, topic->property);
	} else if (_tenon_is_pitch(topic->property)) {
		for (size_t i = 0; rc == 0 && members_len > 1 && i < members_len; i++) {
			rc = hint_pitch(hint, parties, members[i], topic);
		}
		hint_width(hint, question, choices);
	} else if (topic->bytes != 0) {
		text_buf_addf(hint, "the buffer has %" PRIu64 " bytes", topic->bytes);
	} else {
		text_buf_addf(hint, "the picture is %" PRIu32 " x %" PRIu32, question->width,
			question->height);
	}
	return rc;
}

/* Bytes of the greatest object, in the first variant that has sizes at all. */
static uint64_t measure(const struct tenon_question *question, const struct tenon_choice *choice)
{
	uint64_t most = 0;

	for (const int *variant = _tenon_layout_variants; most == 0 && *variant >= 0; variant++) {
		enum tenon_property property;
		struct tenon_layout layout;

		_tenon_layout_solve(&layout, choice->format, question->width, question->height,
			choice->limits, *variant, &property);
		for (unsigned i = 0; i < layout.objects_len; i++) {
			most = layout.object_sizes[i] > most ? layout.object_sizes[i] : most;
		}
	}
	return most;
}

/* What a set that cannot agree disagrees about: of its best choice, or that there is none. */
static void find_topic(struct tenon_topic *topic, const struct tenon_question *question,
	const struct tenon_merge *merge, struct tenon_choices *choices)
{
	struct tenon_layout layout;

	*topic = (struct tenon_topic){.question = question};
	if (choices->len == 0) {
		topic->property = _tenon_find_missing(question, merge);
		return;
	}
	_tenon_choices_sort(choices);
	topic->format = choices->all[0].format;
	_tenon_choice_solve(&layout, question, &choices->all[0], question->width, &topic->property);
	if (_tenon_is_pitch(topic->property)) {
		find_planes(topic, &choices->all[0]);
	} else if (topic->property >= TENON_PROP_SEGMENTS_MAX &&
		   topic->property <= TENON_PROP_ADDRESS_MAX) {
		topic->bytes = measure(question, &choices->all[0]);
		topic->property = topic->property < TENON_PROP_ADDRESS_MIN ? TENON_PROP_SEGMENTS_MAX
									   : TENON_PROP_ADDRESS_MAX;
	}
}

/* Makes the conflict of a set that cannot agree. */
static int explain(struct tenon_conflict **out, struct parties *parties, const size_t *members,
	size_t members_len)
{
	struct tenon_conflict_entry *entries = calloc(members_len, sizeof(*entries));
	char **values = calloc(members_len, sizeof(*values));
	struct text_buf hint = {0};
	struct tenon_choices choices;
	struct tenon_merge *merge = NULL;
	struct tenon_topic topic;
	int rc = -ENOMEM;

	if (entries == NULL || values == NULL) {
		goto err_alloc;
	}
	rc = ask(parties, members, members_len, &merge, &choices);
	if (rc != 0) {
		goto err_alloc;
	}
	find_topic(&topic, parties->question, merge, &choices);
	for (size_t i = 0; rc == 0 && i < members_len; i++) {
		const char *name = parties->names[members[i]];

		entries[i].device = name;
		rc = _tenon_say(&values[i], &entries[i].source, &topic, name);
		entries[i].value = values[i];
	}
	if (rc == 0) {
		rc = make_hint(&hint, parties, members, members_len, &choices, &topic);
	}
	if (rc == 0) {
		rc = hint.failed ? -ENOMEM
				 : _tenon_conflict_create(
					   out, topic.property, entries, members_len, hint.data);
	}
	_tenon_choices_finish(&choices);
	tenon_merge_destroy(merge);
err_alloc:
	text_buf_finish(&hint);
	for (size_t i = 0; values != NULL && i < members_len; i++) {
		free(values[i]);
	}
	free(values);
	free(entries);
	return rc;
}

/* What a set that cannot agree says, be it without regard to the size, or at this size. */
static int explain_set(struct tenon_conflict **out, struct parties *parties, const size_t *members,
	size_t members_len)
{
	struct tenon_question question = *parties->question;
	struct tenon_merge *merge = NULL;
	struct tenon_choices choices;
	int rc = 0;

	question.participants = parties->scratch;
	question.participants_len = gather(parties, members, members_len);
	if (question.participants_len > 0) {
		rc = _tenon_merge_create_within(&merge, question.participants,
			question.participants_len, out, question.work);
	}
	if (rc != 0) {
		return rc == TENON_CONFLICT ? 0 : rc;
	}
	rc = _tenon_choices_init(&choices, &question, merge);
	if (rc == 0) {
		rc = choices.len == 0 ? _tenon_asked_conflict(out, &question) : -ENOENT;
		_tenon_choices_finish(&choices);
	}
	tenon_merge_destroy(merge);
	return rc == -ENOENT ? explain(out, parties, members, members_len) : rc;
}

/* Whether all of them together have linear ways left, be it none that can be laid out. */
static int find_linear(
	bool *any, const struct tenon_question *question, const struct tenon_merge *merge)
{
	struct tenon_choices choices;
	int rc = 0;

	*any = false;
	if (merge != NULL) {
		rc = _tenon_choices_init(&choices, question, merge);
	}
	if (merge != NULL && rc == 0) {
		*any = choices.len > 0;
		_tenon_choices_finish(&choices);
	}
	return rc;
}

int _tenon_plan_conflict(struct tenon_conflict **out, const struct tenon_question *question,
	const struct tenon_merge *merge)
{
	struct parties parties;
	size_t *members = calloc(question->participants_len + 1, sizeof(*members));
	size_t members_len, reserve;
	struct tenon_conflict *conflict = NULL;
	bool linear = false, exact = true;
	int rc = init_parties(&parties, question);

	if (members == NULL) {
		rc = -ENOMEM;
	}
	if (rc == 0) {
		rc = find_linear(&linear, question, merge);
		parties.foreign_is_good = !linear;
	}
	if (rc == 0) {
		reserve = *question->work / 2; /* to tell what is found */
		*question->work -= reserve;
		rc = _tenon_smallest_unsat(parties.names, parties.len, agree, &parties,
			question->work, members, &members_len, &exact);
		*question->work += reserve;
		/* not even all of them could be looked at */
		rc = rc == TENON_CONFLICT && parties.gave_up ? -E2BIG : rc;
		exact = exact && !parties.gave_up;
	}
	if (rc == 0) {
		rc = explain_set(&conflict, &parties, members, members_len);
	}
	if (rc == 0 && !exact && tenon_conflict_is_smallest(conflict)) {
		rc = _tenon_conflict_doubt(conflict);
	}
	if (rc == 0) {
		*out = conflict;
	} else {
		tenon_conflict_destroy(conflict);
	}
	finish_parties(&parties);
	free(members);
	return rc;
}
