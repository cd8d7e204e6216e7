/* SPDX-License-Identifier: MIT */
#include "weston/private.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libweston/version.h>

/* What weston looks for; it installs no header that declares it. */
TENON_EXPORT int wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[]);

void module_log(struct module *module, const char *fmt, ...)
{
	va_list args;

	if (!weston_log_scope_is_enabled(module->scope)) {
		return;
	}
	va_start(args, fmt);
	weston_log_scope_vprintf(module->scope, fmt, args);
	va_end(args);
}

/*
 * Which renderer runs is no part of libweston's interface. GL has an EGL context current on this
 * thread, and has loaded libEGL; nobody else does either.
 */
static bool renderer_is_gl(void)
{
	void *egl = dlopen("libEGL.so.1", RTLD_LAZY | RTLD_NOLOAD);
	void *(*get_current_display)(void);
	bool gl = false;

	if (egl == NULL) {
		return false;
	}
	/* POSIX wants this way of making a function of it */
	*(void **)&get_current_display = dlsym(egl, "eglGetCurrentDisplay");
	if (get_current_display != NULL) {
		gl = get_current_display() != NULL;
	}
	dlclose(egl);
	return gl;
}

static void handle_negotiated(void *data, const struct tenon_server_outcome *outcome)
{
	struct module *module = data;
	pid_t pid = 0;

	if (!weston_log_scope_is_enabled(module->scope)) {
		return;
	}
	wl_client_get_credentials(outcome->client, &pid, NULL, NULL);
	if (outcome->plan != NULL) {
		module_log(module, "client %d, %ux%u: resolved in tranche %u\n%s\n", (int)pid,
			outcome->width, outcome->height, outcome->tranche,
			tenon_plan_get_text(outcome->plan));
	} else if (outcome->conflict != NULL) {
		module_log(module, "client %d, %ux%u: conflict: %s\n", (int)pid, outcome->width,
			outcome->height, tenon_conflict_get_text(outcome->conflict));
	} else {
		module_log(module, "client %d, %ux%u: failed: %s\n", (int)pid, outcome->width,
			outcome->height, strerror(-outcome->result));
	}
}

/* A dma-buf's size and modifier; its format and planes are not part of libweston's interface. */
static int handle_check_buffer(void *data, struct wl_resource *resource,
	const struct tenon_layout *layout, char *reason, size_t reason_size)
{
	struct module *module = data;
	struct weston_buffer *buffer = weston_buffer_from_resource(module->compositor, resource);
	uint32_t width, height;

	if (buffer == NULL) {
		snprintf(reason, reason_size, "Weston does not know the wl_buffer");
		return TENON_CONFLICT;
	}
	tenon_layout_get_size(layout, &width, &height);
	if ((uint32_t)buffer->width != width || (uint32_t)buffer->height != height) {
		snprintf(reason, reason_size, "the wl_buffer is %dx%d; negotiated was %ux%u",
			buffer->width, buffer->height, width, height);
		return TENON_CONFLICT;
	}
	if (buffer->type == WESTON_BUFFER_DMABUF &&
		buffer->format_modifier != tenon_layout_get_modifier(layout)) {
		char is[64], was[64];

		tenon_modifier_print(is, sizeof(is), buffer->format_modifier);
		tenon_modifier_print(was, sizeof(was), tenon_layout_get_modifier(layout));
		snprintf(reason, reason_size, "the wl_buffer's modifier is %s; negotiated was %s",
			is, was);
		return TENON_CONFLICT;
	}
	return 0;
}

static void handle_described(void *data, struct tenon_server_buffer *buffer)
{
	struct module *module = data;

	module_log(module, "wl_buffer %u is described\n",
		wl_resource_get_id(tenon_server_buffer_get_resource(buffer)));
}

static const struct tenon_server_impl server_impl = {
	.size = sizeof(server_impl),
	.negotiated = handle_negotiated,
	.check_buffer = handle_check_buffer,
	.described = handle_described,
	.get_statistics = surfaces_get_statistics,
};

static void handle_compositor_destroy(struct wl_listener *listener, void *data)
{
	struct module *module = wl_container_of(listener, module, compositor_destroy);

	wl_list_remove(&module->compositor_destroy.link);
	surfaces_finish(module);
	outputs_finish(module);
	tenon_server_destroy(module->server);
	module_config_finish(module);
	weston_log_scope_destroy(module->scope);
	free(module);
}

static int start(struct module *module)
{
	const struct tenon_server_options options = {
		.size = sizeof(options),
		.impl = &server_impl,
		.data = module,
	};
	int err;

	if (module_config_load(module) != 0) {
		goto err_config;
	}
	err = tenon_server_create(&module->server, module->compositor->wl_display, &options);
	if (err != 0) {
		weston_log("tenon: %s\n", strerror(-err));
		goto err_config;
	}
	surfaces_init(module);
	if (outputs_init(module) != 0) {
		goto err_outputs;
	}
	return 0;
err_outputs:
	outputs_finish(module);
	surfaces_finish(module);
	tenon_server_destroy(module->server);
err_config:
	module_config_finish(module);
	return -1;
}

int wet_module_init(struct weston_compositor *compositor, int *argc, char *argv[])
{
	struct module *module;
	int major, minor, micro;

	weston_version(&major, &minor, &micro);
	if (major != WESTON_VERSION_MAJOR) {
		weston_log("tenon: this module is for Weston %d, this is Weston %d: build it "
			   "again for this one\n",
			WESTON_VERSION_MAJOR, major);
		return -1;
	}
	module = calloc(1, sizeof(*module));
	if (module == NULL) {
		return -1;
	}
	module->compositor = compositor;
	wl_list_init(&module->output_configs);
	wl_list_init(&module->outputs);
	wl_list_init(&module->surfaces);
	if (!weston_compositor_add_destroy_listener_once(
		    compositor, &module->compositor_destroy, handle_compositor_destroy)) {
		free(module); /* listed twice: it is there already */
		return 0;
	}
	module->gl = renderer_is_gl();
	module->scope = weston_compositor_add_log_scope(compositor, "tenon",
		"negotiations of buffer constraints, and what was shown\n", NULL, NULL, NULL);
	if (module->scope == NULL || start(module) != 0) {
		wl_list_remove(&module->compositor_destroy.link);
		weston_log_scope_destroy(module->scope);
		free(module);
		return -1;
	}
	weston_log("tenon: buffer constraints are offered, the renderer is %s\n",
		module->gl ? "GL" : "pixman or none");
	return 0;
}
