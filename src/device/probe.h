/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_PROBE_H
#define TENON_DEVICE_PROBE_H

/* What the ladders of all kinds of devices share: filling a result. */

#include <stdbool.h>
#include <stddef.h>

#include <tenon/format.h>
#include <tenon/probe.h>

/* A whole result of no stage. */
struct tenon_probe_result probe_result(uint32_t asked);

void probe_pass(struct tenon_probe_result *result, enum tenon_probe_stage stage);

/* The first refusal ends the ladder. error is negative. */
void probe_refuse(struct tenon_probe_result *result, enum tenon_probe_stage stage, int error,
	const char *format, ...) TENON_PRINTF(4, 5);

/* Says why a stage could not be tried; a sentence about a refusal stays. */
void probe_note(struct tenon_probe_result *result, const char *format, ...) TENON_PRINTF(2, 3);

/* Whether the same question would get the same answer tomorrow. */
bool probe_is_lasting(const struct tenon_probe_result *result);

/* Whether a caller's result is one we can fill, and filling it: as much as the caller knows of. */
bool probe_can_publish(const struct tenon_probe_result *result);
void probe_publish(struct tenon_probe_result *out, const struct tenon_probe_result *result);

/* "EINVAL (Invalid argument)" of a negative errno. */
void probe_print_error(char *text, size_t size, int error);

/* "XRGB8888 1366x768, pitch 5464, offset 0, LINEAR (0x0), 4196352 bytes" */
void probe_print_layout(char *text, size_t size, const struct tenon_layout *layout);

#endif
