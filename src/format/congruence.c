/* SPDX-License-Identifier: MIT */
#include "format/pitch.h"

#include <errno.h>

#define PITCH_END (UINT64_C(1) << 32)
/* factor * x stays below this, so that modulo anything greater it is the remainder itself. */
#define PRODUCT_END (UINT64_C(1) << 40)

/* Greatest common divisor of a and m, and in *inverse that of a / gcd modulo m / gcd. */
static uint64_t invert(uint64_t a, uint64_t m, uint64_t *inverse)
{
	uint64_t r0 = m, r1 = a;
	/* |s| stays below m: it fits, as m < 2^40 */
	int64_t s0 = 0, s1 = 1;

	while (r1 != 0) {
		uint64_t q = r0 / r1;
		uint64_t r = r0 - q * r1;
		int64_t s = s0 - (int64_t)q * s1;

		r0 = r1;
		r1 = r;
		s0 = s1;
		s1 = s;
	}
	m /= r0;
	s0 %= (int64_t)m;
	*inverse = (uint64_t)(s0 < 0 ? s0 + (int64_t)m : s0);
	return r0;
}

/* a * b modulo m; all below 2^40. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t m)
{
	uint64_t sum = 0;

	if (m <= PITCH_END) {
		return a * b % m;
	}
	/* 20 bits of b at a time: a product has 60 */
	for (int shift = 20; shift >= 0; shift -= 20) {
		sum = (sum << 20) % m;
		sum = (sum + a * (b >> shift & 0xfffff)) % m;
	}
	return sum;
}

/* The one number x is: factor * x is value itself. */
static int pin(struct _tenon_congruence *numbers, uint64_t factor, uint64_t value)
{
	uint64_t x = value / factor;

	if (value % factor != 0 || x % numbers->multiple != numbers->remainder) {
		return TENON_CONFLICT;
	}
	if (x >= PITCH_END) {
		return -EOVERFLOW;
	}
	numbers->multiple = PITCH_END;
	numbers->remainder = x;
	return 0;
}

int _tenon_congruence_add(
	struct _tenon_congruence *numbers, uint64_t factor, uint64_t multiple, uint64_t remainder)
{
	uint64_t gcd, inverse, step, rest;

	if (numbers->multiple == 1 && factor == 1 && multiple <= PITCH_END) {
		*numbers = (struct _tenon_congruence){multiple, remainder};
		return 0;
	}
	if (multiple >= PRODUCT_END) {
		return pin(numbers, factor, remainder);
	}
	/* x = remainder + multiple * k of the numbers; solve for k modulo the new multiple */
	step = multiply(factor, numbers->multiple % multiple, multiple);
	rest = multiply(factor, numbers->remainder % multiple, multiple);
	rest = (remainder + multiple - rest) % multiple;
	gcd = invert(step, multiple, &inverse);
	if (rest % gcd != 0) {
		return TENON_CONFLICT;
	}
	multiple /= gcd;
	rest = multiply(rest / gcd, inverse, multiple);
	if (rest > (PITCH_END - 1 - numbers->remainder) / numbers->multiple) {
		return -EOVERFLOW;
	}
	numbers->remainder += rest * numbers->multiple;
	/* from 2^32 on there is but one number, so a greater multiple says no more */
	numbers->multiple =
		multiple > PITCH_END / numbers->multiple ? PITCH_END : numbers->multiple * multiple;
	return 0;
}
