/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONSTRAINT_NUMBER_H
#define TENON_CONSTRAINT_NUMBER_H

/*
 * Arithmetic on 64-bit numbers whose results may not fit. No 128-bit type: 32-bit machines have
 * none.
 */

#include <stdbool.h>
#include <stdint.h>

/* Greatest common divisor; of 0 and x it is x. */
uint64_t _tenon_gcd(uint64_t a, uint64_t b);

/* Least common multiple of two numbers greater than 0; false when it does not fit. */
bool _tenon_lcm(uint64_t a, uint64_t b, uint64_t *lcm);

/* a * b modulo m, for m > 0. */
uint64_t _tenon_mul_mod(uint64_t a, uint64_t b, uint64_t m);

/* Numbers x > 0 with x ≡ remainder modulo multiple; remainder < multiple. */
struct tenon_congruence {
	uint64_t multiple, remainder;
};

/*
 * The numbers in 1 .. UINT64_MAX that are in both: the Chinese remainder theorem. False when there
 * are none. Where the modulus of the result does not fit into 64 bits, a single number is left, and
 * the result has UINT64_MAX as its modulus, which says the same.
 */
bool _tenon_congruence_meet(
	struct tenon_congruence *out, struct tenon_congruence a, struct tenon_congruence b);

#endif
