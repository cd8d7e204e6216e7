/* SPDX-License-Identifier: MIT */
#ifndef TENON_TOOL_MACHINE_H
#define TENON_TOOL_MACHINE_H

/*
 * What "tenon info" shows of the processor and the devices of this machine.
 */

#include <json.h>

#include <tenon/machine.h>

#include "tool.h"

void machine_print_cpu(void);
void machine_print_devices(const struct tenon_machine *machine, const struct tool *tool);

/* The members "cpu" and "devices" of the answer in JSON. */
json_object *machine_make_cpu(void);
json_object *machine_make_devices(const struct tenon_machine *machine, const struct tool *tool);

#endif
