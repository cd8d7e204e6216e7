/* SPDX-License-Identifier: MIT */
#ifndef EGL_SCENE_H
#define EGL_SCENE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * An animated GLES 2 scene: a background that turns through the colours and triangles that rotate.
 * The picture depends on the frame number and the size alone, so two runs can be compared pixel by
 * pixel. Colours are opaque.
 */
struct scene;

/* A context must be current. Returns 0 or a negative errno, with a message on stderr. */
int scene_create(struct scene **out);
void scene_destroy(struct scene *scene);
/* For targets whose first row is the upper one. */
void scene_set_upside_down(struct scene *scene, bool upside_down);

void scene_draw(const struct scene *scene, uint32_t width, uint32_t height, unsigned frame);

#endif
