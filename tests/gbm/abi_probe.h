/* SPDX-License-Identifier: MIT */
#ifndef ABI_PROBE_H
#define ABI_PROBE_H

/* What the probe backend saw libgbm call; test_gbm_abi.c finds it by dlsym in the loaded file. */
struct abi_probe {
	const char *called; /* the entry called last */
	unsigned calls;
	unsigned core_version, device_version;
	const void *arg; /* the object of that call */
	unsigned long long args[12];
};

#define ABI_PROBE_SYMBOL "abi_probe_state"

#endif
