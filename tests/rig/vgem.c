/* SPDX-License-Identifier: MIT */
#include "vgem.h"

#include <drm/vgem_drm.h>
#include <xf86drm.h>

#include "rig.h"

int vgem_open(void)
{
	return rig_open_card("vgem");
}

int vgem_import(int vgem, int dmabuf, uint32_t *handle)
{
	struct drm_prime_handle prime = {.fd = dmabuf};
	int result = rig_ioctl(vgem, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime);

	*handle = prime.handle;
	return result;
}

void vgem_close_handle(int vgem, uint32_t handle)
{
	struct drm_gem_close close = {.handle = handle};

	rig_ioctl(vgem, DRM_IOCTL_GEM_CLOSE, &close);
}

int vgem_fence_attach(int vgem, uint32_t handle, bool write, uint32_t *fence)
{
	struct drm_vgem_fence_attach attach = {
		.handle = handle,
		.flags = write ? VGEM_FENCE_WRITE : 0,
	};
	int result = rig_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach);

	*fence = attach.out_fence;
	return result;
}

int vgem_fence_signal(int vgem, uint32_t fence)
{
	struct drm_vgem_fence_signal signal = {.fence = fence};

	return rig_ioctl(vgem, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal);
}
