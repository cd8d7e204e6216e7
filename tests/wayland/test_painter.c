/* SPDX-License-Identifier: MIT */

/* tenon-painter as a user runs it: exit status, report, and every pixel. */

#include "harness.h"
#include "programs.h"
#include "weston.h"

/* Runs it against a Weston whose output pretends to be these devices. */
static void check(const char *renderer, const char *ini, bool stock, const char *arguments,
	int status, const char *const *said, size_t len)
{
	const struct weston_options options = {.renderer = renderer, .ini = ini, .stock = stock};

	program_check(&options, TEST_PAINTER, arguments, status, said, len, NULL);
}

static const char amdgpu[] = "[tenon]\ndevices=amdgpu\n";
static const char mxsfb[] = "[tenon]\ndevices=mxsfb-drm\n";

TEST_TIMEOUT(pixman_shows_the_card_without_a_copy, 60)
{
	static const char *const said[] = {"pitch 5632", "every pixel as it was painted",
		"copies by this program 0", "upload to the GPU 0 "};

	check("pixman", amdgpu, false, "--verify -n 4", 0, said, 4);
}

TEST_TIMEOUT(gl_shows_the_card_and_counts_its_copies, 60)
{
	static const char *const said[] = {"pitch 1536", "every pixel as it was painted",
		"copies by this program 0", "upload to the GPU 4 "};

	check("gl", amdgpu, false, "--verify -n 4 -s 353x241", 0, said, 4);
}

TEST_TIMEOUT(formats_of_other_depths_are_shown, 60)
{
	static const char *const said[] = {"RGB565", "every pixel as it was painted"};

	check("pixman", amdgpu, false, "--verify -n 1 -f RGB565", 0, said, 2);
}

TEST_TIMEOUT(stock_weston_is_fallen_back_from, 60)
{
	static const char *const said[] = {"does not have tenon_buffer_constraints_v1",
		"answered by          this program", "every pixel as it was painted",
		"the compositor does not count copies"};

	check("pixman", "", true, "--verify -n 2", 0, said, 4);
}

TEST_TIMEOUT(conflict_has_its_status_and_its_reason, 60)
{
	static const char *const said[] = {
		"\"status\": \"conflict\"", "mxsfb-drm", "amdgpu", "\"hint\":"};

	check("pixman", mxsfb, false, "-d amdgpu --json", 1, said, 4);
}

/* A memfd is not contiguous, or not known to be. */
TEST_TIMEOUT(memory_that_fits_is_not_to_be_had, 60)
{
	static const char *const said[] = {"no memory of this machine satisfies the devices"};

	check("pixman", mxsfb, false, "-n 1", 4, said, 1);
}

TEST_TIMEOUT(command_runs_while_the_card_is_shown, 60)
{
	static const char *const said[] = {"the-card-is-shown"};
	static const char *const failed[] = {"ended with status 7"};

	check("pixman", amdgpu, false, "-n 1 --exec 'echo the-card-is-shown'", 0, said, 1);
	check("pixman", amdgpu, false, "-n 1 --exec 'exit 7'", 3, failed, 1);
}

TEST_TIMEOUT(wrong_command_lines_are_refused, 60)
{
	const struct weston_options options = {.renderer = "pixman", .ini = amdgpu};
	static const char *const wrong[] = {"-s 0x5", "-s 5", "-s 99999x9", "-f NOPE", "-f NV12",
		"-n 0", "--buffers 17", "--transport mail", "--source rumour", "--nonsense",
		"extra", "-d no-such-device -n 1", "-d amdgpu:no-such-role -n 1"};
	struct weston *weston = weston_start(&options);
	char out[16384];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (program_run(weston, TEST_PAINTER, wrong[i], out, sizeof(out)) != 2) {
			fail_msg("%s: %s", wrong[i], out);
		}
	}
	assert_int_equal(program_run(weston, TEST_PAINTER, "--help", out, sizeof(out)), 0);
	weston_stop(weston);
}
