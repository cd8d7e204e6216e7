/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_OFFERS_H
#define TENON_TEST_OFFERS_H

/* Offers made by hand, for tests that must not depend on the device table. */

#include <tenon/constraint.h>

/* Linear XRGB8888 and NV12, with one limit for all planes; property 0: none. */
struct tenon_offer *offer_make(
	const char *name, uint32_t roles, enum tenon_property property, uint64_t value);

#endif
