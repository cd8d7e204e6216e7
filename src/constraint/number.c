/* SPDX-License-Identifier: MIT */
#include "constraint/number.h"

#include "constraint/limits.h"

uint64_t _tenon_gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static bool mul(uint64_t a, uint64_t b, uint64_t *product)
{
	if (a != 0 && b > UINT64_MAX / a) {
		return false;
	}
	*product = a * b;
	return true;
}

bool _tenon_lcm(uint64_t a, uint64_t b, uint64_t *lcm)
{
	/* Powers of two, which nearly all alignments are, need no division. */
	if (((a & (a - 1)) | (b & (b - 1))) == 0) {
		*lcm = a > b ? a : b;
		return true;
	}
	return mul(a / _tenon_gcd(a, b), b, lcm);
}

/* a + b modulo m, for a < m and b <= m. */
static uint64_t add_mod(uint64_t a, uint64_t b, uint64_t m)
{
	return a >= m - b ? a - (m - b) : a + b;
}

uint64_t _tenon_mul_mod(uint64_t a, uint64_t b, uint64_t m)
{
	uint64_t product = 0;

	a %= m;
	b %= m;
	if (((a | b) >> 32) == 0) {
		return a * b % m;
	}
	for (; b != 0; b >>= 1) {
		if ((b & 1) != 0) {
			product = add_mod(product, a, m);
		}
		a = add_mod(a, a, m);
	}
	return product;
}

/* The inverse of a modulo m, for a that has no divisor in common with m. */
static uint64_t invert(uint64_t a, uint64_t m)
{
	/* Euclid's algorithm. The coefficients' signs alternate and none exceeds m, so that their
	 * absolute values are enough. */
	uint64_t r0 = m, r1 = a % m, c0 = 0, c1 = 1;
	bool negative = false;

	while (r1 > 1) {
		uint64_t q = r0 / r1, r2 = r0 % r1, c2 = q * c1 + c0;

		r0 = r1;
		r1 = r2;
		c0 = c1;
		c1 = c2;
		negative = !negative;
	}
	return negative ? m - c1 : c1;
}

/* Smallest x >= 0 in both congruences; false when there is none or it does not fit. */
static bool first_common(
	struct tenon_congruence a, struct tenon_congruence b, uint64_t gcd, uint64_t *x)
{
	uint64_t step = b.multiple / gcd, gap, times, way;

	/* a.remainder + a.multiple * times ≡ b.remainder modulo b.multiple */
	gap = add_mod(b.remainder, b.multiple - a.remainder % b.multiple, b.multiple);
	if (gap % gcd != 0) {
		return false;
	}
	if (step == 1) {
		*x = a.remainder;
		return true;
	}
	times = _tenon_mul_mod(gap / gcd, invert(a.multiple / gcd, step), step);
	if (!mul(a.multiple, times, &way) || way > UINT64_MAX - a.remainder) {
		return false;
	}
	*x = way + a.remainder;
	return true;
}

bool _tenon_congruence_meet(
	struct tenon_congruence *out, struct tenon_congruence a, struct tenon_congruence b)
{
	uint64_t first = 0, lcm;
	bool fits = _tenon_lcm(a.multiple, b.multiple, &lcm);

	if ((a.remainder | b.remainder) != 0 &&
		!first_common(a, b, _tenon_gcd(a.multiple, b.multiple), &first)) {
		return false;
	}
	if (fits) {
		*out = (struct tenon_congruence){.multiple = lcm, .remainder = first};
		return true;
	}
	/* The step is beyond 64 bits: the first number is the only one, and 0 is no pitch. */
	if (first == 0) {
		return false;
	}
	*out = (struct tenon_congruence){
		.multiple = UINT64_MAX,
		.remainder = first % UINT64_MAX,
	};
	return true;
}

bool _tenon_congruence_next(uint64_t least, uint64_t multiple, uint64_t remainder, uint64_t *next)
{
	uint64_t gap;

	if (least == 0) {
		least = 1;
	}
	gap = add_mod(remainder, multiple - least % multiple, multiple);
	if (gap > UINT64_MAX - least) {
		return false;
	}
	*next = least + gap;
	return true;
}
