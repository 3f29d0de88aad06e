#include "packet/checksum.h"

#include "base/rd.h"

uint32_t checksum_add(uint32_t sum, const uint8_t *p, size_t n)
{
	uint64_t wide = sum;

	for (; n >= 2; p += 2, n -= 2)
		wide += load_be16(p);
	if (n > 0)
		wide += (uint32_t)p[0] << 8;
	while (wide >> 32 != 0)
		wide = (wide & 0xffffffff) + (wide >> 32);
	return (uint32_t)wide;
}

uint16_t checksum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t checksum(const uint8_t *p, size_t n)
{
	return checksum_fold(checksum_add(0, p, n));
}

uint16_t checksum_change(uint16_t sum, uint16_t was, uint16_t now)
{
	return checksum_fold((uint32_t)(uint16_t)~sum + (uint16_t)~was + now);
}
