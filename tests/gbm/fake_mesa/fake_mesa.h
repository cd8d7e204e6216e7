/* SPDX-License-Identifier: MIT */
#ifndef FAKE_MESA_H
#define FAKE_MESA_H

/*
 * A backend in the place of Mesa's, with layouts of its own: what a test wants of it, and what it
 * has been asked for. The test finds it by dlsym in the loaded file.
 */

#include <stdatomic.h>
#include <stdint.h>

enum { FAKE_MESA_MODIFIERS = 4 };

struct fake_mesa {
	/* Layouts it knows, best first. */
	struct {
		uint64_t modifier;
		uint32_t pitch_align; /* bytes */
		uint32_t planes;
		int separate; /* each plane has memory of its own */
	} layouts[FAKE_MESA_MODIFIERS];
	uint64_t implicit; /* the layout it takes when nobody names one */
	int error;         /* each bo_create fails with this errno */
	int lie;           /* it answers with a layout nobody asked for */

	atomic_int creates, imports, destroys, asked;
	atomic_int live;           /* bos */
	_Atomic uint64_t usage;    /* of the last bo_create */
	_Atomic uint64_t listed;   /* how many modifiers that had */
	_Atomic uint64_t imported; /* the modifier of the last import */
	_Atomic uint32_t import_type;
	atomic_int maps;
};

#define FAKE_MESA_SYMBOL "fake_mesa_state"

#endif
