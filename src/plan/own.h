/* SPDX-License-Identifier: MIT */
#ifndef TENON_PLAN_OWN_H
#define TENON_PLAN_OWN_H

#include <tenon/plan.h>

/*
 * The caller's own limits as an offer, so that they take part in merging and in conflicts as any
 * device: any format, with each modifier that somebody offers. Returns 0 and writes *out, -EINVAL
 * when the limits contradict themselves, -ENOMEM.
 */
int _tenon_own_offer(struct tenon_offer **out, const struct tenon_plan_options *options);

#endif
