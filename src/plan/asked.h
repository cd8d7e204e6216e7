/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_ASKED_H
#define TENON_PLAN_ASKED_H

#include "plan/plan.h"

/*
 * The conflict of participants that agree on something, but on none of the formats and modifiers
 * asked for, though each has some of them: what they would say had they nothing else to offer.
 *
 * Returns 0 and writes *out; -ENOENT when that is not so, since one has none of them; -ENOMEM.
 */
int _tenon_asked_conflict(struct tenon_conflict **out, const struct tenon_question *question);

#endif
