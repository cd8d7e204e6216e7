/* SPDX-License-Identifier: MIT */
#ifndef TENON_FUZZ_H
#define TENON_FUZZ_H

/*
 * A fuzz target is tests/fuzz/fuzz_<what>.c with fuzz_one(), and a folder tests/fuzz/corpus/<what>
 * of inputs that reach far. In the suite `fuzz` each input runs as it is, and mutated a few
 * thousand times; scripts/fuzz searches for as long as one likes, with clang's libFuzzer.
 *
 * fuzz_one() must cope with every input: no crash, no leak, no hang. It may look at what the code
 * makes of the input (what is read and written back is read the same again) and abort().
 */

#include <stddef.h>
#include <stdint.h>

void fuzz_one(const uint8_t *data, size_t size);

#endif
