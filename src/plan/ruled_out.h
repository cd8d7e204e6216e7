/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_RULED_OUT_H
#define TENON_PLAN_RULED_OUT_H

/*
 * What a plan did not take, and why: found out after the fact, when somebody asks.
 */

#include "base/text_buf.h"
#include "plan/plan.h"

struct tenon_rows {
	struct tenon_ruled_out *row; /* what, why and device of each are owned */
	size_t len, room;
};

/* Lists what the plan ruled out. Returns 0 or -ENOMEM; to be finished in any case. */
int _tenon_rows_init(struct tenon_rows *rows, const struct tenon_plan *plan);
void _tenon_rows_finish(struct tenon_rows *rows);

/* Adds the devices that asked for a value of the plan, "a, b"; returns whether there were any. */
bool _tenon_plan_add_askers(
	struct text_buf *buf, const struct tenon_plan *plan, enum tenon_property property);

/* The same, those that do not know the value. */
bool _tenon_plan_add_unsure(
	struct text_buf *buf, const struct tenon_plan *plan, enum tenon_property property);

#endif
