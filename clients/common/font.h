/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_FONT_H
#define TENON_CLIENTS_FONT_H

enum {
	FONT_WIDTH = 5,
	FONT_HEIGHT = 7,
};

/* FONT_HEIGHT rows of FONT_WIDTH bits, the highest at the left; NULL: no such letter. */
const unsigned char *font_get(char letter);

#endif
