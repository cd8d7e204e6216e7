/* SPDX-License-Identifier: MIT */
#include "bare.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wayland-server.h>

struct bare {
	struct wl_display *display;
	struct tenon_server *server;
	struct wl_resource *surface;
	pthread_t thread;
	int wake; /* eventfd */
	struct wl_event_source *wake_source;
	pthread_mutex_t lock;
	pthread_cond_t called;
	void (*fn)(struct bare *bare, void *data); /* to be called; NULL: nothing */
	void *data;
};

static void surface_destroy(struct wl_client *client, struct wl_resource *resource)
{
	wl_resource_destroy(resource);
}

static void ignore(struct wl_client *client, struct wl_resource *resource)
{
}

static void ignore_attach(struct wl_client *client, struct wl_resource *resource,
	struct wl_resource *buffer, int32_t x, int32_t y)
{
}

static void ignore_4(struct wl_client *client, struct wl_resource *resource, int32_t x, int32_t y,
	int32_t width, int32_t height)
{
}

static void ignore_region(
	struct wl_client *client, struct wl_resource *resource, struct wl_resource *region)
{
}

static void frame(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct wl_resource *callback = wl_resource_create(client, &wl_callback_interface, 1, id);

	wl_callback_send_done(callback, 0);
	wl_resource_destroy(callback);
}

static const struct wl_surface_interface surface_impl = {
	.destroy = surface_destroy,
	.attach = ignore_attach,
	.damage = ignore_4,
	.frame = frame,
	.set_opaque_region = ignore_region,
	.set_input_region = ignore_region,
	.commit = ignore,
};

static void surface_destroyed(struct wl_resource *resource)
{
	struct bare *bare = wl_resource_get_user_data(resource);

	if (bare->surface == resource) {
		bare->surface = NULL;
	}
}

static void create_surface(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	struct bare *bare = wl_resource_get_user_data(resource);

	bare->surface = wl_resource_create(client, &wl_surface_interface, 1, id);
	wl_resource_set_implementation(bare->surface, &surface_impl, bare, surface_destroyed);
}

static void create_region(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	wl_client_post_implementation_error(client, "there are no regions");
}

static const struct wl_compositor_interface compositor_impl = {
	.create_surface = create_surface,
	.create_region = create_region,
};

static void bind_compositor(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	struct wl_resource *resource = wl_resource_create(client, &wl_compositor_interface, 1, id);

	wl_resource_set_implementation(resource, &compositor_impl, data, NULL);
}

static int handle_wake(int fd, uint32_t mask, void *data)
{
	struct bare *bare = data;
	uint64_t count;
	ssize_t got = read(fd, &count, sizeof(count));

	assert(got == sizeof(count));
	pthread_mutex_lock(&bare->lock);
	if (bare->fn != NULL) {
		bare->fn(bare, bare->data);
		bare->fn = NULL;
		pthread_cond_signal(&bare->called);
	}
	pthread_mutex_unlock(&bare->lock);
	return 0;
}

static void *run(void *data)
{
	struct bare *bare = data;

	wl_display_run(bare->display);
	return NULL;
}

struct bare *bare_start(const struct bare_options *options)
{
	struct bare *bare = calloc(1, sizeof(*bare));
	int err;

	assert(bare != NULL);
	bare->display = wl_display_create();
	assert(bare->display != NULL);
	bare->wake = eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&bare->lock, NULL);
	pthread_cond_init(&bare->called, NULL);
	wl_display_init_shm(bare->display);
	wl_global_create(bare->display, &wl_compositor_interface, 1, bare, bind_compositor);
	bare->wake_source = wl_event_loop_add_fd(wl_display_get_event_loop(bare->display),
		bare->wake, WL_EVENT_READABLE, handle_wake, bare);
	if (options == NULL || !options->without_extension) {
		err = tenon_server_create(
			&bare->server, bare->display, options != NULL ? options->server : NULL);
		assert(err == 0);
	}
	err = pthread_create(&bare->thread, NULL, run, bare);
	assert(err == 0);
	return bare;
}

void bare_call(struct bare *bare, void (*fn)(struct bare *bare, void *data), void *data)
{
	uint64_t one = 1;
	ssize_t written;

	pthread_mutex_lock(&bare->lock);
	bare->fn = fn;
	bare->data = data;
	written = write(bare->wake, &one, sizeof(one));
	assert(written == sizeof(one));
	while (bare->fn != NULL) {
		pthread_cond_wait(&bare->called, &bare->lock);
	}
	pthread_mutex_unlock(&bare->lock);
}

static void terminate(struct bare *bare, void *data)
{
	wl_display_terminate(bare->display);
}

void bare_stop(struct bare *bare)
{
	bare_call(bare, terminate, NULL);
	pthread_join(bare->thread, NULL);
	wl_display_destroy_clients(bare->display);
	tenon_server_destroy(bare->server);
	wl_event_source_remove(bare->wake_source);
	wl_display_destroy(bare->display);
	close(bare->wake);
	pthread_mutex_destroy(&bare->lock);
	pthread_cond_destroy(&bare->called);
	free(bare);
}

static void create_client(struct bare *bare, void *data)
{
	struct wl_client *client = wl_client_create(bare->display, *(int *)data);

	assert(client != NULL);
	(void)client;
}

int bare_connect_fd(struct bare *bare)
{
	int fds[2];
	int err = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);

	assert(err == 0);
	(void)err;
	bare_call(bare, create_client, &fds[0]);
	return fds[1];
}

struct wl_display *bare_connect(struct bare *bare)
{
	struct wl_display *display = wl_display_connect_to_fd(bare_connect_fd(bare));

	assert(display != NULL);
	return display;
}

struct tenon_server *bare_get_server(struct bare *bare)
{
	return bare->server;
}

void bare_destroy_server(struct bare *bare)
{
	tenon_server_destroy(bare->server);
	bare->server = NULL;
}

struct wl_resource *bare_get_surface(struct bare *bare)
{
	return bare->surface;
}

static void count_clients(struct bare *bare, void *data)
{
	struct wl_list *list = wl_display_get_client_list(bare->display);

	*(int *)data = wl_list_length(list);
}

int bare_count_clients(struct bare *bare)
{
	int clients = 0;

	bare_call(bare, count_clients, &clients);
	return clients;
}

static void handle_global(void *data, struct wl_registry *registry, uint32_t name,
	const char *interface, uint32_t version)
{
	struct bare_globals *globals = data;

	if (strcmp(interface, wl_compositor_interface.name) == 0) {
		globals->compositor = wl_registry_bind(registry, name, &wl_compositor_interface, 1);
	} else if (strcmp(interface, wl_shm_interface.name) == 0) {
		globals->shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
	} else if (strcmp(interface, "tenon_buffer_constraints_v1") == 0) {
		globals->manager_name = name;
	}
}

static void handle_global_remove(void *data, struct wl_registry *registry, uint32_t name)
{
}

static const struct wl_registry_listener registry_listener = {
	.global = handle_global,
	.global_remove = handle_global_remove,
};

void bare_bind(struct bare_globals *globals, struct wl_display *display)
{
	memset(globals, 0, sizeof(*globals));
	globals->registry = wl_display_get_registry(display);
	wl_registry_add_listener(globals->registry, &registry_listener, globals);
	wl_display_roundtrip(display);
	assert(globals->compositor != NULL && globals->shm != NULL);
}

void bare_unbind(struct bare_globals *globals)
{
	wl_compositor_destroy(globals->compositor);
	wl_shm_destroy(globals->shm);
	wl_registry_destroy(globals->registry);
}
