/* SPDX-License-Identifier: MIT */

/*
 * tenon_gbm.so: what libgbm loads. All the rest is in libtenon-gbm, which programs link that use
 * tenon/gbm.h, so that both speak of the same bos.
 */
#include <tenon/gbm.h>

#include "gbm/abi.h"

TENON_EXPORT const struct gbm_backend *gbmint_get_backend(const struct gbm_core *core);

const struct gbm_backend *gbmint_get_backend(const struct gbm_core *core)
{
	return tenon_gbm_get_backend(core);
}
