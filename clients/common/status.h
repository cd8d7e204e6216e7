/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_STATUS_H
#define TENON_CLIENTS_STATUS_H

/* What programs that show something end with; their manual pages say so. */
enum status {
	STATUS_OK = 0,
	STATUS_CONFLICT = 1,
	STATUS_USAGE = 2,
	STATUS_FAILED = 3,
	STATUS_NO_MEMORY_FITS = 4, /* no heap of this machine satisfies the devices */
	STATUS_MISMATCH = 5,       /* the screen does not show what was painted */
};

#endif
