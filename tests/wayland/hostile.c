/* SPDX-License-Identifier: MIT */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"

static void handle_capabilities(
	void *data, struct tenon_buffer_constraints_v1 *manager, uint32_t capabilities)
{
	struct hostile *hostile = data;

	hostile->capabilities = capabilities;
}

static const struct tenon_buffer_constraints_v1_listener manager_listener = {
	.capabilities = handle_capabilities,
};

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct hostile *hostile = data;

	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		hostile->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 1);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		hostile->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, tenon_buffer_constraints_v1_interface.name) == 0) {
		hostile->manager =
			wl_registry_bind(registry, name, &tenon_buffer_constraints_v1_interface, 1);
		tenon_buffer_constraints_v1_add_listener(
			hostile->manager, &manager_listener, hostile);
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

static void handle_part(void *data, struct tenon_negotiation_v1 *proxy, struct wl_array *records)
{
}

/* Finds the pitch and the size, by the letter of the protocol and not by the library's code. */
static void read_layout(struct hostile *hostile, const struct wl_array *records)
{
	const char *at = records->data, *end = at + records->size;

	while (end - at >= 8) {
		uint32_t header[2], objects, lo;

		memcpy(header, at, sizeof(header));
		assert_int_equal(header[0] >> 16, 0x8000);
		at += sizeof(header);
		assert_true(header[1] <= end - at);
		if ((header[0] & 0xffff) == TENON_NEGOTIATION_V1_RECORD_LAYOUT) {
			assert_true(header[1] >= 16 + 8 + 32);
			memcpy(&objects, at + 4, sizeof(objects));
			assert_int_equal(objects, 1);
			memcpy(&lo, at + 16, sizeof(lo));
			hostile->object_size = lo;
			memcpy(&hostile->pitch, at + 16 + 8 + 4, sizeof(hostile->pitch));
		}
		at += (header[1] + 3) / 4 * 4;
	}
	assert_true(at == end);
}

static void handle_resolved(void *data, struct tenon_negotiation_v1 *proxy, uint32_t tranche,
	uint32_t flags, uint32_t contiguity, struct wl_array *records)
{
	struct hostile *hostile = data;

	hostile->resolved = true;
	read_layout(hostile, records);
}

static void handle_conflict(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t property, struct wl_array *records)
{
	struct hostile *hostile = data;

	hostile->conflict = true;
}

static void handle_failed(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t reason, const char *text)
{
	struct hostile *hostile = data;

	hostile->failed = true;
	hostile->reason = reason;
}

static const struct tenon_negotiation_v1_listener negotiation_listener = {
	.part = handle_part,
	.resolved = handle_resolved,
	.conflict = handle_conflict,
	.failed = handle_failed,
};

void hostile_connect(struct hostile *hostile, const struct hostile_target *target)
{
	memset(hostile, 0, sizeof(*hostile));
	hostile->display = wl_display_connect_to_fd(target->connect(target->data));
	assert_non_null(hostile->display);
	hostile->registry = wl_display_get_registry(hostile->display);
	wl_registry_add_listener(hostile->registry, &registry_listener, hostile);
	assert_true(wl_display_roundtrip(hostile->display) >= 0);
	assert_non_null(hostile->manager);
	hostile->surface = wl_compositor_create_surface(hostile->compositor);
	hostile->negotiation =
		tenon_buffer_constraints_v1_create_negotiation(hostile->manager, hostile->surface);
	tenon_negotiation_v1_add_listener(hostile->negotiation, &negotiation_listener, hostile);
	assert_true(wl_display_roundtrip(hostile->display) >= 0);
}

void hostile_disconnect(struct hostile *hostile)
{
	/* what is left of the proxies goes without their requests: the client just dies */
	if (hostile->negotiation != NULL) {
		wl_proxy_destroy((struct wl_proxy *)hostile->negotiation);
	}
	if (hostile->surface != NULL) {
		wl_proxy_destroy((struct wl_proxy *)hostile->surface);
	}
	wl_proxy_destroy((struct wl_proxy *)hostile->manager);
	wl_proxy_destroy((struct wl_proxy *)hostile->shm);
	wl_proxy_destroy((struct wl_proxy *)hostile->compositor);
	wl_proxy_destroy((struct wl_proxy *)hostile->registry);
	wl_display_disconnect(hostile->display);
}

void hostile_roundtrip(struct hostile *hostile)
{
	wl_display_roundtrip(hostile->display);
}

void hostile_add(struct hostile *hostile, uint32_t kind, const struct hostile_piece *pieces,
	size_t pieces_len)
{
	char data[HOSTILE_RECORD_MAX];
	uint32_t header[2] = {0x80000000 | kind, 0};
	size_t size = sizeof(header);
	struct wl_array records;

	for (size_t i = 0; i < pieces_len; i++) {
		assert_true(pieces[i].size <= sizeof(data) - size - 3);
		if (pieces[i].size > 0) {
			memcpy(data + size, pieces[i].data, pieces[i].size);
		}
		size += pieces[i].size;
	}
	header[1] = (uint32_t)(size - sizeof(header));
	memcpy(data, header, sizeof(header));
	while (size % 4 != 0) {
		data[size++] = '\0';
	}
	records = (struct wl_array){size, size, data};
	tenon_negotiation_v1_add(hostile->negotiation, &records);
}

void hostile_add_device(struct hostile *hostile, const char *name)
{
	const uint32_t head[4] = {0}; /* any role, coherence not known, no dev_t */
	const struct hostile_piece pieces[] = {{head, sizeof(head)}, {name, strlen(name)}};

	hostile_add(hostile, TENON_NEGOTIATION_V1_RECORD_DEVICE, pieces, 2);
}

void hostile_add_alternative(
	struct hostile *hostile, uint32_t roles, const struct wire_limit *limits, size_t limits_len)
{
	const struct wire_pair pair = {DRM_FORMAT_XRGB8888, 0, DRM_FORMAT_MOD_LINEAR};
	const uint32_t head[2] = {roles, (uint32_t)limits_len};
	const struct hostile_piece pieces[] = {{head, sizeof(head)},
		{limits, limits_len * sizeof(limits[0])}, {&pair, sizeof(pair)}};

	hostile_add(hostile, TENON_NEGOTIATION_V1_RECORD_ALTERNATIVE, pieces, 3);
}

void hostile_prepare(struct hostile *hostile)
{
	const uint32_t format = DRM_FORMAT_XRGB8888;

	hostile_add(hostile, TENON_NEGOTIATION_V1_RECORD_FORMATS,
		&(struct hostile_piece){&format, sizeof(format)}, 1);
	hostile_add_device(hostile, "cpu");
	hostile_add_alternative(hostile, TENON_ROLE_CPU, NULL, 0);
}

void hostile_submit(struct hostile *hostile, int32_t width, int32_t height)
{
	struct wl_array none = {0};

	tenon_negotiation_v1_submit(hostile->negotiation, width, height, 0, &none);
}

void hostile_resolve(struct hostile *hostile)
{
	hostile_prepare(hostile);
	hostile_submit(hostile, 64, 64);
	hostile_roundtrip(hostile);
	assert_true(hostile->resolved);
}

void hostile_check_alive(const struct hostile_target *target)
{
	struct hostile hostile;

	hostile_connect(&hostile, target);
	hostile_resolve(&hostile);
	assert_int_equal(wl_display_get_error(hostile.display), 0);
	hostile_disconnect(&hostile);
}

/* Whether what came is what must come. */
static bool is_expected(struct wl_display *display, const struct hostile_case *test)
{
	const struct wl_interface *interface = NULL;
	uint32_t id, code = 0;
	int err = wl_display_get_error(display);

	if (test->interface == NULL) {
		if (err != 0) {
			fprintf(stderr, "%s: error %d\n", test->name, err);
		}
		return err == 0;
	}
	if (err != 0) {
		code = wl_display_get_protocol_error(display, &interface, &id);
	}
	if (interface == NULL || strcmp(interface->name, test->interface) != 0 ||
		code != test->error) {
		fprintf(stderr, "%s: %s error %u instead of %s error %u\n", test->name,
			interface != NULL ? interface->name : "no", code, test->interface,
			test->error);
		return false;
	}
	return true;
}

void hostile_run(const struct hostile_target *target, const struct hostile_case *cases, size_t len)
{
	bool ok = true;
	int fds;

	hostile_check_alive(target); /* what is there once is there by now */
	fds = target->count_fds(target->data);
	for (size_t i = 0; i < len; i++) {
		struct hostile hostile;

		hostile_connect(&hostile, target);
		cases[i].run(&hostile);
		hostile_roundtrip(&hostile);
		ok = is_expected(hostile.display, &cases[i]) && ok;
		hostile_disconnect(&hostile);
		hostile_check_alive(target);
	}
	assert_true(ok);
	assert_int_equal(target->count_fds(target->data), fds);
}
