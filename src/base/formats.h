/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_FORMATS_H
#define TENON_BASE_FORMATS_H

/*
 * The formats, those that most hardware takes first: when nobody says which format he wants, a plan
 * goes by this order.
 *
 *	X(name, four characters of the code, flags,
 *		PLANES_n(P(block bytes, block width, hsub, vsub), ...))
 *
 * A block is the least number of pixels, side by side, that fill whole bytes. Left out are the
 * codes of drm_fourcc.h whose pixels do not lie in rows: Y0L0, X0L0, Y0L2 and X0L2 (tiles of 2x2)
 * and YUV420_8BIT, YUV420_10BIT and VUY101010 (with a modifier only).
 */
/* clang-format off */
#define TENON_FORMAT_TABLE(X) \
	/* RGB, 32 bits */ \
	X(XRGB8888, 'X', 'R', '2', '4', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(ARGB8888, 'A', 'R', '2', '4', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(XBGR8888, 'X', 'B', '2', '4', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(ABGR8888, 'A', 'B', '2', '4', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(RGBX8888, 'R', 'X', '2', '4', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(RGBA8888, 'R', 'A', '2', '4', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(BGRX8888, 'B', 'X', '2', '4', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(BGRA8888, 'B', 'A', '2', '4', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(XRGB2101010, 'X', 'R', '3', '0', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(ARGB2101010, 'A', 'R', '3', '0', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(XBGR2101010, 'X', 'B', '3', '0', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(ABGR2101010, 'A', 'B', '3', '0', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(RGBX1010102, 'R', 'X', '3', '0', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(RGBA1010102, 'R', 'A', '3', '0', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(BGRX1010102, 'B', 'X', '3', '0', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(BGRA1010102, 'B', 'A', '3', '0', ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	/* RGB, 24 bits */ \
	X(RGB888, 'R', 'G', '2', '4', 0, PLANES_1(P(3, 1, 1, 1))) \
	X(BGR888, 'B', 'G', '2', '4', 0, PLANES_1(P(3, 1, 1, 1))) \
	/* RGB, 16 bits */ \
	X(RGB565, 'R', 'G', '1', '6', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(BGR565, 'B', 'G', '1', '6', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(XRGB1555, 'X', 'R', '1', '5', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(ARGB1555, 'A', 'R', '1', '5', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(XBGR1555, 'X', 'B', '1', '5', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(ABGR1555, 'A', 'B', '1', '5', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(RGBX5551, 'R', 'X', '1', '5', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(RGBA5551, 'R', 'A', '1', '5', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(BGRX5551, 'B', 'X', '1', '5', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(BGRA5551, 'B', 'A', '1', '5', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(XRGB4444, 'X', 'R', '1', '2', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(ARGB4444, 'A', 'R', '1', '2', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(XBGR4444, 'X', 'B', '1', '2', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(ABGR4444, 'A', 'B', '1', '2', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(RGBX4444, 'R', 'X', '1', '2', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(RGBA4444, 'R', 'A', '1', '2', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	X(BGRX4444, 'B', 'X', '1', '2', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(BGRA4444, 'B', 'A', '1', '2', ALPHA, PLANES_1(P(2, 1, 1, 1))) \
	/* RGB, 64 bits; those ending in F hold half floats */ \
	X(XRGB16161616, 'X', 'R', '4', '8', 0, PLANES_1(P(8, 1, 1, 1))) \
	X(ARGB16161616, 'A', 'R', '4', '8', ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	X(XBGR16161616, 'X', 'B', '4', '8', 0, PLANES_1(P(8, 1, 1, 1))) \
	X(ABGR16161616, 'A', 'B', '4', '8', ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	X(XRGB16161616F, 'X', 'R', '4', 'H', 0, PLANES_1(P(8, 1, 1, 1))) \
	X(ARGB16161616F, 'A', 'R', '4', 'H', ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	X(XBGR16161616F, 'X', 'B', '4', 'H', 0, PLANES_1(P(8, 1, 1, 1))) \
	X(ABGR16161616F, 'A', 'B', '4', 'H', ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	X(AXBXGXRX106106106106, 'A', 'B', '1', '0', ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	/* RGB with alpha in a plane of its own */ \
	X(XRGB8888_A8, 'X', 'R', 'A', '8', ALPHA, PLANES_2(P(4, 1, 1, 1), P(1, 1, 1, 1))) \
	X(XBGR8888_A8, 'X', 'B', 'A', '8', ALPHA, PLANES_2(P(4, 1, 1, 1), P(1, 1, 1, 1))) \
	X(RGBX8888_A8, 'R', 'X', 'A', '8', ALPHA, PLANES_2(P(4, 1, 1, 1), P(1, 1, 1, 1))) \
	X(BGRX8888_A8, 'B', 'X', 'A', '8', ALPHA, PLANES_2(P(4, 1, 1, 1), P(1, 1, 1, 1))) \
	X(RGB888_A8, 'R', '8', 'A', '8', ALPHA, PLANES_2(P(3, 1, 1, 1), P(1, 1, 1, 1))) \
	X(BGR888_A8, 'B', '8', 'A', '8', ALPHA, PLANES_2(P(3, 1, 1, 1), P(1, 1, 1, 1))) \
	X(RGB565_A8, 'R', '5', 'A', '8', ALPHA, PLANES_2(P(2, 1, 1, 1), P(1, 1, 1, 1))) \
	X(BGR565_A8, 'B', '5', 'A', '8', ALPHA, PLANES_2(P(2, 1, 1, 1), P(1, 1, 1, 1))) \
	/* two planes: luma, then both chroma components */ \
	X(NV12, 'N', 'V', '1', '2', YUV, PLANES_2(P(1, 1, 1, 1), P(2, 1, 2, 2))) \
	X(NV21, 'N', 'V', '2', '1', YUV, PLANES_2(P(1, 1, 1, 1), P(2, 1, 2, 2))) \
	X(NV16, 'N', 'V', '1', '6', YUV, PLANES_2(P(1, 1, 1, 1), P(2, 1, 2, 1))) \
	X(NV61, 'N', 'V', '6', '1', YUV, PLANES_2(P(1, 1, 1, 1), P(2, 1, 2, 1))) \
	X(NV24, 'N', 'V', '2', '4', YUV, PLANES_2(P(1, 1, 1, 1), P(2, 1, 1, 1))) \
	X(NV42, 'N', 'V', '4', '2', YUV, PLANES_2(P(1, 1, 1, 1), P(2, 1, 1, 1))) \
	X(P010, 'P', '0', '1', '0', YUV, PLANES_2(P(2, 1, 1, 1), P(4, 1, 2, 2))) \
	X(P012, 'P', '0', '1', '2', YUV, PLANES_2(P(2, 1, 1, 1), P(4, 1, 2, 2))) \
	X(P016, 'P', '0', '1', '6', YUV, PLANES_2(P(2, 1, 1, 1), P(4, 1, 2, 2))) \
	X(P210, 'P', '2', '1', '0', YUV, PLANES_2(P(2, 1, 1, 1), P(4, 1, 2, 1))) \
	/* the same, components of 10 bits without gaps */ \
	X(NV15, 'N', 'V', '1', '5', YUV, PLANES_2(P(5, 4, 1, 1), P(5, 2, 2, 2))) \
	X(NV20, 'N', 'V', '2', '0', YUV, PLANES_2(P(5, 4, 1, 1), P(5, 2, 2, 1))) \
	X(NV30, 'N', 'V', '3', '0', YUV, PLANES_2(P(5, 4, 1, 1), P(5, 2, 1, 1))) \
	X(P030, 'P', '0', '3', '0', YUV, PLANES_2(P(4, 3, 1, 1), P(8, 3, 2, 2))) \
	/* three planes */ \
	X(YUV420, 'Y', 'U', '1', '2', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 2, 2), P(1, 1, 2, 2))) \
	X(YVU420, 'Y', 'V', '1', '2', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 2, 2), P(1, 1, 2, 2))) \
	X(YUV422, 'Y', 'U', '1', '6', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 2, 1), P(1, 1, 2, 1))) \
	X(YVU422, 'Y', 'V', '1', '6', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 2, 1), P(1, 1, 2, 1))) \
	X(YUV444, 'Y', 'U', '2', '4', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 1, 1), P(1, 1, 1, 1))) \
	X(YVU444, 'Y', 'V', '2', '4', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 1, 1), P(1, 1, 1, 1))) \
	X(YUV411, 'Y', 'U', '1', '1', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 4, 1), P(1, 1, 4, 1))) \
	X(YVU411, 'Y', 'V', '1', '1', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 4, 1), P(1, 1, 4, 1))) \
	X(YUV410, 'Y', 'U', 'V', '9', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 4, 4), P(1, 1, 4, 4))) \
	X(YVU410, 'Y', 'V', 'U', '9', YUV, PLANES_3(P(1, 1, 1, 1), P(1, 1, 4, 4), P(1, 1, 4, 4))) \
	X(Q410, 'Q', '4', '1', '0', YUV, PLANES_3(P(2, 1, 1, 1), P(2, 1, 1, 1), P(2, 1, 1, 1))) \
	X(Q401, 'Q', '4', '0', '1', YUV, PLANES_3(P(2, 1, 1, 1), P(2, 1, 1, 1), P(2, 1, 1, 1))) \
	/* luma and chroma in one plane */ \
	X(YUYV, 'Y', 'U', 'Y', 'V', YUV, PLANES_1(P(4, 2, 1, 1))) \
	X(YVYU, 'Y', 'V', 'Y', 'U', YUV, PLANES_1(P(4, 2, 1, 1))) \
	X(UYVY, 'U', 'Y', 'V', 'Y', YUV, PLANES_1(P(4, 2, 1, 1))) \
	X(VYUY, 'V', 'Y', 'U', 'Y', YUV, PLANES_1(P(4, 2, 1, 1))) \
	X(Y210, 'Y', '2', '1', '0', YUV, PLANES_1(P(8, 2, 1, 1))) \
	X(Y212, 'Y', '2', '1', '2', YUV, PLANES_1(P(8, 2, 1, 1))) \
	X(Y216, 'Y', '2', '1', '6', YUV, PLANES_1(P(8, 2, 1, 1))) \
	X(VUY888, 'V', 'U', '2', '4', YUV, PLANES_1(P(3, 1, 1, 1))) \
	X(AYUV, 'A', 'Y', 'U', 'V', YUV | ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(AVUY8888, 'A', 'V', 'U', 'Y', YUV | ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(XYUV8888, 'X', 'Y', 'U', 'V', YUV, PLANES_1(P(4, 1, 1, 1))) \
	X(XVUY8888, 'X', 'V', 'U', 'Y', YUV, PLANES_1(P(4, 1, 1, 1))) \
	X(Y410, 'Y', '4', '1', '0', YUV | ALPHA, PLANES_1(P(4, 1, 1, 1))) \
	X(XVYU2101010, 'X', 'V', '3', '0', YUV, PLANES_1(P(4, 1, 1, 1))) \
	X(Y412, 'Y', '4', '1', '2', YUV | ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	X(XVYU12_16161616, 'X', 'V', '3', '6', YUV, PLANES_1(P(8, 1, 1, 1))) \
	X(Y416, 'Y', '4', '1', '6', YUV | ALPHA, PLANES_1(P(8, 1, 1, 1))) \
	X(XVYU16161616, 'X', 'V', '4', '8', YUV, PLANES_1(P(8, 1, 1, 1))) \
	/* one or two components, palettes */ \
	X(RGB332, 'R', 'G', 'B', '8', 0, PLANES_1(P(1, 1, 1, 1))) \
	X(BGR233, 'B', 'G', 'R', '8', 0, PLANES_1(P(1, 1, 1, 1))) \
	X(R8, 'R', '8', ' ', ' ', 0, PLANES_1(P(1, 1, 1, 1))) \
	X(R10, 'R', '1', '0', ' ', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(R12, 'R', '1', '2', ' ', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(R16, 'R', '1', '6', ' ', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(RG88, 'R', 'G', '8', '8', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(GR88, 'G', 'R', '8', '8', 0, PLANES_1(P(2, 1, 1, 1))) \
	X(RG1616, 'R', 'G', '3', '2', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(GR1616, 'G', 'R', '3', '2', 0, PLANES_1(P(4, 1, 1, 1))) \
	X(D8, 'D', '8', ' ', ' ', 0, PLANES_1(P(1, 1, 1, 1))) \
	X(C8, 'C', '8', ' ', ' ', 0, PLANES_1(P(1, 1, 1, 1))) \
	X(R4, 'R', '4', ' ', ' ', 0, PLANES_1(P(1, 2, 1, 1))) \
	X(R2, 'R', '2', ' ', ' ', 0, PLANES_1(P(1, 4, 1, 1))) \
	X(R1, 'R', '1', ' ', ' ', 0, PLANES_1(P(1, 8, 1, 1))) \
	X(D4, 'D', '4', ' ', ' ', 0, PLANES_1(P(1, 2, 1, 1))) \
	X(D2, 'D', '2', ' ', ' ', 0, PLANES_1(P(1, 4, 1, 1))) \
	X(D1, 'D', '1', ' ', ' ', 0, PLANES_1(P(1, 8, 1, 1))) \
	X(C4, 'C', '4', ' ', ' ', 0, PLANES_1(P(1, 2, 1, 1))) \
	X(C2, 'C', '2', ' ', ' ', 0, PLANES_1(P(1, 4, 1, 1))) \
	X(C1, 'C', '1', ' ', ' ', 0, PLANES_1(P(1, 8, 1, 1))) \
	/* end */
/* clang-format on */

#endif
