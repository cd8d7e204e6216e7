/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_SAYING_H
#define TENON_PLAN_SAYING_H

/*
 * What one device says to the topic of a conflict, in words and with numbers for this size.
 */

#include "base/text_buf.h"
#include "plan/plan.h"

struct tenon_topic {
	const struct tenon_question *question;
	enum tenon_property property;
	const struct tenon_format *format; /* NULL: there is none to agree on */
	unsigned first, last;              /* planes whose pitches it is about */
	uint64_t bytes;                    /* of the greatest object, where it is about sizes */
};

/* Whether the property is one of those that decide a pitch. */
bool _tenon_is_pitch(enum tenon_property property);

/* Which of the two no candidate of the merge has as it was asked for: format or modifier. */
enum tenon_property _tenon_find_missing(
	const struct tenon_question *question, const struct tenon_merge *merge);

/* Adds what was asked for: "NV12 was asked for". */
void _tenon_hint_asked(
	struct text_buf *hint, const struct tenon_question *question, enum tenon_property property);

/*
 * What the device's offers say. Returns 0 and writes *value (the caller frees it) and *source
 * (borrowed from the offer, or NULL), or -ENOMEM.
 */
int _tenon_say(
	char **value, const char **source, const struct tenon_topic *topic, const char *device);

#endif
