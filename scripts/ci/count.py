#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the tests of one run of "meson test" by what each program printed as TAP.

usage: count.py TESTLOG.JSON GROUP RESULTS FAILURE_LOG
Appends a line per test to RESULTS (see lib.sh), the output of what failed to FAILURE_LOG, and
prints a tally.
"""
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b\s*\d*\s*(?:- )?(.*?)\s*(?:#\s*(SKIP|TODO)\b\s*(.*))?$",
                    re.IGNORECASE)
PLAN = re.compile(r"^1\.\.(\d+)(?:\s*#\s*SKIP\S*\s*(.*))?", re.MULTILINE | re.IGNORECASE)


def subtests(entry):
    """Yields (result, name, reason) for each test of one program."""
    program = entry["name"].split(" / ")[-1]
    out = entry.get("stdout") or ""
    plan = PLAN.search(out)
    bad = entry["result"] in ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS")
    seen = failed = 0
    if plan and plan.group(1) == "0" and not bad:
        yield "skip", program, plan.group(2) or "no reason given"
    elif plan:
        for line in out.splitlines():
            match = RESULT.match(line)
            if not match:
                continue
            seen += 1
            name = f"{program}: {match.group(2)}"
            if match.group(1):
                failed += 1
                yield "fail", name, ""
            elif (match.group(3) or "").upper() == "SKIP":
                yield "skip", name, match.group(4)
            else:
                yield "pass", name, ""
        if (bad and not failed) or seen != int(plan.group(1)):
            yield "fail", f"{program}: {entry['result']}, {seen} of {plan.group(1)} tests", ""
    elif bad:
        yield "fail", f"{program}: {entry['result']}", ""
    elif entry["result"] == "SKIP":
        lines = (out + (entry.get("stderr") or "")).strip().splitlines()
        yield "skip", program, lines[-1] if lines else "no reason given"
    else:
        yield "pass", program, ""


def main():
    testlog, group, results, failure_log = sys.argv[1:]
    tally = {"pass": 0, "fail": 0, "skip": 0}
    with open(testlog, encoding="utf-8", errors="replace") as log, \
            open(results, "a", encoding="utf-8") as out, \
            open(failure_log, "w", encoding="utf-8") as failures:
        for line in log:
            entry = json.loads(line)
            any_failed = False
            for result, name, reason in subtests(entry):
                tally[result] += 1
                if result == "fail":
                    any_failed = True
                    reason = failure_log
                out.write("\t".join([result, group, name.replace("\t", " "), reason]) + "\n")
            if any_failed:
                failures.write(f"== {entry['name']}: {entry['result']}\n"
                               f"{entry.get('stdout') or ''}{entry.get('stderr') or ''}\n")
    print(f"{tally['pass']} passed, {tally['fail']} failed, {tally['skip']} skipped")


main()
