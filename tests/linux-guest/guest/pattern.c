/* Bytes that tell where they belong: no two places of a message, and no two messages, look alike. */
#include "verify.h"
#include <string.h>

static uint64_t word_at(uint64_t seed, size_t index)
{
	uint64_t word = (seed << 32 ^ index) * 0x9E3779B97F4A7C15u;
	return word ^ word >> 29;
}

/* Whole words in loops of their own: an emulated CPU is slow at calls of memcpy() and memcmp(). */
void pattern_fill(uint8_t *start, size_t length, uint64_t seed)
{
	size_t words = length / 8;
	for (size_t i = 0; i < words; i++) {
		uint64_t word = word_at(seed, i);
		memcpy(start + 8 * i, &word, 8);
	}
	uint64_t last = word_at(seed, words);
	memcpy(start + 8 * words, &last, length % 8);
}

uint64_t pattern_wrong_at(const uint8_t *start, size_t length, uint64_t seed)
{
	size_t words = length / 8;
	for (size_t i = 0; i < words; i++) {
		uint64_t word;
		memcpy(&word, start + 8 * i, 8);
		if (word != word_at(seed, i))
			return 8 * i;
	}
	uint64_t last = word_at(seed, words);
	return memcmp(start + 8 * words, &last, length % 8) ? 8 * words : NOWHERE;
}

uint64_t guard_wrong_at(const uint8_t *start, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		uint64_t word;
		if (length - i >= 8 && (memcpy(&word, start + i, 8), word == 0x0101010101010101u * GUARD)) {
			i += 7;
			continue;
		}
		if (start[i] != GUARD)
			return i;
	}
	return NOWHERE;
}
