/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_EXPLAIN_H
#define TENON_CONSTRAINT_EXPLAIN_H

/*
 * Between finding out who conflicts in what (explain.c) and putting it in words (phrase.c).
 */

#include <stdbool.h>
#include <stddef.h>

#include <tenon/constraint.h>

#include "constraint/meet.h"

/* A device, with all it takes part as. */
struct tenon_party {
	const char *device;
	const struct tenon_participant *participants;
	size_t len;
	bool is_double; /* another device says the same */
};

enum { TENON_REASON_MAX = 40 };

/* The properties without which there would be no conflict. */
struct tenon_reason {
	enum tenon_property property; /* what it is called */
	enum tenon_property properties[TENON_REASON_MAX];
	size_t properties_len;
	struct tenon_keep keep; /* just those */
};

/* Puts it in words. Returns 0 and writes *out, or -ENOMEM. */
int _tenon_conflict_phrase(struct tenon_conflict **out, const struct tenon_party *parties,
	size_t len, const struct tenon_reason *reason);

#endif
