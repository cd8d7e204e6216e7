/* SPDX-License-Identifier: MIT */
#include "constraint/limits.h"
#include "constraint/number.h"
#include "harness.h"

TEST(least_common_multiple)
{
	uint64_t lcm = 0;

	assert_true(_tenon_lcm(64, 48, &lcm));
	assert_int_equal(lcm, 192);
	assert_true(_tenon_lcm(256, 64, &lcm));
	assert_int_equal(lcm, 256);
	assert_true(_tenon_lcm(UINT64_C(1) << 63, UINT64_C(1) << 62, &lcm));
	assert_true(lcm == UINT64_C(1) << 63);
	assert_true(_tenon_lcm(UINT64_MAX, UINT64_MAX, &lcm));
	assert_true(lcm == UINT64_MAX);
	assert_true(_tenon_lcm(UINT64_MAX, 3, &lcm)); /* 3 divides it */
	assert_true(lcm == UINT64_MAX);
	assert_false(_tenon_lcm(UINT64_C(1) << 63, 3, &lcm));
	assert_false(_tenon_lcm(UINT64_MAX, UINT64_MAX - 1, &lcm));
}

TEST(product_modulo)
{
	assert_int_equal(_tenon_mul_mod(7, 8, 10), 6);
	assert_int_equal(_tenon_mul_mod(5, 5, 1), 0);
	/* (2^64 - 1)^2 = 2^128 - 2^65 + 1; modulo 2^64 - 2 it is 1 */
	assert_int_equal(_tenon_mul_mod(UINT64_MAX, UINT64_MAX, UINT64_MAX - 1), 1);
	/* 2^63 * 2 = 2^64 ≡ 1 modulo 2^64 - 1 */
	assert_int_equal(_tenon_mul_mod(UINT64_C(1) << 63, 2, UINT64_MAX), 1);
	assert_int_equal(_tenon_mul_mod(UINT64_MAX, UINT64_MAX, UINT64_MAX), 0);
}

/* Whether x > 0 is in the congruence. */
static bool has(struct tenon_congruence c, uint64_t x)
{
	return x % c.multiple == c.remainder;
}

TEST_TIMEOUT(congruences_meet_as_the_numbers_do, 60)
{
	enum { MODULUS = 14, NUMBERS = 2 * MODULUS * MODULUS };
	struct tenon_congruence a, b, c;
	unsigned meets = 0, none = 0;

	for (a.multiple = 1; a.multiple <= MODULUS; a.multiple++) {
		for (a.remainder = 0; a.remainder < a.multiple; a.remainder++) {
			for (b.multiple = 1; b.multiple <= MODULUS; b.multiple++) {
				for (b.remainder = 0; b.remainder < b.multiple; b.remainder++) {
					bool any = _tenon_congruence_meet(&c, a, b), found = false;

					for (uint64_t x = 1; x <= NUMBERS; x++) {
						bool both = has(a, x) && has(b, x);

						assert_int_equal(both, any && has(c, x));
						found |= both;
					}
					assert_int_equal(any, found);
					meets += any;
					none += !any;
				}
			}
		}
	}
	assert_true(meets > 1000 && none > 1000);
}

TEST(congruences_at_the_edge_of_64_bits)
{
	const uint64_t top = UINT64_C(1) << 63;
	struct tenon_congruence c;

	/* 2^63 and 3 have no common multiple in 64 bits but 5 modulo the one is 2 modulo the other:
	 * one number is left */
	assert_true(_tenon_congruence_meet(
		&c, (struct tenon_congruence){top, 5}, (struct tenon_congruence){3, 2}));
	assert_true(c.multiple == UINT64_MAX);
	assert_int_equal(c.remainder, 5);
	/* which other congruences have or have not */
	assert_true(_tenon_congruence_meet(&c, c, (struct tenon_congruence){7, 5}));
	assert_true(c.multiple == UINT64_MAX);
	assert_int_equal(c.remainder, 5);
	assert_false(_tenon_congruence_meet(&c, c, (struct tenon_congruence){7, 4}));
	/* multiples of both: 0 only, which is none */
	assert_false(_tenon_congruence_meet(
		&c, (struct tenon_congruence){top, 0}, (struct tenon_congruence){3, 0}));
	/* the first number in both is 2^63 + 1, the next beyond 64 bits */
	assert_true(_tenon_congruence_meet(&c, (struct tenon_congruence){top, 1},
		(struct tenon_congruence){3, (top + 1) % 3}));
	assert_true(c.multiple == UINT64_MAX);
	assert_true(c.remainder == top + 1);
	/* the first number is beyond 64 bits: 1 + 2^63 t is 0 modulo 5 for t = 3 only */
	assert_int_equal((top % 5 * 3 + 1) % 5, 0);
	assert_false(_tenon_congruence_meet(
		&c, (struct tenon_congruence){top, 1}, (struct tenon_congruence){5, 0}));
	/* the largest number there is */
	assert_true(_tenon_congruence_meet(&c, (struct tenon_congruence){UINT64_MAX, 0},
		(struct tenon_congruence){UINT64_MAX - 1, 1}));
	assert_true(c.multiple == UINT64_MAX);
	assert_int_equal(c.remainder, 0);
	assert_true(_tenon_congruence_meet(
		&c, (struct tenon_congruence){UINT64_MAX, 0}, (struct tenon_congruence){4, 3}));
	assert_false(_tenon_congruence_meet(
		&c, (struct tenon_congruence){UINT64_MAX, 0}, (struct tenon_congruence){4, 1}));
	/* big moduli whose product would not fit, but whose common multiple does */
	assert_true(_tenon_congruence_meet(&c,
		(struct tenon_congruence){3 * (UINT64_C(1) << 40), 7},
		(struct tenon_congruence){5 * (UINT64_C(1) << 40), 7 + (UINT64_C(1) << 40)}));
	assert_true(c.multiple == 15 * (UINT64_C(1) << 40));
	assert_true(c.remainder % (3 * (UINT64_C(1) << 40)) == 7);
	assert_true(c.remainder % (5 * (UINT64_C(1) << 40)) == 7 + (UINT64_C(1) << 40));
}

TEST(next_in_a_congruence)
{
	uint64_t next = 0;

	assert_true(_tenon_congruence_next(5464, 256, 0, &next));
	assert_int_equal(next, 5632);
	assert_true(_tenon_congruence_next(5632, 256, 0, &next));
	assert_int_equal(next, 5632);
	assert_true(_tenon_congruence_next(1, 512, 256, &next));
	assert_int_equal(next, 256);
	assert_true(_tenon_congruence_next(257, 512, 256, &next));
	assert_int_equal(next, 768);
	assert_true(_tenon_congruence_next(0, 64, 0, &next)); /* no pitch is 0 */
	assert_int_equal(next, 64);
	assert_true(_tenon_congruence_next(UINT64_MAX, 1, 0, &next));
	assert_true(next == UINT64_MAX);
	assert_false(_tenon_congruence_next(UINT64_MAX, 2, 0, &next));
}
