/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_OFFER_H
#define TENON_CONSTRAINT_OFFER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/constraint.h>

#include "constraint/limits.h"

struct tenon_alternative {
	uint32_t roles;
	struct tenon_format_modifier *pairs; /* as given */
	size_t pairs_len;
	struct tenon_format_modifier *set; /* the same as a set (pairs.h), behind them */
	size_t set_len;
	struct tenon_limits *limits; /* never NULL */
};

struct tenon_offer {
	atomic_uint refs;
	atomic_bool used; /* by a merge: nothing may be added any more */
	char *device;
	enum tenon_answer coherent;
	dev_t dev;
	uint32_t roles; /* of all alternatives */
	struct tenon_alternative *alternatives;
	size_t alternatives_len, alternatives_room;
};

/* An order of what offers say, names of devices first; equal are only those that say the same to
 * a merge. Negative, 0, positive. */
int _tenon_offer_order(const struct tenon_offer *a, const struct tenon_offer *b);

/* The same without the names. */
int _tenon_offer_order_content(const struct tenon_offer *a, const struct tenon_offer *b);

#endif
