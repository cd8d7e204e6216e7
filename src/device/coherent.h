/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_COHERENT_H
#define TENON_DEVICE_COHERENT_H

#include <stdbool.h>

#include <tenon/constraint.h>

/*
 * Whether DMA sees the CPU's caches: as a rule of this machine's architecture, and of the device of
 * this folder of /sys ("": not known which).
 */
enum tenon_answer coherent_get_rule(void);
enum tenon_answer coherent_read(const char *hardware);

/* The same for an architecture with this rule. */
enum tenon_answer coherent_read_as(const char *hardware, enum tenon_answer rule);

#endif
