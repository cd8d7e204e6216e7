/* SPDX-License-Identifier: MIT */
#include "weston/private.h"

#include <stdlib.h>

struct output {
	struct module *module;
	struct weston_output *output;
	struct wl_list link; /* module.outputs */
	struct wl_listener destroy;
	int (*repaint)(struct weston_output *output); /* the backend's */
};

static void handle_output_destroy(struct wl_listener *listener, void *data);

/* Ours of an output; NULL when it is not known. */
static struct output *find(struct weston_output *weston_output)
{
	struct wl_listener *listener =
		wl_signal_get(&weston_output->destroy_signal, handle_output_destroy);
	struct output *output;

	return listener != NULL ? wl_container_of(listener, output, destroy) : NULL;
}

/*
 * In place of the backend's repaint. A frame_signal listener would do for counting, but makes the
 * DRM backend draw what it could have shown directly.
 */
static int repaint(struct weston_output *weston_output)
{
	struct output *output = find(weston_output);
	struct module *module = output->module;
	int ret = output->repaint(weston_output);

	if (ret == 0) {
		surfaces_count_repaint(module, weston_output);
	}
	surfaces_update(module);
	return ret;
}

/*
 * For a surface not shown yet: what [tenon] says, unless only outputs have devices of their own;
 * then those of the first output, where most surfaces go.
 */
static void set_default(struct module *module)
{
	struct tenon_server_state *state = module->fallback->state;
	struct output *first;

	if (module->fallback->scanout.len == 0 && module->fallback->devices.len <= 1 &&
		!wl_list_empty(&module->outputs)) {
		first = wl_container_of(module->outputs.next, first, link);
		state = module_config_find_state(module, first->output->name);
	}
	if (tenon_server_set_default(module->server, state) != 0) {
		weston_log("tenon: out of memory\n");
	}
}

static void output_destroy(struct output *output)
{
	if (output->output->repaint == repaint) {
		output->output->repaint = output->repaint;
	}
	wl_list_remove(&output->destroy.link);
	wl_list_remove(&output->link);
	free(output);
}

static void handle_output_destroy(struct wl_listener *listener, void *data)
{
	struct output *output = wl_container_of(listener, output, destroy);
	struct module *module = output->module;

	surfaces_forget_output(module, output->output);
	output_destroy(output);
	set_default(module);
}

static int add(struct module *module, struct weston_output *weston_output)
{
	struct output *output = calloc(1, sizeof(*output));

	if (output == NULL) {
		return -1;
	}
	output->module = module;
	output->output = weston_output;
	output->repaint = weston_output->repaint;
	weston_output->repaint = repaint;
	output->destroy.notify = handle_output_destroy;
	wl_signal_add(&weston_output->destroy_signal, &output->destroy);
	wl_list_insert(module->outputs.prev, &output->link);
	module_log(module, "output %s\n", weston_output->name);
	set_default(module);
	return 0;
}

static void handle_output_created(struct wl_listener *listener, void *data)
{
	struct module *module = wl_container_of(listener, module, output_created);

	if (add(module, data) != 0) {
		weston_log("tenon: out of memory\n");
	}
}

int outputs_init(struct module *module)
{
	struct weston_output *output;

	module->output_created.notify = handle_output_created;
	wl_signal_add(&module->compositor->output_created_signal, &module->output_created);
	wl_list_for_each(output, &module->compositor->output_list, link)
	{
		if (add(module, output) != 0) {
			return -1;
		}
	}
	set_default(module);
	return 0;
}

void outputs_finish(struct module *module)
{
	struct output *output, *next;

	wl_list_for_each_safe(output, next, &module->outputs, link)
	{
		output_destroy(output);
	}
	wl_list_remove(&module->output_created.link);
}

struct tenon_server_state *outputs_find_state(struct module *module, struct weston_output *output)
{
	return output != NULL && find(output) != NULL
		       ? module_config_find_state(module, output->name)
		       : NULL;
}
