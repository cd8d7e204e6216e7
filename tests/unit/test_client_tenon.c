/* SPDX-License-Identifier: MIT */
/*
 * tenon(1) as a user meets it: exit statuses and texts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/harness.h"
#include "unit/client_run.h"

#define PROGRAM TEST_BUILD_ROOT "/clients/tenon/tenon"

static void assert_result(
	const char *args, int status, const char *expected_out, const char *expected_err)
{
	struct result result;

	client_run(&result, args);
	assert_string_equal(result.err, expected_err);
	assert_string_equal(result.out, expected_out);
	assert_int_equal(result.status, status);
}

TEST(help_is_on_stdout)
{
	static const char *const commands[] = {
		"--help", "-h", "info --help", "solve --help", "devices -h"};
	struct result result;

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		client_run(&result, commands[i]);
		assert_int_equal(result.status, 0);
		assert_string_equal(result.err, "");
		assert_memory_equal(result.out, "Usage: tenon ", 13);
	}
}

TEST(version_is_the_librarys)
{
	struct result result;

	client_run(&result, "--version");
	assert_int_equal(result.status, 0);
	assert_memory_equal(result.out, "tenon 0.", 8);
}

TEST(wrong_command_lines)
{
	static const struct {
		const char *args, *err;
	} cases[] = {
		{"", "tenon: no command; try \"tenon --help\"\n"},
		{"slove", "tenon: there is no command \"slove\"; try \"tenon --help\"\n"},
		{"info now", "tenon: \"now\" is too much\nTry \"tenon info --help\".\n"},
		{"devices vc4 vkms", "tenon: one device only\nTry \"tenon devices --help\".\n"},
		{"devices mxsfb",
			"tenon: there is no device \"mxsfb\" in the device table; did you mean "
			"\"mxsfb-drm\"?\n"},
		{"devices zzzzzzz",
			"tenon: there is no device \"zzzzzzz\" in the device table; \"tenon "
			"devices\" lists them\n"},
		{"solve -s 1x1",
			"tenon: give at least one device with -d\nTry \"tenon solve --help\".\n"},
		{"solve -d cpu", "tenon: give the size with -s WIDTHxHEIGHT\n"
				 "Try \"tenon solve --help\".\n"},
		{"solve -d cpu -s 1x1 -s 1x1",
			"tenon: one size only\nTry \"tenon solve --help\".\n"},
		{"solve -d cpu -s 1x1 vc4",
			"tenon: \"vc4\" is no option; a device is given with -d\n"
			"Try \"tenon solve --help\".\n"},
		{"solve -d amdpgu -s 1x1",
			"tenon: there is no device \"amdpgu\" in the device table; did you mean "
			"\"amdgpu\"?\n"},
		{"solve -d cpu:paint -s 1x1",
			"tenon: there is no role \"paint\"; roles are render, scanout, cursor, "
			"encode, decode, capture, cpu and any\n"},
		{"solve -d amdpgu:render -s 1x1",
			"tenon: there is no device \"amdpgu\" in the device table; did you mean "
			"\"amdgpu\"?\n"},
		{"solve -d mxsfb-drm:render+scanout -s 1x1",
			"tenon: mxsfb-drm cannot do: render; it can do: scanout\n"},
		{"solve -d cpu -s 1x1 -f xrgb8888",
			"tenon: there is no format \"xrgb8888\"; did you mean \"XRGB8888\"?\n"},
		{"solve -d cpu -s 1x1 -f nv",
			"tenon: there is no format \"nv\"; formats have names like XRGB8888 and "
			"NV12, \"tenon info\" lists them\n"},
		{"solve -d cpu -s 1920",
			"tenon: \"1920\" is not a size: give WIDTHxHEIGHT in pixels, such as "
			"1920x1080\n"},
		{"solve -d cpu -s x",
			"tenon: \"x\" is not a size: give WIDTHxHEIGHT in pixels, such as "
			"1920x1080\n"},
		{"solve -d cpu -s 10x10x10",
			"tenon: \"10x10x10\" is not a size: give WIDTHxHEIGHT in pixels, such as "
			"1920x1080\n"},
		{"solve -d cpu -s -10x10",
			"tenon: \"-10x10\" is not a size: give WIDTHxHEIGHT in pixels, such as "
			"1920x1080\n"},
		{"solve -d cpu -s 10x~10",
			"tenon: \"10x 10\" is not a size: give WIDTHxHEIGHT in pixels, such as "
			"1920x1080\n"},
		{"solve -d cpu -s 0x0",
			"tenon: \"0x0\" is not a size: width and height are from 1 to 4294967295 "
			"pixels\n"},
		{"solve -d cpu -s 10x0",
			"tenon: \"10x0\" is not a size: width and height are from 1 to 4294967295 "
			"pixels\n"},
		{"solve -d cpu -s 4294967296x1",
			"tenon: \"4294967296x1\" is not a size: width and height are from 1 to "
			"4294967295 pixels\n"},
		{"solve -d cpu -s 1x99999999999999999999999999",
			"tenon: \"1x99999999999999999999999999\" is not a size: width and height "
			"are from 1 to 4294967295 pixels\n"},
		{"solve -d cpu -s 4294967295x4294967295 -f XRGB8888",
			"tenon: 4294967295x4294967295 is too large: such a pitch or buffer cannot "
			"be told in numbers\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_result(cases[i].args, 2, "", cases[i].err);
	}
}

TEST(options_that_do_not_exist)
{
	struct result result;

	client_run(&result, "solve --colour");
	assert_int_equal(result.status, 2);
	assert_string_equal(result.out, "");
	assert_non_null(strstr(result.err, "tenon solve"));
	assert_non_null(strstr(result.err, "Try \"tenon solve --help\"."));
	client_run(&result, "--colour");
	assert_int_equal(result.status, 2);
	client_run(&result, "devices --json=yes");
	assert_int_equal(result.status, 2);
	client_run(&result, "info -x");
	assert_int_equal(result.status, 2);
}

TEST(a_malformed_device_table_is_another_failure)
{
	setenv("TENON_DEVICE_TABLE", "/nowhere.ini", 1);
	assert_result("devices", 3, "",
		"tenon: cannot read the device table: /nowhere.ini: expected a file that can be "
		"read: No such file or directory\n");
}

TEST(malformed_settings_are_another_failure)
{
	char path[] = "/tmp/tenon-settings-XXXXXX", err[256];
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "[general]\ndebug = loud\n", 23), 23);
	close(fd);
	setenv("TENON_CONFIG", path, 1);
	snprintf(err, sizeof(err),
		"tenon: settings: %s:2: debug: expected error, warning, info or debug, found "
		"\"loud\"\n",
		path);
	assert_result("info", 3, "", err);
	unlink(path);
}

TEST(heaps_that_do_not_exist_are_another_failure)
{
	struct result result;

	setenv("TENON_HEAPS", "memfd,mud", 1);
	client_run(&result, "info");
	assert_int_equal(result.status, 3);
	assert_string_equal(result.out, "");
	assert_memory_equal(result.err, "tenon: heaps: ", 14);
	/* devices needs none */
	client_run(&result, "devices");
	assert_int_equal(result.status, 0);
}

TEST(a_full_disk_is_another_failure)
{
	if (test_is_emulated()) {
		TEST_SKIP("the program is of another architecture, and is not emulated");
	}
	assert_int_equal(
		WEXITSTATUS(system("TENON_HEAPS=memfd " PROGRAM " info >/dev/full 2>/dev/null")),
		3);
}

TEST(a_plan_in_words)
{
	assert_result("solve -d amdgpu:render -d cpu -f XRGB8888 -s 1366x768", 0,
		"A buffer of 1366x768 pixels for amdgpu (render) and cpu:\n"
		"\n"
		"  format      XRGB8888, LINEAR\n"
		"  size        4325376 bytes (4.1 MiB)\n"
		"  heap        memfd\n"
		"  contiguous  not needed\n"
		"\n"
		"  plane  offset  pitch  rows     size\n"
		"      0       0   5632   768  4325376\n",
		"");
}

TEST(a_plan_that_this_machine_has_no_memory_for)
{
	assert_result("solve -d vc4 -f RGB565 -s 100x100", 0,
		"A buffer of 100x100 pixels for vc4:\n"
		"\n"
		"  format      RGB565, LINEAR\n"
		"  size        20000 bytes (19.5 KiB)\n"
		"  heap        none: this machine has no memory that fits\n"
		"              memfd  contiguity is unknown here, "
		"contiguous memory is needed (vc4)\n"
		"  contiguous  needed\n"
		"\n"
		"  plane  offset  pitch  rows   size\n"
		"      0       0    200   100  20000\n",
		"");
}

TEST(a_conflict_in_words)
{
	assert_result("solve -d mxsfb-drm -d amdgpu -f XRGB8888 -s 1366x768", 1,
		"No buffer of 1366x768 pixels fits mxsfb-drm and amdgpu: they disagree about the "
		"pitch.\n"
		"\n"
		"  device     needs\n"
		"  amdgpu     multiple of 256\n"
		"  mxsfb-drm  exactly 5464 (width x 4)\n"
		"\n"
		"For amdgpu 5632 would do; a width of 1408 would suit all.\n"
		"\n"
		"  device     found in\n"
		"  amdgpu     linux-7.2 amd/amdgpu/amdgpu_gem.c:1264-1291,\n"
		"             amdgpu_display.c:amdgpu_display_verify_sizes; mesa-25.0.7\n"
		"             src/amd/common/ac_surface.c:808-811,3932-3942,4025-4060, "
		"si_texture.c:1820; xbmc\n"
		"             PR#27895; MrOz59/Apollo-Linux#23; Hyprland PR#16092\n"
		"  mxsfb-drm  linux-7.2 drivers/gpu/drm/mxsfb/mxsfb_drv.c:96-98,239\n"
		"\n"
		"With --split: which of them can share a buffer, and what has to be copied.\n",
		"");
}

TEST(a_conflict_of_one_device_alone)
{
	struct result result;

	client_run(&result, "solve -d mxsfb-drm -d vkms -f XRGB8888 -s 119x768");
	assert_int_equal(result.status, 1);
	assert_non_null(strstr(result.out,
		"fits mxsfb-drm and vkms: mxsfb-drm cannot do with it, because of the width.\n"));
	assert_null(strstr(result.out, "--split"));
	client_run(&result, "solve -d mxsfb-drm -d vkms -f XRGB8888 -s 119x768 --split");
	assert_int_equal(result.status, 1);
}

TEST(explain_tells_what_was_ruled_out)
{
	struct result result;

	client_run(&result, "solve -d vc4 -d cpu -f XRGB8888 -s 64x64 --explain");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "not heap memfd"));
	assert_non_null(strstr(result.out, "(vc4)"));
}

TEST(a_split_in_words)
{
	struct result result;

	client_run(&result,
		"solve -d amdgpu:render -d mxsfb-drm -d cpu -f XRGB8888 -s 1366x768 --split");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "No single buffer of 1366x768 pixels fits amdgpu "
					   "(render), mxsfb-drm and cpu"));
	assert_non_null(strstr(result.out, "2 buffers do. For each picture 4196352 bytes"));
	assert_non_null(strstr(result.out, "Buffer 1, for amdgpu (render)"));
	assert_non_null(strstr(result.out, "Buffer 2, for mxsfb-drm"));
	client_run(&result, "solve -d amdgpu -d cpu -f XRGB8888 -s 1366x768 --split");
	assert_int_equal(result.status, 0);
	assert_memory_equal(result.out, "A buffer of 1366x768 pixels", 27);
}

TEST(devices_in_words)
{
	struct result result;

	client_run(&result, "devices");
	assert_int_equal(result.status, 0);
	assert_memory_equal(result.out, "device ", 7);
	assert_non_null(strstr(result.out, "\nmxsfb-drm "));
	assert_non_null(strstr(result.out, " 16 / 256 "));
	client_run(&result, "devices vc4");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "vc4: Broadcom VideoCore display"));
	assert_non_null(strstr(result.out, "address-max     0x3fffffff  [1]"));
	assert_non_null(strstr(result.out, "\n  [1]  linux-7.2 drivers/gpu/drm/vc4/vc4_drv.c"));
	/* no line ends in blanks */
	assert_null(strstr(result.out, " \n"));
}

TEST(info_tells_why_a_heap_cannot_be_used)
{
	struct result result;

	setenv("TENON_HEAPS", "memfd,udmabuf,null", 1);
	client_run(&result, "info");
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.out, "Heaps:\n"));
	assert_non_null(strstr(result.out, "\n  memfd "));
	assert_non_null(strstr(result.out, "\n  null "));
	assert_non_null(strstr(result.out, "Devices:\n"));
	assert_non_null(strstr(result.out, "Formats:\n"));
	assert_null(strstr(result.out, " \n"));
}

/* What bash completes the last of these words to. */
static void complete(char *out, size_t size, const char *words, int count)
{
	char command[1024];
	size_t len;
	FILE *pipe;

	if (test_is_emulated()) {
		TEST_SKIP("the program is of another architecture, and is not emulated");
	}
	snprintf(command, sizeof(command),
		"PATH=\"%s/clients/tenon:$PATH\" TENON_CONFIG= TENON_DEVICE_TABLE=\"%s\" "
		"TENON_HEAPS=memfd bash -c '. \"%s/clients/tenon/completion/tenon.bash\"; "
		"COMP_WORDS=(%s) COMP_CWORD=%d; _tenon; echo ${COMPREPLY[*]}'",
		TEST_BUILD_ROOT, DEVICES_INI, TEST_SOURCE_ROOT, words, count);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	len = fread(out, 1, size - 1, pipe);
	out[len] = '\0';
	assert_int_equal(pclose(pipe), 0);
}

TEST(bash_completes_commands_devices_roles_and_formats)
{
	static const struct {
		const char *words;
		int count;
		const char *completed;
	} cases[] = {
		{"tenon so", 1, "solve\n"},
		{"tenon solve --s", 2, "--size --split\n"},
		{"tenon solve -d mxs", 3, "mxsfb-drm\n"},
		{"tenon solve -d vc4 : sc", 5, "scanout\n"},
		{"tenon solve -d vc4 : scanout+re", 5, "scanout+render\n"},
		{"tenon solve -d vc4 :", 4,
			"render scanout cursor encode decode capture cpu any\n"},
		{"tenon solve -f NV1", 3, "NV12 NV16 NV15\n"},
		{"tenon devices qcom-v", 2, "qcom-venus\n"},
		{"tenon info --j", 2, "--json\n"},
	};
	char out[8192];

	if (system("bash -c \"type mapfile\" >/dev/null 2>&1") != 0) {
		TEST_SKIP("no bash");
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		complete(out, sizeof(out), cases[i].words, cases[i].count);
		if (strcmp(out, cases[i].completed) != 0) {
			fail_msg("%s: %s", cases[i].words, out);
		}
	}
}
