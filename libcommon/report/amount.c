#include "report/amount.h"

#include <stddef.h>
#include <stdio.h>

char *amount_bytes(char out[AMOUNT_TEXT], uint64_t n)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t tenths = 0;
	size_t u = 0;

	while (n >= 1024) {
		tenths = n % 1024 * 10 / 1024;
		n /= 1024;
		u++;
	}
	if (u == 0 && n == 1)
		snprintf(out, AMOUNT_TEXT, "1 byte");
	else if (tenths == 0 || n >= 100)
		snprintf(out, AMOUNT_TEXT, "%llu %s", (unsigned long long)n, units[u]);
	else
		snprintf(out, AMOUNT_TEXT, "%llu.%llu %s", (unsigned long long)n, (unsigned long long)tenths,
		    units[u]);
	return out;
}

char *amount_seconds(char out[AMOUNT_TEXT], uint64_t s)
{
	static const struct { uint64_t s; const char *name; } units[] = {
		{ 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	size_t u = 0;
	uint64_t rest;

	while (units[u].s > 1 && s < units[u].s)
		u++;
	rest = units[u].s > 1 ? s % units[u].s / units[u + 1].s : 0;
	if (rest == 0)
		snprintf(out, AMOUNT_TEXT, "%llu %s", (unsigned long long)(s / units[u].s), units[u].name);
	else
		snprintf(out, AMOUNT_TEXT, "%llu %s %llu %s", (unsigned long long)(s / units[u].s),
		    units[u].name, (unsigned long long)rest, units[u + 1].name);
	return out;
}

char *amount_rate(char out[AMOUNT_TEXT], double bits)
{
	static const char *const unit[] = { "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "Pbit/s", "Ebit/s" };
	size_t i = 0;

	for (; bits >= 999.5 && i + 1 < sizeof unit / sizeof unit[0]; i++)
		bits /= 1000;
	snprintf(out, AMOUNT_TEXT, "%.*f %s", i == 0 || bits >= 99.95 ? 0 : bits >= 9.995 ? 1 : 2, bits, unit[i]);
	return out;
}
