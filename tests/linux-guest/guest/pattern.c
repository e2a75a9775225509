/* Bytes that tell where they belong: no two places of a message, and no two messages, look alike. */
#include "verify.h"
#include <string.h>

static uint64_t word_at(uint64_t seed, size_t index)
{
	uint64_t word = (seed << 32 ^ index) * 0x9E3779B97F4A7C15u;
	word ^= word >> 29;
	return word * 0xBF58476D1CE4E5B9u;
}

void pattern_fill(uint8_t *start, size_t length, uint64_t seed)
{
	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = word_at(seed, i / 8);
		memcpy(start + i, &word, length - i < 8 ? length - i : 8);
	}
}

uint64_t pattern_wrong_at(const uint8_t *start, size_t length, uint64_t seed)
{
	for (size_t i = 0; i < length; i += 8) {
		uint64_t word = word_at(seed, i / 8);
		if (memcmp(start + i, &word, length - i < 8 ? length - i : 8) != 0)
			return i;
	}
	return NOWHERE;
}

uint64_t guard_wrong_at(const uint8_t *start, size_t length)
{
	if (length == 0 || (start[0] == GUARD && memcmp(start, start + 1, length - 1) == 0))
		return NOWHERE;
	size_t i = 0;
	while (start[i] == GUARD)
		i++;
	return i;
}
