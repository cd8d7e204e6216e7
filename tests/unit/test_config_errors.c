/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/config.h>
#include <tenon/device.h>

#include "config/device_text.h"

#include "harness.h"
#include "oom.h"

enum kind {
	OFFER,
	LIMITS,
	TABLE,
	SETTINGS,
};

static int read_text(enum kind kind, const char *text, size_t len, struct tenon_text_error *error)
{
	struct tenon_device_table *table = NULL;
	struct tenon_limits *limits = NULL;
	struct tenon_config *config = NULL;
	struct tenon_offer *offer = NULL;
	int ret = -ENOMEM;

	switch (kind) {
	case OFFER:
		ret = tenon_offer_from_text(&offer, text, len, "FILE", error);
		assert_true(ret == 0 || offer == NULL);
		tenon_offer_unref(offer);
		break;
	case LIMITS:
		ret = tenon_limits_from_text(&limits, text, len, "FILE", error);
		assert_true(ret == 0 || limits == NULL);
		tenon_limits_destroy(limits);
		break;
	case TABLE:
		if (tenon_device_table_create(&table) == 0) {
			ret = tenon_device_table_add_text(table, text, len, "FILE", error);
			assert_true(ret == 0 || tenon_device_table_get_len(table) == 0);
		}
		tenon_device_table_destroy(table);
		break;
	case SETTINGS:
		ret = tenon_config_from_text(&config, text, len, "FILE", error);
		assert_true(ret == 0 || config == NULL);
		tenon_config_destroy(config);
		break;
	}
	return ret;
}

#define DEVICE "[device a]\n"
#define ALTERNATIVE DEVICE "[alternative]\nroles = any\nformats = any\n"
#define LONG_40 "0123456789012345678901234567890123456789"
#define LONG_64 LONG_40 "012345678901234567890123"
#define LONG_200 LONG_40 LONG_40 LONG_40 LONG_40 LONG_40

/* Each is wrong in one thing; text is the whole message. */
static const struct {
	enum kind kind;
	const char *input;
	const char *text;
} wrong[] = {
	/* lines */
	{OFFER, DEVICE "what\n", "FILE:2: expected \"[section]\" or \"key = value\""},
	{OFFER, DEVICE "[alternative\nroles = any\n",
		"FILE:2: expected \"[section]\" or \"key = value\""},
	{OFFER, "[device a]\n[alternative]\nno equals\n[wrong]\n",
		"FILE:3: expected \"[section]\" or \"key = value\""},
	{OFFER, DEVICE "[wrong]\nno equals\n",
		"FILE:2: expected [device NAME] or [alternative], found \"wrong\""},
	{OFFER, DEVICE "source = " LONG_200 "\n",
		"FILE:2: expected a line of at most 190 bytes (keys that take lists or text may "
		"be repeated)"},
	{OFFER, DEVICE "; " LONG_200 "\n",
		"FILE:2: expected a line of at most 190 bytes (keys that take lists or text may "
		"be repeated)"},
	{OFFER, DEVICE "source = a\x01z\n", "FILE:2: expected text, found byte 0x01"},
	{OFFER, "[device " LONG_40 "0123456789]\n",
		"FILE:1: expected a [section] of at most 49 bytes"},

	/* devices */
	{OFFER, "", "FILE: expected a [device NAME]"},
	{OFFER, "# nothing\n", "FILE: expected a [device NAME]"},
	{OFFER, "coherent = yes\n", "FILE:1: coherent: expected a [device NAME] before any key"},
	{OFFER, "[device ]\n",
		"FILE:1: [device]: expected a name of 1 to 40 printable bytes, found nothing"},
	{OFFER, "[device " LONG_40 "x]\n",
		"FILE:1: [device]: expected a name of 1 to 40 printable bytes, found \"" LONG_40
		"x\""},
	{OFFER, DEVICE "\n" DEVICE, "FILE:3: [device]: expected one device only, found \"a\""},
	{OFFER, DEVICE "coherent = maybe\n",
		"FILE:2: coherent: expected yes, no or unknown, found \"maybe\""},
	{OFFER, DEVICE "coherent = no\ncoherent = no\n",
		"FILE:3: coherent: expected the key only once"},
	{OFFER, DEVICE "dev = 226\n",
		"FILE:2: dev: expected device numbers MAJOR:MINOR, found \"226\""},
	{OFFER, DEVICE "dev = 1:2\ndev = 1:2\n", "FILE:3: dev: expected the key only once"},
	{OFFER, DEVICE "bus = drm\n",
		"FILE:2: bus: expected a key of [device]: coherent, dev, source"},
	{OFFER, DEVICE "source = a\\q\n",
		"FILE:2: source: expected text whose backslashes are \\\\, \\;, \\s or \\xNN, "
		"found \"a\\q\""},

	/* alternatives */
	{OFFER, "[alternative]\n", "FILE:1: [alternative]: expected a [device NAME] before it"},
	{OFFER, DEVICE "[alternative]\nformats = any\n",
		"FILE:2: [alternative]: expected \"roles = ...\" in it"},
	{OFFER, DEVICE "[alternative]\nroles = any\n",
		"FILE:2: [alternative]: expected \"formats = ...\" or \"pairs = ...\" in it"},
	{OFFER, DEVICE "[alternative]\nroles = any\nmodifiers = LINEAR\n",
		"FILE:2: [alternative]: expected \"formats = ...\" beside \"modifiers = ...\""},
	{OFFER, DEVICE "[alternative]\nroles = scanuot\n",
		"FILE:3: roles: expected roles: any, or some of render, scanout, cursor, encode, "
		"decode, capture, cpu, found \"scanuot\""},
	{OFFER, DEVICE "[alternative]\nroles =\n",
		"FILE:3: roles: expected roles: any, or some of render, scanout, cursor, encode, "
		"decode, capture, cpu, found nothing"},
	{OFFER, DEVICE "[alternative]\nroles = any\nformats = NV12 NV13\n",
		"FILE:4: formats: expected formats (such as XRGB8888, NV12, a code like "
		"0x34325258), any, rgb, yuv, or !FORMAT to leave one out, found \"NV13\""},
	{OFFER, DEVICE "[alternative]\nroles = any\nformats = rgb !NV12\n",
		"FILE:4: formats: expected formats (such as XRGB8888, NV12, a code like "
		"0x34325258), any, rgb, yuv, or !FORMAT to leave one out, found \"!NV12\""},
	{OFFER, ALTERNATIVE "modifiers = linear\n",
		"FILE:5: modifiers: expected LINEAR, INVALID or a number like 0x100000000000001, "
		"found \"linear\""},
	{OFFER, ALTERNATIVE "pairs = NV12\n",
		"FILE:5: pairs: expected pairs FORMAT:MODIFIER (such as NV12:LINEAR), found "
		"\"NV12\""},
	{OFFER, ALTERNATIVE "pitch-mutliple = 64\n",
		"FILE:5: pitch-mutliple: expected a key of [alternative]: roles, formats, "
		"modifiers, pairs, source, or a limit such as pitch-multiple"},
	{OFFER, ALTERNATIVE "format = NV12\n",
		"FILE:5: format: expected a key of [alternative]: roles, formats, modifiers, "
		"pairs, source, or a limit such as pitch-multiple"},
	{OFFER, ALTERNATIVE "width-min = 10\nwidth-max = 9\n",
		"FILE:2: [alternative]: expected limits that agree with each other (a remainder "
		"below its multiple, a minimum not above its maximum)"},

	/* limits */
	{LIMITS, "pitch-multiple = 64 bytes\n",
		"FILE:1: pitch-multiple: expected a number of bytes (such as 64, 0x40, 16K) that "
		"makes sense here, or unknown, found \"64 bytes\""},
	{LIMITS, "pitch-multiple = 0\n",
		"FILE:1: pitch-multiple: expected a number of bytes (such as 64, 0x40, 16K) that "
		"makes sense here, or unknown, found \"0\""},
	{LIMITS, "pitch-multiple = -64\n",
		"FILE:1: pitch-multiple: expected a number of bytes (such as 64, 0x40, 16K) that "
		"makes sense here, or unknown, found \"-64\""},
	{LIMITS, "pitch-multiple = 18446744073709551616\n",
		"FILE:1: pitch-multiple: expected a number of bytes (such as 64, 0x40, 16K) that "
		"makes sense here, or unknown, found \"18446744073709551616\""},
	{LIMITS, "pitch-multiple = 17179869185G\n",
		"FILE:1: pitch-multiple: expected a number of bytes (such as 64, 0x40, 16K) that "
		"makes sense here, or unknown, found \"17179869185G\""},
	{LIMITS, "pitch-multiple = 0x\n",
		"FILE:1: pitch-multiple: expected a number of bytes (such as 64, 0x40, 16K) that "
		"makes sense here, or unknown, found \"0x\""},
	{LIMITS, "width-align = 1k\n",
		"FILE:1: width-align: expected a number of pixels up to 65535, or several, or "
		"unknown, found \"1k\""},
	{LIMITS, "height-align = 3 4 64K\n",
		"FILE:1: height-align: expected a number of pixels up to 65535, or several, or "
		"unknown, found \"3 4 64K\""},
	{LIMITS, "height-align = 2 3 5 7 11\n",
		"FILE:1: height-align: expected a number of pixels up to 65535, or several, or "
		"unknown, found \"2 3 5 7 11\""},
	{LIMITS, "segment-boundary = 3\n",
		"FILE:1: segment-boundary: expected a power of two (such as 64K), or unknown, "
		"found \"3\""},
	{LIMITS, "segments-max = one\n",
		"FILE:1: segments-max: expected a number above 0, or unknown, found \"one\""},
	{LIMITS, "address-max = 32 bits\n",
		"FILE:1: address-max: expected an address (such as 0x3fffffff), or unknown, found "
		"\"32 bits\""},
	{LIMITS, "pitch-tight = 1\n",
		"FILE:1: pitch-tight: expected yes or no, or unknown, found \"1\""},
	{LIMITS, "cache = cached cold\n",
		"FILE:1: cache: expected cached or uncached (one or more), or unknown, found "
		"\"cached cold\""},
	{LIMITS, "objects =\n",
		"FILE:1: objects: expected one or per-plane (one or more), or unknown, found "
		"nothing"},
	{LIMITS, "heap = " LONG_64 "\n",
		"FILE:1: heap: expected names of heaps, of at most 63 bytes each, found \"" LONG_40
		"01234567890123456789...\""},
	{LIMITS, "heap = a two\\swords\n",
		"FILE:1: heap: expected names of heaps, of at most 63 bytes each, found \"a "
		"two\\swords\""},
	{LIMITS,
		"heap = a b c d e f g h i j k l m n o p\nheap = A B C D E F G H I J K L M N O P\n"
		"heap = toomany\n",
		"FILE:3: heap: expected fewer names: there is no room for so many"},
	{LIMITS, "height-align[4] = 1\n",
		"FILE:1: height-align: expected a plane from [0] to [3], found \"[4]\""},
	{LIMITS, "height-align[10] = 1\n",
		"FILE:1: height-align: expected a plane from [0] to [3], found \"[10]\""},
	{LIMITS, "size-align[0] = 1\n",
		"FILE:1: size-align: expected no plane: it holds for all of them, found \"[0]\""},
	{LIMITS, "size-align = 1\nsize-align = 1\n",
		"FILE:2: size-align: expected the key only once"},
	{LIMITS, "height-align[1] = 1\nheight-align[1] = 1\n",
		"FILE:2: height-align[1]: expected the key only once"},
	{LIMITS, "height-align[1] = 1\nheight-align = 1\n",
		"FILE:2: height-align: expected the key before those of its single planes"},
	{LIMITS, "size-align.sauce = x\n",
		"FILE:1: size-align.sauce: expected nothing or .source behind \"size-align\", "
		"found \".sauce\""},
	{LIMITS, "height-align[1].source = x\n",
		"FILE:1: height-align[1].source: expected nothing or .source behind "
		"\"height-align\", found \".source\""},
	{LIMITS, "size-align.source = \\x0\n",
		"FILE:1: size-align.source: expected text whose backslashes are \\\\, \\;, \\s or "
		"\\xNN, found \"\\x0\""},
	{LIMITS, "source = \\x00\n",
		"FILE:1: source: expected text whose backslashes are \\\\, \\;, \\s or \\xNN, "
		"found \"\\x00\""},
	{LIMITS, "roles = any\n",
		"FILE:1: roles: expected a limit such as pitch-multiple, or source"},
	{LIMITS, "[alternative]\n",
		"FILE:1: expected no section: only \"property = value\", found \"alternative\""},

	/* device tables */
	{TABLE, DEVICE, "FILE:1: a: expected an [alternative] behind [device]"},
	{TABLE, DEVICE "iommu-lifts = pitch\n",
		"FILE:2: iommu-lifts: expected names of limits (such as segments-max "
		"address-max), found \"pitch\""},
	{TABLE, ALTERNATIVE "bus = drm\n",
		"FILE:5: bus: expected a key of [alternative]: roles, formats, modifiers, pairs, "
		"source, or a limit such as pitch-multiple"},
	{TABLE, DEVICE "colour = red\n",
		"FILE:2: colour: expected a key of [device]: coherent, dev, source, bus, driver, "
		"description, note or iommu-lifts"},
	{TABLE, ALTERNATIVE "[device b]\n[alternative]\nroles=any\nformats=any\n" ALTERNATIVE,
		"FILE:9: [device]: expected each device only once, found \"a\""},

	/* settings */
	{SETTINGS, "debug = info\n", "FILE:1: debug: expected a [section] before any key"},
	{SETTINGS, "[heap]\n",
		"FILE:1: expected [general], [heaps], [heap NAME], [devices] or [program NAME], "
		"found \"heap\""},
	{SETTINGS, "[general]\ncolour = red\n",
		"FILE:2: colour: expected a key of [general]: debug"},
	{SETTINGS, "[general]\ndebug = 3\n",
		"FILE:2: debug: expected error, warning, info or debug, found \"3\""},
	{SETTINGS, "[general]\ndebug = info\n[general]\ndebug = info\n",
		"FILE:4: debug: expected the key only once"},
	{SETTINGS, "[heaps]\ncolour = red\n",
		"FILE:2: colour: expected a key of [heaps]: directory, aliases or use"},
	{SETTINGS, "[heaps]\ndirectory = heaps\n",
		"FILE:2: directory: expected an absolute path (a space is \\s), found \"heaps\""},
	{SETTINGS, "[heaps]\ndirectory = /a /b\n",
		"FILE:2: directory: expected an absolute path (a space is \\s), found \"/a /b\""},
	{SETTINGS, "[heaps]\ndirectory = /a\ndirectory = /a\n",
		"FILE:3: directory: expected the key only once"},
	{SETTINGS, "[heaps]\naliases = a=b c\n",
		"FILE:2: aliases: expected aliases NODE=NAME (NODE is a file in the heap "
		"directory), found \"a=b c\""},
	{SETTINGS, "[heaps]\naliases = ../mem=b\n",
		"FILE:2: aliases: expected aliases NODE=NAME (NODE is a file in the heap "
		"directory), found \"../mem=b\""},
	{SETTINGS, "[heaps]\nuse = a,b\n",
		"FILE:2: use: expected names of heaps, of at most 63 bytes each, without a comma, "
		"found \"a,b\""},
	{SETTINGS, "[heap a,b]\n", "FILE:1: [heap]: expected a heap's name, found \"a,b\""},
	{SETTINGS, "[heap a]\n[heap a]\n",
		"FILE:2: [heap]: expected each heap only once, found \"a\""},
	{SETTINGS, "[heap a]\nenabled = maybe\n",
		"FILE:2: enabled: expected yes or no, found \"maybe\""},
	{SETTINGS, "[heap a]\nenabled = yes\nenabled = yes\n",
		"FILE:3: enabled: expected the key only once"},
	{SETTINGS, "[heap a]\nscarcity = 4G\n",
		"FILE:2: scarcity: expected a number from 0 (plentiful) to 4294967295 (scarce), "
		"found \"4G\""},
	{SETTINGS, "[heap a]\nscarcity = 4\nscarcity = 4\n",
		"FILE:3: scarcity: expected the key only once"},
	{SETTINGS, "[heap a]\ncolour = red\n",
		"FILE:2: colour: expected a key of [heap NAME]: enabled, scarcity, "
		"address-min or address-max"},
	{SETTINGS, "[heap a]\naddress-max = low\n",
		"FILE:2: address-max: expected an address (such as 0x3fffffff), found \"low\""},
	{SETTINGS, "[heap a]\naddress-max = 1\naddress-max = 1\n",
		"FILE:3: address-max: expected the key only once"},
	{SETTINGS, "[heap a]\naddress-min = 1\n",
		"FILE: [heap]: expected an address-max beside address-min, and not below it, "
		"found \"a\""},
	{SETTINGS, "[heap a]\naddress-min = 2\naddress-max = 1\n",
		"FILE: [heap]: expected an address-max beside address-min, and not below it, "
		"found \"a\""},
	{SETTINGS, "[devices]\ncolour = red\n",
		"FILE:2: colour: expected a key of [devices]: tables"},
	{SETTINGS, "[devices]\ntables = a.ini\n",
		"FILE:2: tables: expected absolute paths of device tables (a space in one is \\s), "
		"found \"a.ini\""},
	{SETTINGS, "[program /bin/sh]\n",
		"FILE:1: [program]: expected a program's name without its path, found "
		"\"/bin/sh\""},
	{SETTINGS, "[program a]\n[program a]\n",
		"FILE:2: [program]: expected each program only once, found \"a\""},
	{SETTINGS, "[program a]\ncolour = red\n",
		"FILE:2: colour: expected a key of [program NAME]: devices"},
	{SETTINGS, "[program a]\ndevices = [b]\n",
		"FILE:2: devices: expected names of devices (a space in one is \\s), found "
		"\"[b]\""},
};

TEST(malformed_text_tells_file_line_key_and_what_was_expected)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct tenon_text_error error = {.size = sizeof(error)};
		int ret = read_text(wrong[i].kind, wrong[i].input, strlen(wrong[i].input), &error);

		if (ret != -EBADMSG || strcmp(error.text, wrong[i].text) != 0) {
			fail_msg("%s\n-> %d %s\nwanted %s", wrong[i].input, ret, error.text,
				wrong[i].text);
		}
	}
}

TEST(error_parts)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	const char *text = "\n\nsize-align = 0\n";

	assert_int_equal(read_text(LIMITS, text, strlen(text), &error), -EBADMSG);
	assert_string_equal(error.file, "FILE");
	assert_int_equal(error.line, 3);
	assert_string_equal(error.key, "size-align");
	assert_non_null(strstr(error.expected, "a number of bytes"));
}

TEST(error_may_be_null_or_of_an_unknown_size)
{
	struct tenon_text_error error = {.size = 8, .line = 77};

	assert_int_equal(read_text(LIMITS, "x\n", 2, NULL), -EBADMSG);
	assert_int_equal(read_text(LIMITS, "x\n", 2, &error), -EBADMSG);
	assert_int_equal(error.line, 77);
}

TEST(error_shows_no_control_bytes)
{
	struct tenon_text_error error = {.size = sizeof(error)};

	assert_int_equal(tenon_limits_from_text(
				 &(struct tenon_limits *){NULL}, "x\n", 2, "a\n\x1b[31m", &error),
		-EBADMSG);
	assert_string_equal(error.file, "a??[31m");
}

TEST(a_zero_byte_is_an_error)
{
	struct tenon_text_error error = {.size = sizeof(error)};

	assert_int_equal(read_text(LIMITS, "size-align = 1\0000\n", 17, &error), -EBADMSG);
	assert_string_equal(error.text, "FILE:1: expected text, found byte 0x00");
}

TEST(the_longest_line_and_section)
{
	char text[512], section[64];

	for (int more = 0; more < 2; more++) {
		snprintf(text, sizeof(text), "# %0*d\nsize-align = 1\n",
			TENON_TEXT_LINE_MAX - 2 + more, 0);
		assert_int_equal(
			read_text(LIMITS, text, strlen(text), NULL), more == 0 ? 0 : -EBADMSG);
		/* "heap " and a name make 49 bytes */
		snprintf(section, sizeof(section), "[heap %0*d]\n", 44 + more, 0);
		assert_int_equal(read_text(SETTINGS, section, strlen(section), NULL),
			more == 0 ? 0 : -EBADMSG);
	}
}

TEST(a_text_that_is_too_long_is_an_error)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	char *text = malloc(TENON_TEXT_MAX + 1);

	assert_non_null(text);
	memset(text, '\n', TENON_TEXT_MAX + 1);
	assert_int_equal(read_text(LIMITS, text, TENON_TEXT_MAX, &error), 0);
	assert_int_equal(read_text(LIMITS, text, TENON_TEXT_MAX + 1, &error), -EFBIG);
	assert_string_equal(error.text, "FILE: expected at most 1048576 bytes");
	free(text);
}

/* Repeats a line after a beginning. */
static char *repeat(const char *begin, const char *line, size_t times)
{
	size_t begin_len = strlen(begin), len = strlen(line);
	char *text = malloc(begin_len + len * times + 1);

	assert_non_null(text);
	memcpy(text, begin, begin_len);
	for (size_t i = 0; i < times; i++) {
		memcpy(text + begin_len + i * len, line, len);
	}
	text[begin_len + len * times] = '\0';
	return text;
}

static void assert_bound(
	enum kind kind, const char *begin, const char *line, size_t most, const char *expected)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	char *text = repeat(begin, line, most);

	if (read_text(kind, text, strlen(text), &error) != 0) {
		fail_msg("%s", error.text);
	}
	free(text);
	text = repeat(begin, line, most + 1);
	assert_int_equal(read_text(kind, text, strlen(text), &error), -EBADMSG);
	assert_string_equal(error.expected, expected);
	free(text);
}

TEST(counts_are_bounded)
{
	assert_bound(OFFER, DEVICE, "[alternative]\nroles=any\nformats=any\n",
		DEVICE_ALTERNATIVES_MAX, "at most 256 alternatives");
	assert_bound(OFFER, DEVICE "[alternative]\nroles=any\n", "formats=any\n", DEVICE_PAIRS_MAX,
		"at most 4096 of them");
	assert_bound(OFFER, DEVICE "[alternative]\nroles=any\nformats=any NV12\n",
		"modifiers=LINEAR\n", DEVICE_PAIRS_MAX / 2,
		"at most 4096 pairs of format and modifier");
	assert_bound(SETTINGS, "[heaps]\n", "use = a\n", 256, "at most 256 of them");
}

TEST(all_pairs_of_a_text_are_bounded)
{
	char *begin = repeat("[alternative]\nroles=any\n", "modifiers=LINEAR 1\n", 0);
	char *modifiers = repeat(begin, "modifiers=LINEAR LINEAR LINEAR LINEAR\n", 16);
	char *alternative = repeat(modifiers, "formats=any any any any\n", 16);

	/* 64 x 64 pairs each: 64 of them are allowed */
	assert_bound(OFFER, DEVICE, alternative, DEVICE_TOTAL_PAIRS / 4096,
		"at most 262144 pairs of format and modifier in one file");
	free(begin);
	free(modifiers);
	free(alternative);
}

TEST(devices_are_bounded)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	size_t each = strlen("[device 0000]\n[alternative]\nroles=any\nformats=any\n");
	char *text = malloc(each * (DEVICES_MAX + 1) + 1);

	assert_non_null(text);
	for (int i = 0; i <= DEVICES_MAX; i++) {
		snprintf(text + each * i, each + 1,
			"[device %04x]\n[alternative]\nroles=any\nformats=any\n", i);
	}
	assert_int_equal(read_text(TABLE, text, each * (DEVICES_MAX + 1), &error), -EBADMSG);
	assert_string_equal(error.expected, "at most 4096 devices");
	free(text);
}

static int read_wrong(void *data)
{
	struct tenon_text_error error = {.size = sizeof(error)};
	const char *text = ALTERNATIVE "source = one\nsize-align.source = two\nsize-align = 3\n"
				       "wrong = 1\n";

	return read_text(TABLE, text, strlen(text), &error);
}

TEST(malformed_text_out_of_memory)
{
	oom_run_expect(read_wrong, NULL, -EBADMSG);
}
