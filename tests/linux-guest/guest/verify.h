/* erdma-verify: moves data by RDMA between two processes and checks every byte, of the data and of what lies around it. */
#pragma once

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INLINE_LIMIT = 96, GUARD = 0xA5 };

struct options {
	const char *address; /* of the server; NULL: be the server */
	const char *port;
	size_t size;         /* of the server's memory in bytes */
	int vector;          /* completion vector */
	bool events;         /* sleep until a completion event comes, instead of polling */
	bool huge;           /* let the kernel use huge pages */
	bool only_fill;      /* client: nothing but the whole memory once, in pieces */
};

/* What the client asks the server for; the server answers with one, too. */
enum order_kind {
	SAY_MEMORY,    /* answer: address, key, length of the memory */
	CLEAR,         /* fill the memory with GUARD */
	FILL,          /* put a pattern at [offset, offset + length) */
	EXPECT,        /* is the pattern there, and GUARD everywhere else? */
	EXPECT_RANGE,  /* is the pattern there? */
	EXPECT_WORD,   /* is the seed there, as a 64-bit number, and GUARD everywhere else? */
	RECEIVE,       /* post a receive there, say so, and say what came */
	PUSH,          /* SEND the range */
	BYE
};

struct order {
	uint32_t kind;
	uint32_t key;
	uint64_t address;
	uint64_t offset;
	uint64_t length;
	uint64_t seed;
	uint32_t immediate;
	uint32_t with_immediate;
	uint64_t wrong_at; /* answer: where the first wrong byte is, or NOWHERE */
};

#define NOWHERE UINT64_MAX

/* One end of a connection: a QP with one CQ, a buffer, and a small one for orders. One request of a kind is under way at a time. */
struct end {
	struct rdma_cm_id *id;
	struct ibv_comp_channel *channel;
	struct ibv_cq *cq;
	struct ibv_mr *memory;
	struct ibv_mr *orders;
	uint8_t *bytes;
	size_t size;
	struct order *out, *in;
	bool events;
	int arrived[2];
	struct ibv_wc last[2];
};

enum completion_kind { SENT, RECEIVED };

/* end.c */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void end_prepare(struct end *end, struct ibv_context *verbs, const struct options *options, size_t size);
void end_open(struct end *end, struct rdma_cm_id *id, const struct options *options);
void end_close(struct end *end);
void post_receive(struct end *end, struct ibv_mr *mr, void *start, size_t length);
void post(struct end *end, struct ibv_send_wr *request);
struct ibv_wc await(struct end *end, enum completion_kind kind);
void send_order(struct end *end);
void post_order_receive(struct end *end);

/* pattern.c */
void pattern_fill(uint8_t *start, size_t length, uint64_t seed);
uint64_t pattern_wrong_at(const uint8_t *start, size_t length, uint64_t seed);
uint64_t guard_wrong_at(const uint8_t *start, size_t length);

/* server.c, client.c */
void serve(const struct options *options);
void check(const struct options *options);
