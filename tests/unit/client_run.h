/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_CLIENT_RUN_H
#define TENON_TEST_CLIENT_RUN_H

/*
 * Runs tenon(1), or another of the programs, and keeps what it says.
 */

#define DEVICES_INI TEST_SOURCE_ROOT "/src/device/devices.ini"

struct result {
	int status;
	char out[1 << 16], err[4096];
};

/* Runs tenon with arguments separated by single blanks, "~" standing for a blank. What the machine
 * is set up for does not show: no settings, the device table of the sources, the memfd heap; unless
 * the test sets the variables itself. */
void client_run(struct result *result, const char *args);

/* The same of the program at this path. */
void client_run_program(struct result *result, const char *program, const char *args);

#endif
