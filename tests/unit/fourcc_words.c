/* SPDX-License-Identifier: MIT */
#include "fourcc_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *fourcc_find_define(const char *path, const char *name)
{
	static char line[512];
	FILE *file = fopen(path, "re");
	char found[64];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "#define %63s", found) == 1 && strcmp(found, name) == 0) {
			fclose(file);
			return line;
		}
	}
	if (file != NULL) {
		fclose(file);
	}
	return NULL;
}

size_t fourcc_read_parts(const char *path, const char *format, struct fourcc_part parts[8])
{
	char define[64], names[64], bits[64], *save_name = NULL, *save_bit = NULL;
	const char *line, *at;
	char *name, *bit;
	size_t len = 0;

	snprintf(define, sizeof(define), "DRM_FORMAT_%s", format);
	line = fourcc_find_define(path, define);
	at = line != NULL ? strchr(line, '[') : NULL;
	if (at == NULL || sscanf(at, "[%*[0-9:]] %63[A-Za-z0-9:]", names) != 1) {
		return 0;
	}
	if (strchr(names, ':') == NULL) {
		unsigned high; /* "[7:0] R" is one component of all bits */

		if (sscanf(at, "[%u:", &high) != 1) {
			return 0;
		}
		snprintf(bits, sizeof(bits), "%u", high + 1);
	} else if (sscanf(at, "[%*[0-9:]] %*[A-Za-z0-9:] %63[0-9:]", bits) != 1) {
		strcpy(bits, "8:8:8"); /* said of 24 bits alone */
	}
	name = strtok_r(names, ":", &save_name);
	bit = strtok_r(bits, ":", &save_bit);
	while (name != NULL && bit != NULL && len < 8) {
		snprintf(parts[len].name, sizeof(parts[len].name), "%s",
			strcmp(name, "x") == 0 ? "X" : name);
		parts[len++].bits = (unsigned)strtoul(bit, NULL, 10);
		name = strtok_r(NULL, ":", &save_name);
		bit = strtok_r(NULL, ":", &save_bit);
	}
	return name == NULL && bit == NULL ? len : 0;
}
