/* SPDX-License-Identifier: MIT */
/* A program that knows of Tenon only through pkg-config. */
#include <stdio.h>
#include <string.h>

#include <tenon/common.h>

int main(void)
{
	char headers[32];

	snprintf(headers, sizeof(headers), "%d.%d.%d", TENON_VERSION_MAJOR, TENON_VERSION_MINOR,
		TENON_VERSION_PATCH);
	printf("headers %s, library %s\n", headers, tenon_version());
	return strcmp(headers, tenon_version()) == 0 ? 0 : 1;
}
