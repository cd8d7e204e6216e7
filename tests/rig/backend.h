/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_BACKEND_H
#define TENON_TEST_RIG_BACKEND_H

/*
 * Unmodified programs over libgbm, with Tenon's backend and with Mesa's own, on vkms. With Tenon's
 * it is strict, so that a bo that is not Tenon's fails the program.
 *
 * There are two devices as no real one is, so that their needs show in what comes out: "odd" wants
 * rows of 256 bytes more than a multiple of 512, "strip" memory of the CMA heap.
 */

#include <stddef.h>

/* For programs started from now on: a device table with these two. */
void backend_add_devices(void);

/* The same, and Tenon's backend, with these devices beside vkms. */
void backend_use(const char *devices);

/* Mesa's own. */
void backend_use_mesa(void);

/* The node of vkms, "/dev/dri/card1", and its number. */
const char *backend_node(void);
int backend_card(void);

/* Runs a shell command. What it prints, errors too if it says so, goes to output and to the test's.
 * Returns its exit status; -1: it died. */
int backend_run(const char *command, char *output, size_t size);

#endif
