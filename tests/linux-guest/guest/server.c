/* The side that has the memory: does what it is asked for, one order after another, and says what it finds. */
#include "verify.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static struct order next_order(struct end *end)
{
	struct ibv_wc completion = await(end, RECEIVED);
	if (completion.byte_len != sizeof(struct order))
		fail("an order of %u bytes", completion.byte_len);
	return *end->in;
}

static void answer(struct end *end, const struct order *answer)
{
	*end->out = *answer;
	send_order(end);
}

/* Where the memory differs from: GUARD, but for a pattern in one range. */
static uint64_t wrong_at(const struct end *end, const struct order *order)
{
	size_t behind = order->offset + order->length;
	uint64_t at = guard_wrong_at(end->bytes, order->offset);
	if (at != NOWHERE)
		return at;
	at = order->kind == EXPECT_WORD ? (memcmp(end->bytes + order->offset, &order->seed, 8) ? 0 : NOWHERE)
					: pattern_wrong_at(end->bytes + order->offset, order->length, order->seed);
	if (at != NOWHERE)
		return order->offset + at;
	at = guard_wrong_at(end->bytes + behind, end->size - behind);
	return at == NOWHERE ? at : behind + at;
}

/* Says that a receive is posted, then what came in it. */
static void receive(struct end *end, struct order *order)
{
	if (order->with_immediate == 2) /* that of a WRITE takes a receive, not its memory */
		post_receive(end, end->memory, end->bytes, 0);
	else
		post_receive(end, end->memory, end->bytes + order->offset, order->length);
	answer(end, order);
	struct ibv_wc completion = await(end, RECEIVED);
	bool immediate = completion.wc_flags & IBV_WC_WITH_IMM;
	enum ibv_wc_opcode opcode = order->with_immediate == 2 ? IBV_WC_RECV_RDMA_WITH_IMM : IBV_WC_RECV;
	if (completion.byte_len != order->length || completion.opcode != opcode || immediate != (order->with_immediate != 0))
		fail("received %u bytes, opcode %d, flags %#x; expected %zu, %d", completion.byte_len, completion.opcode,
		     completion.wc_flags, (size_t)order->length, opcode);
	if (immediate && ntohl(completion.imm_data) != order->immediate)
		fail("immediate %#x, expected %#x", ntohl(completion.imm_data), order->immediate);
	order->kind = EXPECT;
	order->wrong_at = wrong_at(end, order);
}

static void push(struct end *end, const struct order *order)
{
	struct ibv_sge piece = { (uintptr_t)end->bytes + order->offset, order->length, end->memory->lkey };
	struct ibv_send_wr request = { .opcode = IBV_WR_SEND, .sg_list = &piece, .num_sge = order->length > 0 };
	post(end, &request);
	await(end, SENT);
}

static void carry_out(struct end *end, struct order *order)
{
	order->wrong_at = NOWHERE;
	switch ((enum order_kind)order->kind) {
	case SAY_MEMORY:
		order->address = (uintptr_t)end->bytes;
		order->length = end->size;
		order->key = end->memory->rkey;
		break;
	case CLEAR:
		memset(end->bytes, GUARD, end->size);
		break;
	case FILL:
		pattern_fill(end->bytes + order->offset, order->length, order->seed);
		break;
	case EXPECT:
	case EXPECT_WORD:
		order->wrong_at = wrong_at(end, order);
		break;
	case EXPECT_RANGE:
		order->wrong_at = pattern_wrong_at(end->bytes + order->offset, order->length, order->seed);
		break;
	case RECEIVE:
		receive(end, order);
		break;
	case PUSH:
		push(end, order);
		break;
	case BYE:
		break;
	}
}

void serve(const struct options *options)
{
	struct rdma_addrinfo hints = { .ai_flags = RAI_PASSIVE, .ai_port_space = RDMA_PS_TCP }, *place;
	struct rdma_cm_id *door, *id;
	struct end end;
	int devices;
	struct ibv_context **verbs = rdma_get_devices(&devices);
	if (!verbs || devices == 0)
		fail("no device");
	end_prepare(&end, verbs[0], options, options->size);
	rdma_free_devices(verbs);
	if (rdma_getaddrinfo(NULL, options->port, &hints, &place) || rdma_create_ep(&door, place, NULL, NULL) ||
	    rdma_listen(door, 1) || rdma_get_request(door, &id))
		fail("no connection on port %s", options->port);
	rdma_freeaddrinfo(place);

	struct rdma_conn_param parameters = { .responder_resources = 4, .initiator_depth = 4 };
	end_open(&end, id, options);
	post_order_receive(&end);
	if (rdma_accept(id, &parameters))
		fail("not accepted");
	struct order order;
	do {
		order = next_order(&end);
		carry_out(&end, &order);
		post_order_receive(&end);
		answer(&end, &order);
	} while (order.kind != BYE);
	struct rdma_cm_event *event;
	if (rdma_migrate_id(id, NULL) == 0 && rdma_get_cm_event(id->channel, &event) == 0)
		rdma_ack_cm_event(event); /* the client has hung up */
	rdma_disconnect(id);
	end_close(&end);
	rdma_destroy_ep(door);
}
