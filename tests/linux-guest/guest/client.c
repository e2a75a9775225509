/* The side that does the transfers: each kind, at sizes around every limit, at odd places. */
#include "verify.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MEBI = 1 << 20, LARGEST = 8 * MEBI };

struct client {
	struct end end;
	uint64_t address; /* of the server's memory */
	uint64_t size;
	uint32_t key;
	uint64_t seed; /* another one for each transfer */
	unsigned transfers;
	uint64_t moved;
};

static const size_t sizes[] = { 0, 1, 2, 7, 8, 9, 31, 32, 33, 64, 95, 96, 97, 1499, 4095, 4096, 4097, 12287, 65535, 65536,
				65537, 1 << 20, (1 << 20) + 1, LARGEST };

/* Sends an order and returns its answer. */
static struct order ask(struct client *client, struct order order)
{
	post_order_receive(&client->end);
	*client->end.out = order;
	send_order(&client->end);
	await(&client->end, RECEIVED);
	return *client->end.in;
}

static void require_right(const char *what, struct order order)
{
	errno = 0;
	if (order.wrong_at != NOWHERE)
		fail("%s of %zu bytes at %zu: byte %zu of the server's memory is wrong", what, (size_t)order.length,
		     (size_t)order.offset, (size_t)order.wrong_at);
}

static void transferred(struct client *client, size_t length)
{
	client->seed++;
	client->transfers++;
	client->moved += length;
}

/* A request on our memory from `from` on, in one or two pieces, toward the same range of the server's memory. */
static void transfer(struct client *client, enum ibv_wr_opcode opcode, uint64_t offset, size_t from, size_t length,
		     unsigned flags, uint32_t immediate)
{
	uint8_t *start = client->end.bytes + from;
	uint32_t lkey = client->end.memory->lkey;
	size_t first = opcode == IBV_WR_RDMA_READ || length < 2 ? length : length / 2 - length % 3 % 2;
	struct ibv_sge pieces[2] = { { (uintptr_t)start, first, lkey }, { (uintptr_t)start + first, length - first, lkey } };
	struct ibv_send_wr request = {
		.opcode = opcode, .send_flags = flags, .sg_list = pieces, .num_sge = length == 0 ? 0 : first < length ? 2 : 1,
		.imm_data = htonl(immediate),
		.wr.rdma = { .remote_addr = client->address + offset, .rkey = client->key },
	};
	post(&client->end, &request);
	await(&client->end, SENT);
}

static void check_write(struct client *client, uint64_t offset, size_t length, unsigned flags)
{
	ask(client, (struct order){ .kind = CLEAR });
	pattern_fill(client->end.bytes + 5, length, client->seed);
	transfer(client, IBV_WR_RDMA_WRITE, offset, 5, length, flags, 0);
	require_right("WRITE", ask(client, (struct order){ .kind = EXPECT, .offset = offset, .length = length,
							   .seed = client->seed }));
	transferred(client, length);
}

static void check_read(struct client *client, uint64_t offset, size_t length)
{
	uint8_t *bytes = client->end.bytes;
	ask(client, (struct order){ .kind = FILL, .offset = offset, .length = length, .seed = client->seed });
	memset(bytes, GUARD, client->end.size);
	transfer(client, IBV_WR_RDMA_READ, offset, 3, length, 0, 0);
	errno = 0;
	if (pattern_wrong_at(bytes + 3, length, client->seed) != NOWHERE || guard_wrong_at(bytes, 3) != NOWHERE ||
	    guard_wrong_at(bytes + 3 + length, client->end.size - 3 - length) != NOWHERE)
		fail("READ of %zu bytes at %zu: wrong bytes", length, (size_t)offset);
	transferred(client, length);
}

/* A SEND, or a WRITE with an immediate: what takes a receive. */
static void check_send(struct client *client, enum ibv_wr_opcode opcode, uint64_t offset, size_t length, unsigned flags)
{
	bool write = opcode == IBV_WR_RDMA_WRITE_WITH_IMM;
	bool immediate = write || opcode == IBV_WR_SEND_WITH_IMM;
	struct order order = { .kind = RECEIVE, .offset = offset, .length = length, .seed = client->seed,
			       .immediate = 0x12345600u + client->transfers, .with_immediate = immediate + write };
	ask(client, (struct order){ .kind = CLEAR });
	ask(client, order);
	pattern_fill(client->end.bytes + 1, length, client->seed);
	post_order_receive(&client->end);
	transfer(client, opcode, offset, 1, length, flags, order.immediate);
	await(&client->end, RECEIVED);
	require_right(write ? "WRITE_WITH_IMM" : "SEND", *client->end.in);
	transferred(client, length);
}

/* A SEND from the side that accepted. */
static void check_push(struct client *client, uint64_t offset, size_t length)
{
	uint8_t *bytes = client->end.bytes;
	ask(client, (struct order){ .kind = FILL, .offset = offset, .length = length, .seed = client->seed });
	memset(bytes, GUARD, client->end.size);
	post_receive(&client->end, client->end.memory, bytes + 7, length);
	post_order_receive(&client->end);
	*client->end.out = (struct order){ .kind = PUSH, .offset = offset, .length = length };
	send_order(&client->end);
	struct ibv_wc completion = await(&client->end, RECEIVED);
	/* the answer may have come in the same look at the CQ */
	if (!client->end.arrived[RECEIVED] && completion.byte_len != length)
		fail("SEND back of %zu bytes: %u came", length, completion.byte_len);
	await(&client->end, RECEIVED);
	errno = 0;
	if (pattern_wrong_at(bytes + 7, length, client->seed) != NOWHERE || guard_wrong_at(bytes, 7) != NOWHERE ||
	    guard_wrong_at(bytes + 7 + length, client->end.size - 7 - length) != NOWHERE)
		fail("SEND back of %zu bytes: wrong bytes", length);
	transferred(client, length);
}

/* An atomic on the word at `offset`; returns what was there. */
static uint64_t atomic(struct client *client, enum ibv_wr_opcode opcode, uint64_t offset, uint64_t add_or_compare, uint64_t swap)
{
	uint8_t *bytes = client->end.bytes;
	memset(bytes, GUARD, 64);
	struct ibv_sge piece = { (uintptr_t)bytes + 16, 8, client->end.memory->lkey };
	struct ibv_send_wr request = {
		.opcode = opcode, .sg_list = &piece, .num_sge = 1,
		.wr.atomic = { .remote_addr = client->address + offset, .rkey = client->key, .compare_add = add_or_compare,
			       .swap = swap },
	};
	post(&client->end, &request);
	await(&client->end, SENT);
	uint64_t old;
	memcpy(&old, bytes + 16, 8);
	errno = 0;
	if (guard_wrong_at(bytes, 16) != NOWHERE || guard_wrong_at(bytes + 24, 40) != NOWHERE)
		fail("an atomic wrote beside its 8 bytes");
	transferred(client, 8);
	return old;
}

static void check_atomics(struct client *client, uint64_t offset)
{
	uint64_t word;
	memset(&word, GUARD, 8);
	ask(client, (struct order){ .kind = CLEAR });
	struct { enum ibv_wr_opcode opcode; uint64_t add_or_compare, swap; } steps[] = {
		{ IBV_WR_ATOMIC_FETCH_AND_ADD, 1, 0 },
		{ IBV_WR_ATOMIC_FETCH_AND_ADD, 0x123456789ABCDEF0, 0 },
		{ IBV_WR_ATOMIC_CMP_AND_SWP, 0, 7 }, /* does not match */
		{ IBV_WR_ATOMIC_CMP_AND_SWP, 0xA5A5A5A5A5A5A5A5u + 1 + 0x123456789ABCDEF0, 0xFEDCBA9876543210 },
		{ IBV_WR_ATOMIC_FETCH_AND_ADD, UINT64_MAX, 0 },
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		uint64_t old = atomic(client, steps[i].opcode, offset, steps[i].add_or_compare, steps[i].swap);
		errno = 0;
		if (old != word)
			fail("atomic %zu gave %#lx, expected %#lx", i, old, word);
		if (steps[i].opcode == IBV_WR_ATOMIC_FETCH_AND_ADD)
			word += steps[i].add_or_compare;
		else if (word == steps[i].add_or_compare)
			word = steps[i].swap;
		require_right("an atomic", ask(client, (struct order){ .kind = EXPECT_WORD, .offset = offset, .length = 8,
								       .seed = word }));
	}
}

static void check_everything(struct client *client)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t length = sizes[i];
		uint64_t offset = 1 + i * 517 % 4099;
		if (offset + length > client->size)
			continue;
		check_write(client, offset, length, 0);
		check_read(client, offset, length);
		check_send(client, IBV_WR_SEND, offset, length, 0);
		check_send(client, IBV_WR_SEND_WITH_IMM, offset, length, IBV_SEND_SOLICITED);
		check_send(client, IBV_WR_RDMA_WRITE_WITH_IMM, offset, length, 0);
		check_push(client, offset, length);
		if (length <= INLINE_LIMIT) {
			check_write(client, offset, length, IBV_SEND_INLINE);
			check_send(client, IBV_WR_SEND, offset, length, IBV_SEND_INLINE);
		}
	}
	check_write(client, client->size - 4097, 4097, 0); /* up to the last byte */
	check_read(client, client->size - 4097, 4097);
	check_atomics(client, 0);
	check_atomics(client, 4088);
	check_atomics(client, client->size - 8);
}

/* The whole memory once, by WRITE in pieces of different patterns; then the server looks at each; then once by READ. */
static void check_whole_memory(struct client *client)
{
	const size_t piece = 4 * MEBI - 4096 + 8;
	uint64_t first = client->seed;
	for (uint64_t offset = 0; offset < client->size; offset += piece) {
		size_t length = client->size - offset < piece ? client->size - offset : piece;
		pattern_fill(client->end.bytes, length, client->seed);
		transfer(client, IBV_WR_RDMA_WRITE, offset, 0, length, 0, 0);
		transferred(client, length);
	}
	for (uint64_t offset = 0; offset < client->size; offset += piece, first++) {
		size_t length = client->size - offset < piece ? client->size - offset : piece;
		require_right("WRITE", ask(client, (struct order){ .kind = EXPECT_RANGE, .offset = offset, .length = length,
								   .seed = first }));
		memset(client->end.bytes, GUARD, client->end.size);
		transfer(client, IBV_WR_RDMA_READ, offset, 8, length, 0, 0);
		errno = 0;
		if (pattern_wrong_at(client->end.bytes + 8, length, first) != NOWHERE || guard_wrong_at(client->end.bytes, 8) != NOWHERE ||
		    guard_wrong_at(client->end.bytes + 8 + length, client->end.size - 8 - length) != NOWHERE)
			fail("READ of %zu bytes at %zu: wrong bytes", length, (size_t)offset);
		transferred(client, length);
	}
}

void check(const struct options *options)
{
	struct rdma_addrinfo hints = { .ai_port_space = RDMA_PS_TCP }, *place;
	struct rdma_cm_id *id;
	if (rdma_getaddrinfo(options->address, options->port, &hints, &place) || rdma_create_ep(&id, place, NULL, NULL))
		fail("no way to %s port %s", options->address, options->port);
	rdma_freeaddrinfo(place);

	struct client client = { .seed = 1 };
	struct rdma_conn_param parameters = { .responder_resources = 4, .initiator_depth = 4, .retry_count = 7 };
	end_prepare(&client.end, id->verbs, options, LARGEST + 8192);
	end_open(&client.end, id, options);
	if (rdma_connect(id, &parameters))
		fail("not connected");
	struct order memory = ask(&client, (struct order){ .kind = SAY_MEMORY });
	client.address = memory.address;
	client.size = memory.length;
	client.key = memory.key;

	if (options->only_fill)
		check_whole_memory(&client);
	else
		check_everything(&client);

	ask(&client, (struct order){ .kind = BYE });
	rdma_disconnect(id);
	end_close(&client.end);
	printf("%u transfers, %zu bytes, every byte right\n", client.transfers, (size_t)client.moved);
}
