/* SPDX-License-Identifier: MIT */
#include "hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drm_fourcc.h>

#include "harness.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"
#include "wayland/wire/wire.h"

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

static void handle_format(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t format, uint32_t hi, uint32_t lo)
{
}

static void handle_object(void *data, struct tenon_negotiation_v1 *proxy, uint32_t hi, uint32_t lo)
{
	struct hostile *hostile = data;

	hostile->object_size = lo;
}

static void handle_plane(void *data, struct tenon_negotiation_v1 *proxy, uint32_t object,
	uint32_t pitch, uint32_t offset_hi, uint32_t offset_lo, uint32_t size_hi, uint32_t size_lo,
	uint32_t width, uint32_t height)
{
	struct hostile *hostile = data;

	hostile->pitch = pitch;
}

static void handle_needs(void *data, struct tenon_negotiation_v1 *proxy, struct wl_array *limits)
{
}

static void handle_needs_heap(
	void *data, struct tenon_negotiation_v1 *proxy, uint32_t property, const char *name)
{
}

static void handle_heap(void *data, struct tenon_negotiation_v1 *proxy, const char *name)
{
}

static void handle_ruled_out(void *data, struct tenon_negotiation_v1 *proxy, const char *what,
	const char *why, const char *device)
{
}

static void handle_resolved(void *data, struct tenon_negotiation_v1 *proxy, uint32_t tranche,
	uint32_t flags, uint32_t contiguity)
{
	struct hostile *hostile = data;

	hostile->resolved = true;
}

static void handle_conflict_device(void *data, struct tenon_negotiation_v1 *proxy, const char *name,
	const char *value, const char *source)
{
}

static void handle_conflict(void *data, struct tenon_negotiation_v1 *proxy, uint32_t property,
	const char *hint, const char *text)
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
	.format = handle_format,
	.object = handle_object,
	.plane = handle_plane,
	.needs = handle_needs,
	.needs_heap = handle_needs_heap,
	.heap = handle_heap,
	.ruled_out = handle_ruled_out,
	.resolved = handle_resolved,
	.conflict_device = handle_conflict_device,
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

void hostile_prepare(struct hostile *hostile)
{
	const struct wire_pair pair = {DRM_FORMAT_XRGB8888, 0, DRM_FORMAT_MOD_LINEAR};
	struct wl_array pairs = {sizeof(pair), sizeof(pair), (void *)&pair};
	struct wl_array none = {0};

	tenon_negotiation_v1_set_size(hostile->negotiation, 64, 64);
	tenon_negotiation_v1_add_format(hostile->negotiation, DRM_FORMAT_XRGB8888);
	tenon_negotiation_v1_add_device(hostile->negotiation, "cpu", 0, &none, 0);
	tenon_negotiation_v1_add_alternative(hostile->negotiation, TENON_ROLE_CPU, &pairs, &none);
}

void hostile_resolve(struct hostile *hostile)
{
	hostile_prepare(hostile);
	tenon_negotiation_v1_submit(hostile->negotiation);
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
