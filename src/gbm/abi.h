/* SPDX-License-Identifier: MIT */
#ifndef TENON_GBM_ABI_H
#define TENON_GBM_ABI_H

/*
 * The binary interface between libgbm and a backend, declared from what libgbm does: no package
 * installs a header for it. Tables only ever grow at their end, one _vN member per version; 0 came
 * with Mesa 21.3, 1 added the blit. tests/gbm/test_gbm_abi.c holds every member here
 * against the installed libgbm.
 */

#include <stdint.h>

#include <gbm.h>

/* The newest version described here. */
#define GBM_ABI_VERSION 1

struct gbm_backend_desc; /* libgbm's own */

struct gbm_device_v0 {
	const struct gbm_backend_desc *backend_desc; /* set by libgbm */
	uint32_t backend_version;                    /* what create_device was called with */
	int fd;                                      /* the program's; not the backend's to close */
	const char *name; /* EGL takes the device as Mesa's own when this is "drm" */

	void (*destroy)(struct gbm_device *device);
	int (*is_format_supported)(struct gbm_device *device, uint32_t format, uint32_t usage);
	int (*get_format_modifier_plane_count)(
		struct gbm_device *device, uint32_t format, uint64_t modifier);

	struct gbm_bo *(*bo_create)(struct gbm_device *device, uint32_t width, uint32_t height,
		uint32_t format, uint32_t usage, const uint64_t *modifiers,
		const unsigned int modifiers_len);
	struct gbm_bo *(*bo_import)(
		struct gbm_device *device, uint32_t type, void *buffer, uint32_t usage);
	void *(*bo_map)(struct gbm_bo *bo, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
		uint32_t flags, uint32_t *stride, void **map_data);
	void (*bo_unmap)(struct gbm_bo *bo, void *map_data);
	int (*bo_write)(struct gbm_bo *bo, const void *data, size_t size);
	int (*bo_get_fd)(struct gbm_bo *bo);
	int (*bo_get_planes)(struct gbm_bo *bo);
	union gbm_bo_handle (*bo_get_handle)(struct gbm_bo *bo, int plane);
	int (*bo_get_plane_fd)(struct gbm_bo *bo, int plane);
	uint32_t (*bo_get_stride)(struct gbm_bo *bo, int plane);
	uint32_t (*bo_get_offset)(struct gbm_bo *bo, int plane);
	uint64_t (*bo_get_modifier)(struct gbm_bo *bo);
	void (*bo_destroy)(struct gbm_bo *bo); /* after the program's user data was destroyed */

	struct gbm_surface *(*surface_create)(struct gbm_device *device, uint32_t width,
		uint32_t height, uint32_t format, uint32_t flags, const uint64_t *modifiers,
		const unsigned modifiers_len);
	struct gbm_bo *(*surface_lock_front_buffer)(struct gbm_surface *surface);
	void (*surface_release_buffer)(struct gbm_surface *surface, struct gbm_bo *bo);
	int (*surface_has_free_buffers)(struct gbm_surface *surface);
	void (*surface_destroy)(struct gbm_surface *surface);
};

/* flags are gbm.h's enum gbm_blit_flags where it has one; an int in the call either way. */
struct gbm_device_v1 {
	int (*bo_blit)(struct gbm_bo *to, struct gbm_bo *from, int to_x, int to_y, int to_width,
		int to_height, int from_x, int from_y, int from_width, int from_height, int flags);
};

struct gbm_device {
	/* libgbm writes gbm_create_device here: others tell a gbm_device by its first word. */
	struct gbm_device *(*dummy)(int);
	struct gbm_device_v0 v0;
	/* Only where libgbm has gbm_bo_blit(): Mesa 25.0 says version 1 and has no such member. */
	struct gbm_device_v1 v1;
};

struct gbm_bo_v0 {
	uint32_t width;
	uint32_t height;
	uint32_t stride;
	uint32_t format;
	union gbm_bo_handle handle;
	void *user_data;
	void (*destroy_user_data)(struct gbm_bo *bo, void *data);
};

struct gbm_bo {
	struct gbm_device *gbm;
	struct gbm_bo_v0 v0;
};

struct gbm_surface_v0 {
	uint32_t width;
	uint32_t height;
	uint32_t format;
	uint32_t flags;
	struct {
		uint64_t *modifiers;
		unsigned count;
	};
};

struct gbm_surface {
	struct gbm_device *gbm;
	struct gbm_surface_v0 v0;
};

struct gbm_backend_v0 {
	uint32_t backend_version; /* the newest the backend knows */
	const char *backend_name;
	struct gbm_device *(*create_device)(int fd, uint32_t version);
};

struct gbm_backend {
	struct gbm_backend_v0 v0;
};

struct gbm_core_v0 {
	uint32_t core_version;                            /* the newest libgbm knows */
	uint32_t (*format_canonicalize)(uint32_t format); /* GBM_BO_FORMAT_* to a fourcc */
};

struct gbm_core {
	struct gbm_core_v0 v0;
};

/* What a backend file exports under this name; libgbm calls it once, at load. */
#define GBM_ABI_ENTRY "gbmint_get_backend"
typedef const struct gbm_backend *(*gbm_abi_entry)(const struct gbm_core *core);

#endif
