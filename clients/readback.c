/* SPDX-License-Identifier: MIT */

/*
 * tenon-readback: pixels from GL to the CPU and back, in place, beside the stock calls.
 *
 * Stock GL copies: glReadPixels into the program's memory, glTexSubImage2D out of it. Here GL draws
 * into a Tenon buffer that the CPU reads between prepare and finish, and samples a buffer that the
 * CPU wrote between prepare and finish. GL's fences are joined to the buffers, where EGL has them.
 * Both ways are run in turn on the same picture, timed after the GPU is done, and their pixels are
 * compared.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <drm_fourcc.h>

#include <tenon/access.h>
#include <tenon/context.h>

#include "egl/headless.h"
#include "egl/scene.h"

#define ROUNDS 21
#define TIMEOUT_MS 5000

struct size {
	uint32_t width, height;
};

/* Everything of one size. */
struct bench {
	struct headless *gl;
	struct scene *scene;
	struct size size;
	struct tenon_buffer *buffer;
	EGLImageKHR image;
	GLuint shared_texture, shared_fbo; /* the buffer's memory */
	GLuint own_texture, own_fbo;       /* GL's memory */
	uint8_t *pixels;                   /* the program's memory, tight rows */
};

struct times {
	double stock, ours;
	size_t wrong; /* pixels that differ */
};

static double now(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *values, size_t len)
{
	qsort(values, len, sizeof(*values), compare_doubles);
	return values[len / 2];
}

static int create_buffer(struct tenon_context *context, struct bench *bench)
{
	static const uint32_t format = DRM_FORMAT_ABGR8888;
	static const uint64_t linear = DRM_FORMAT_MOD_LINEAR;
	struct tenon_buffer_options options = {
		.size = sizeof(options),
		.width = bench->size.width,
		.height = bench->size.height,
		.formats = &format,
		.formats_len = 1,
		.modifiers = &linear,
		.modifiers_len = 1,
		.name = "readback",
	};
	return tenon_buffer_create(&bench->buffer, context, &options);
}

static bool create_own_texture(struct bench *bench)
{
	glGenTextures(1, &bench->own_texture);
	glBindTexture(GL_TEXTURE_2D, bench->own_texture);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
	glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
	glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, (GLsizei)bench->size.width,
		(GLsizei)bench->size.height, 0, GL_RGBA, GL_UNSIGNED_BYTE, NULL);
	bench->own_fbo = headless_framebuffer(bench->own_texture);
	return bench->own_fbo != 0;
}

static int bench_init(struct bench *bench, struct tenon_context *context)
{
	bench->pixels = malloc((size_t)bench->size.width * bench->size.height * 4);
	int ret = bench->pixels != NULL ? create_buffer(context, bench) : -ENOMEM;
	if (ret == 0) {
		ret = headless_import(
			bench->gl, bench->buffer, &bench->image, &bench->shared_texture, NULL);
	}
	if (ret == 0) {
		bench->shared_fbo = headless_framebuffer(bench->shared_texture);
		ret = bench->shared_fbo != 0 && create_own_texture(bench) ? 0 : -ENOTSUP;
	}
	return ret;
}

static void bench_finish(struct bench *bench)
{
	glDeleteFramebuffers(1, &bench->shared_fbo);
	glDeleteFramebuffers(1, &bench->own_fbo);
	glDeleteTextures(1, &bench->shared_texture);
	glDeleteTextures(1, &bench->own_texture);
	if (bench->image != EGL_NO_IMAGE_KHR) {
		bench->gl->destroy_image(bench->gl->display, bench->image);
	}
	tenon_buffer_unref(bench->buffer);
	free(bench->pixels);
}

static void draw(struct bench *bench, GLuint fbo, unsigned frame)
{
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	scene_draw(bench->scene, bench->size.width, bench->size.height, frame);
}

/* Pixels of the program's memory that the buffer does not have in the same place. */
static size_t count_wrong(const struct bench *bench, const struct tenon_access *access)
{
	size_t wrong = 0, row = (size_t)bench->size.width * 4;
	for (uint32_t y = 0; y < bench->size.height; y++) {
		const uint8_t *ours =
			(const uint8_t *)access->data[0] + (size_t)y * access->pitch[0];
		const uint8_t *stock = bench->pixels + y * row;
		for (size_t x = 0; memcmp(ours, stock, row) != 0 && x < row; x += 4) {
			wrong += memcmp(ours + x, stock + x, 4) != 0;
		}
	}
	return wrong;
}

/* One frame to the CPU, both ways. */
static int read_round(
	struct bench *bench, unsigned frame, double *stock, double *ours, size_t *wrong)
{
	struct tenon_access access = {.buffer = bench->buffer, .flags = TENON_ACCESS_READ};
	draw(bench, bench->own_fbo, frame);
	glFinish();
	double begin = now();
	glReadPixels(0, 0, (GLsizei)bench->size.width, (GLsizei)bench->size.height, GL_RGBA,
		GL_UNSIGNED_BYTE, bench->pixels);
	*stock = now() - begin;
	draw(bench, bench->shared_fbo, frame);
	headless_end_use(bench->gl, bench->buffer, TENON_ACCESS_WRITE);
	glFinish();
	begin = now();
	int ret = tenon_access_prepare(&access, 1, TIMEOUT_MS);
	*ours = now() - begin;
	if (ret < 0) {
		return ret;
	}
	*wrong += count_wrong(bench, &access);
	begin = now();
	ret = tenon_access_finish(&access, 1);
	*ours += now() - begin;
	return ret;
}

static void paint(uint8_t *rows, size_t pitch, struct size size, unsigned frame)
{
	for (uint32_t y = 0; y < size.height; y++) {
		uint32_t *row = (uint32_t *)(void *)(rows + y * pitch);
		for (uint32_t x = 0; x < size.width; x++) {
			row[x] = 0xff000000u | ((x + frame) << 16 & 0xff0000u) |
				 (y << 8 & 0xff00u) | ((x ^ y) & 0xffu);
		}
	}
}

/* What a texture holds, as GL sees it, to compare with what the CPU painted. */
static size_t count_wrong_in(struct bench *bench, GLuint fbo, const uint8_t *painted)
{
	size_t wrong = 0, bytes = (size_t)bench->size.width * bench->size.height * 4;
	uint8_t *seen = malloc(bytes);
	if (seen == NULL) {
		return SIZE_MAX;
	}
	glBindFramebuffer(GL_FRAMEBUFFER, fbo);
	glReadPixels(0, 0, (GLsizei)bench->size.width, (GLsizei)bench->size.height, GL_RGBA,
		GL_UNSIGNED_BYTE, seen);
	for (size_t i = 0; i < bytes; i += 4) {
		wrong += memcmp(seen + i, painted + i, 4) != 0;
	}
	free(seen);
	return wrong;
}

/* One picture to GL, both ways; painting itself costs the same and is not timed. */
static int upload_round(
	struct bench *bench, unsigned frame, double *stock, double *ours, size_t *wrong)
{
	struct tenon_access access = {.buffer = bench->buffer, .flags = TENON_ACCESS_WRITE};
	paint(bench->pixels, (size_t)bench->size.width * 4, bench->size, frame);
	glBindTexture(GL_TEXTURE_2D, bench->own_texture);
	glFinish();
	double begin = now();
	glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, (GLsizei)bench->size.width,
		(GLsizei)bench->size.height, GL_RGBA, GL_UNSIGNED_BYTE, bench->pixels);
	glFinish();
	*stock = now() - begin;
	begin = now();
	int ret = tenon_access_prepare(&access, 1, TIMEOUT_MS);
	*ours = now() - begin;
	if (ret < 0) {
		return ret;
	}
	paint(access.data[0], access.pitch[0], bench->size, frame);
	begin = now();
	ret = tenon_access_finish(&access, 1);
	*ours += now() - begin;
	*wrong += count_wrong_in(bench, bench->own_fbo, bench->pixels);
	*wrong += count_wrong_in(bench, bench->shared_fbo, bench->pixels);
	headless_end_use(bench->gl, bench->buffer, TENON_ACCESS_READ);
	return ret;
}

typedef int (*round_fn)(
	struct bench *bench, unsigned frame, double *stock, double *ours, size_t *wrong);

static int measure(struct bench *bench, round_fn round, struct times *out)
{
	double stock[ROUNDS], ours[ROUNDS];
	for (unsigned i = 0; i < ROUNDS; i++) {
		int ret = round(bench, i, &stock[i], &ours[i], &out->wrong);
		if (ret < 0) {
			return ret;
		}
	}
	out->stock = median(stock, ROUNDS);
	out->ours = median(ours, ROUNDS);
	return 0;
}

static void print_row(
	const char *name, struct size size, const char *call, const struct times *times)
{
	printf("%-8s %4" PRIu32 "x%-4" PRIu32 "  %-16s %9.1f us  in place %7.2f us  %8.1f x  "
	       "%zu pixels differ\n",
		name, size.width, size.height, call, times->stock * 1e6, times->ours * 1e6,
		times->ours > 0 ? times->stock / times->ours : 0.0, times->wrong);
}

static int run_size(struct headless *gl, struct scene *scene, struct tenon_context *context,
	struct size size, double least)
{
	struct bench bench = {.gl = gl, .scene = scene, .size = size, .image = EGL_NO_IMAGE_KHR};
	struct times read = {0}, upload = {0};
	int ret = bench_init(&bench, context);
	if (ret == 0) {
		ret = measure(&bench, read_round, &read);
	}
	if (ret == 0) {
		ret = measure(&bench, upload_round, &upload);
	}
	if (ret == 0) {
		print_row("read", size, "glReadPixels", &read);
		print_row("upload", size, "glTexSubImage2D", &upload);
	} else {
		fprintf(stderr, "tenon-readback: %" PRIu32 "x%" PRIu32 ": %s\n", size.width,
			size.height, strerror(-ret));
	}
	bench_finish(&bench);
	if (ret == 0 && (read.wrong != 0 || upload.wrong != 0)) {
		return -EILSEQ;
	}
	return ret == 0 && (read.stock < least * read.ours || upload.stock < least * upload.ours)
		       ? -ERANGE
		       : ret;
}

static void usage(FILE *to)
{
	fputs("Usage: tenon-readback [--least RATIO]\n"
	      "\n"
	      "Bring pixels from GL to the CPU and back, in place in Tenon buffers, and beside it\n"
	      "with glReadPixels and glTexSubImage2D, at 1080p and 4K. Times are medians, after\n"
	      "the GPU is done.\n"
	      "\n"
	      "  --least RATIO  fail when in place is not so many times faster\n"
	      "  --help         show this\n"
	      "\n"
	      "Exit status: 0, 1 pixels differ or too slow, 2 usage, 3 another failure,\n"
	      "77 this machine's EGL cannot import the buffers.\n",
		to);
}

static int run(double least)
{
	static const struct size sizes[] = {{1920, 1080}, {3840, 2160}};
	struct tenon_context *context = NULL;
	struct scene *scene = NULL;
	struct headless gl;
	if (headless_init(&gl) < 0) {
		return 77;
	}
	int ret = tenon_context_create(&context, NULL);
	if (ret == 0) {
		ret = scene_create(&scene);
	}
	printf("%s, %s\n", (const char *)glGetString(GL_RENDERER),
		gl.dup_fence != NULL ? "native fences" : "glFinish");
	for (size_t i = 0; ret == 0 && i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ret = run_size(&gl, scene, context, sizes[i], least);
	}
	scene_destroy(scene);
	tenon_context_unref(context);
	headless_finish(&gl);
	return ret == 0 ? 0 : ret == -EILSEQ || ret == -ERANGE ? 1 : ret == -ENOTSUP ? 77 : 3;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"least", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	double least = 0;
	int opt;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		char *end = NULL;
		if (opt == 'h') {
			usage(stdout);
			return 0;
		}
		least = opt == 'l' ? strtod(optarg, &end) : 0;
		if (opt != 'l' || end == optarg || *end != '\0' || !(least >= 0)) {
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return 2;
	}
	return run(least);
}
