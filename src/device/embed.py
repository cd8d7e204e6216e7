# SPDX-License-Identifier: MIT
"""Makes a C file of devices.ini: embed.py devices.ini OUT.c"""
import sys

with open(sys.argv[1], "rb") as source:
    data = source.read()
with open(sys.argv[2], "w") as out:
    out.write('#include "device/table.h"\n\n')
    out.write("const char _tenon_devices_ini[] = {\n")
    for i in range(0, len(data), 24):
        out.write("\t" + ", ".join(str(byte) for byte in data[i:i + 24]) + ",\n")
    out.write("\t0,\n};\n")
    out.write("const size_t _tenon_devices_ini_len = sizeof(_tenon_devices_ini) - 1;\n")
