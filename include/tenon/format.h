/* SPDX-License-Identifier: MIT */
#ifndef TENON_FORMAT_H
#define TENON_FORMAT_H

/*
 * Facts of pixel formats, and layouts: where each plane lies, for a size, within limits.
 *
 * Formats are DRM fourcc codes (drm_fourcc.h). Threads: the facts are constants, usable from any
 * thread; a layout never changes once made.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>

TENON_BEGIN_DECLS

/** A pixel format; there is one constant object for each. */
struct tenon_format;

struct tenon_layout;

/**
 * The format of a DRM fourcc, or NULL when Tenon does not know it.
 */
TENON_EXPORT const struct tenon_format *tenon_format_get(uint32_t fourcc);

/**
 * The format of a name: drm_fourcc.h's without its prefix ("XRGB8888", "NV12") or the four
 * characters of the code ("XR24"). Letter case counts. NULL when Tenon does not know it.
 */
TENON_EXPORT const struct tenon_format *tenon_format_from_name(const char *name);

/**
 * The formats Tenon knows: i from 0 until NULL is returned.
 */
TENON_EXPORT const struct tenon_format *tenon_format_list(size_t i);

/**
 * The format's DRM fourcc.
 */
TENON_EXPORT uint32_t tenon_format_get_fourcc(const struct tenon_format *format);

/**
 * The format's name, such as "XRGB8888". A static string.
 */
TENON_EXPORT const char *tenon_format_get_name(const struct tenon_format *format);

/**
 * Number of planes, 1 to TENON_MAX_PLANES.
 */
TENON_EXPORT unsigned tenon_format_get_planes_len(const struct tenon_format *format);

/**
 * How a plane stores pixels: block_bytes bytes hold block_width x 1 of the plane's own pixels
 * (XRGB8888: 4 and 1; YUYV: 4 and 2; NV12's chroma: 2 and 1), and the plane has one of its own
 * pixels for hsub x vsub pixels of the image (NV12's chroma: 2 and 2). Out pointers may be NULL.
 *
 * Returns 0 or -EINVAL when there is no such plane.
 */
TENON_EXPORT int tenon_format_get_plane(const struct tenon_format *format, unsigned plane,
	unsigned *block_bytes, unsigned *block_width, unsigned *hsub, unsigned *vsub);

/**
 * Whether the format stores luma and chroma.
 */
TENON_EXPORT bool tenon_format_is_yuv(const struct tenon_format *format);

/**
 * Whether the format has an alpha channel.
 */
TENON_EXPORT bool tenon_format_has_alpha(const struct tenon_format *format);

/**
 * What a V4L2 pixel format (V4L2_PIX_FMT_...) is in DRM's terms. The four characters of the two
 * are alike and not the same: V4L2 names RGB by the bytes in memory. *per_plane tells the
 * multi-planar formats, such as NV12M, each plane of which is in a memory object of its own; it may
 * be NULL.
 *
 * Returns 0 and writes *out and *per_plane, or -ENOENT when there is no such format in DRM's terms.
 */
TENON_EXPORT int tenon_format_from_v4l2(
	struct tenon_format_modifier *out, bool *per_plane, uint32_t pixelformat);

/**
 * V4L2's code of a format: its multi-planar one with per_plane, which makes no difference for
 * formats of one plane. Where V4L2 has two names, the one that is not deprecated; 0 when it has
 * none.
 */
TENON_EXPORT uint32_t tenon_format_get_v4l2(
	const struct tenon_format *format, uint64_t modifier, bool per_plane);

/**
 * Write "NAME (0x...)" of a modifier; "LINEAR (0x0)", "INVALID (0xffffffffffffff)". Always
 * terminated when size > 0.
 */
TENON_EXPORT void tenon_modifier_print(char *text, size_t size, uint64_t modifier);

/** Where one plane lies. */
struct tenon_plane_layout {
	uint32_t object; /* index of the memory object it lies in */
	uint32_t pitch;  /* bytes from row to row */
	uint64_t offset; /* bytes from the object's start */
	uint64_t size;   /* bytes, padding rows and tail included */
	uint32_t width;  /* columns stored, padding included, in the plane's own pixels */
	uint32_t height; /* rows stored, padding included */
};

/**
 * Lay a picture out: the cheapest layout (least bytes) of width x height pixels within limits,
 * which may be NULL. Preferences of the limits are followed where they cost no failure. All planes
 * lie in one memory object; each in its own when the limits accept nothing else, or when they
 * mention it (TENON_PROP_OBJECTS) and one object cannot be within the limits.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_layout_destroy(). TENON_CONFLICT when the limits cannot hold for this size: if property
 * is not NULL, *property is the one in the way. -EINVAL when width or height is 0; -ENOTSUP when
 * the modifier is not linear: such layouts are known to the device's own allocator alone;
 * -EOVERFLOW when a pitch exceeds 32 bits or a size 63 bits; -ENOMEM.
 */
TENON_EXPORT int tenon_layout_create(struct tenon_layout **out, const struct tenon_format *format,
	uint64_t modifier, uint32_t width, uint32_t height, const struct tenon_limits *limits,
	enum tenon_property *property);

/**
 * Make a layout object of planes that somebody else laid out (an import, another allocator). The
 * numbers may come from anybody. A plane's size, width and height may be 0: its size is then what
 * lies between it and the next plane or the object's end, width and height what fits into that.
 * With a modifier that is not linear there may be more planes than the format has, and only where
 * they lie is checked.
 *
 * Returns 0, -EINVAL when the planes overlap, miss rows of the picture, leave their objects or are
 * not as many as the format has; -EOVERFLOW; -ENOMEM. Ownership as tenon_layout_create().
 */
TENON_EXPORT int tenon_layout_create_from_planes(struct tenon_layout **out,
	const struct tenon_format *format, uint64_t modifier, uint32_t width, uint32_t height,
	const struct tenon_plane_layout *planes, size_t planes_len, const uint64_t *object_sizes,
	size_t objects_len);

/**
 * Copy a layout. Ownership as tenon_layout_create(). Returns 0 or -ENOMEM.
 */
TENON_EXPORT int tenon_layout_dup(struct tenon_layout **out, const struct tenon_layout *layout);

/**
 * Release a layout. NULL is a no-op.
 */
TENON_EXPORT void tenon_layout_destroy(struct tenon_layout *layout);

/**
 * Whether a layout that exists is within limits (NULL: it is). What counts is the memory: rows or
 * bytes left free between planes serve as padding. Limits of memory rather than of layouts
 * (where it lies, its heap, cache, protection, base alignment) are not looked at.
 *
 * Returns 0, or TENON_CONFLICT and, if property is not NULL, writes the property in the way.
 */
TENON_EXPORT int tenon_layout_check(const struct tenon_layout *layout,
	const struct tenon_limits *limits, enum tenon_property *property);

/**
 * The layout's format.
 */
TENON_EXPORT const struct tenon_format *tenon_layout_get_format(const struct tenon_layout *layout);

/**
 * The layout's modifier.
 */
TENON_EXPORT uint64_t tenon_layout_get_modifier(const struct tenon_layout *layout);

/**
 * Width and height of the picture in pixels. Out pointers may be NULL.
 */
TENON_EXPORT void tenon_layout_get_size(
	const struct tenon_layout *layout, uint32_t *width, uint32_t *height);

/**
 * Number of planes; 0 for a layout of a plan that is yet to be made by a heap's own allocator.
 */
TENON_EXPORT size_t tenon_layout_get_planes_len(const struct tenon_layout *layout);

/**
 * Where plane i lies.
 *
 * Returns 0 and writes *out, or -EINVAL when there is no such plane.
 */
TENON_EXPORT int tenon_layout_get_plane(
	const struct tenon_layout *layout, size_t i, struct tenon_plane_layout *out);

/**
 * Number of memory objects: 1, or one for each plane; 0 where there are no planes yet.
 */
TENON_EXPORT size_t tenon_layout_get_objects_len(const struct tenon_layout *layout);

/**
 * Size of memory object i in bytes, paddings and tails included; 0 when there is no such object.
 */
TENON_EXPORT uint64_t tenon_layout_get_object_size(const struct tenon_layout *layout, size_t i);

TENON_END_DECLS

#endif
