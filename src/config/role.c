/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <tenon/config.h>

static const struct {
	enum tenon_role role;
	const char *name;
} roles[] = {
	{TENON_ROLE_RENDER, "render"},
	{TENON_ROLE_SCANOUT, "scanout"},
	{TENON_ROLE_CURSOR, "cursor"},
	{TENON_ROLE_ENCODE, "encode"},
	{TENON_ROLE_DECODE, "decode"},
	{TENON_ROLE_CAPTURE, "capture"},
	{TENON_ROLE_CPU, "cpu"},
};

#define ROLES_LEN (sizeof(roles) / sizeof(roles[0]))

const char *tenon_role_get_name(enum tenon_role role)
{
	for (size_t i = 0; i < ROLES_LEN; i++) {
		if (roles[i].role == role) {
			return roles[i].name;
		}
	}
	return NULL;
}

int tenon_role_from_name(uint32_t *out, const char *name)
{
	if (strcmp(name, "any") == 0) {
		*out = TENON_ROLE_ANY;
		return 0;
	}
	for (size_t i = 0; i < ROLES_LEN; i++) {
		if (strcmp(roles[i].name, name) == 0) {
			*out = roles[i].role;
			return 0;
		}
	}
	return -ENOENT;
}
