/* SPDX-License-Identifier: MIT */
#include <tenon/probe.h>

const char *tenon_probe_stage_get_name(enum tenon_probe_stage stage)
{
	switch (stage) {
	case TENON_PROBE_DMABUF:
		return "dma-buf";
	case TENON_PROBE_IMPORT:
		return "import";
	case TENON_PROBE_MAP:
		return "map";
	case TENON_PROBE_FRAMEBUFFER:
		return "framebuffer";
	case TENON_PROBE_COMMIT:
		return "commit";
	case TENON_PROBE_FORMAT:
		return "format";
	case TENON_PROBE_REQUEST:
		return "request";
	case TENON_PROBE_QUEUE:
		return "queue";
	case TENON_PROBE_DATA:
		return "data";
	}
	return "unknown";
}
