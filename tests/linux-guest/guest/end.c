/* One end of a connection: memory, queues, posting and waiting. */
#include "verify.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void fail(const char *format, ...)
{
	va_list arguments;
	int error = errno;
	va_start(arguments, format);
	fprintf(stderr, "erdma-verify: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, error ? " (%s)\n" : "\n", strerror(error));
	va_end(arguments);
	exit(1);
}

/* Memory: takes long where it is much, so it comes before the connection. */
void end_prepare(struct end *end, struct ibv_context *verbs, const struct options *options, size_t size)
{
	*end = (struct end){ .size = size, .events = options->events };
	int rights = IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_ATOMIC;
	int advice = options->huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;

	end->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (end->bytes == MAP_FAILED)
		fail("no %zu bytes of memory", size);
	madvise(end->bytes, size, advice); /* a kernel without huge pages refuses, and is right */
	errno = 0;
	struct ibv_pd *pd = ibv_alloc_pd(verbs);
	if (!pd || !(end->memory = ibv_reg_mr(pd, end->bytes, size, rights)))
		fail("no PD or no MR of %zu bytes", size);
	if (posix_memalign((void **)&end->out, 64, 2 * sizeof(struct order)))
		fail("no memory for orders");
	end->in = end->out + 1;
	if (!(end->orders = ibv_reg_mr(pd, end->out, 2 * sizeof(struct order), IBV_ACCESS_LOCAL_WRITE)))
		fail("no MR for orders");
}

/* Queues. */
void end_open(struct end *end, struct rdma_cm_id *id, const struct options *options)
{
	end->id = id;
	if (options->events && !(end->channel = ibv_create_comp_channel(id->verbs)))
		fail("no completion channel");
	if (!(end->cq = ibv_create_cq(id->verbs, 64, NULL, end->channel, options->vector)))
		fail("no CQ on vector %d", options->vector);
	struct ibv_qp_init_attr attributes = {
		.send_cq = end->cq, .recv_cq = end->cq, .qp_type = IBV_QPT_RC,
		.cap = { .max_send_wr = 16, .max_recv_wr = 16, .max_send_sge = 2, .max_recv_sge = 1,
			 .max_inline_data = INLINE_LIMIT },
	};
	if (rdma_create_qp(id, end->memory->pd, &attributes))
		fail("no QP");
}

void end_close(struct end *end)
{
	struct ibv_pd *pd = end->memory->pd;
	rdma_destroy_qp(end->id);
	if (ibv_destroy_cq(end->cq) || (end->channel && ibv_destroy_comp_channel(end->channel)) ||
	    ibv_dereg_mr(end->orders) || ibv_dereg_mr(end->memory) || ibv_dealloc_pd(pd))
		fail("something is still in use");
	munmap(end->bytes, end->size);
	free(end->out);
	rdma_destroy_id(end->id);
}

void post_receive(struct end *end, struct ibv_mr *mr, void *start, size_t length)
{
	struct ibv_sge piece = { .addr = (uintptr_t)start, .length = length, .lkey = mr->lkey };
	struct ibv_recv_wr request = { .wr_id = RECEIVED, .sg_list = &piece, .num_sge = length > 0 }, *bad;
	if (ibv_post_recv(end->id->qp, &request, &bad))
		fail("a receive was refused");
}

void post(struct end *end, struct ibv_send_wr *request)
{
	struct ibv_send_wr *bad;
	request->wr_id = SENT;
	request->send_flags |= IBV_SEND_SIGNALED;
	if (ibv_post_send(end->id->qp, request, &bad))
		fail("a request was refused");
}

static void take_event(struct end *end)
{
	struct ibv_cq *cq;
	void *context;
	if (ibv_get_cq_event(end->channel, &cq, &context))
		fail("no event");
	ibv_ack_cq_events(cq, 1);
}

/* The next completion of a kind, which must be a good one. */
struct ibv_wc await(struct end *end, enum completion_kind kind)
{
	struct ibv_wc completion;
	bool armed = false;
	while (!end->arrived[kind]) {
		int count = ibv_poll_cq(end->cq, 1, &completion);
		if (count < 0)
			fail("the CQ can't be polled");
		if (count == 1) {
			if (completion.status != IBV_WC_SUCCESS)
				fail("%s ended with: %s, vendor error %u", completion.wr_id == SENT ? "a request" : "a receive",
				     ibv_wc_status_str(completion.status), completion.vendor_err);
			end->arrived[completion.wr_id]++;
			end->last[completion.wr_id] = completion;
		} else if (end->events && !armed) {
			if (ibv_req_notify_cq(end->cq, 0))
				fail("the CQ can't be armed");
			armed = true; /* look once more: something may have come before */
		} else if (end->events) {
			take_event(end);
			armed = false;
		}
	}
	end->arrived[kind]--;
	return end->last[kind];
}

void send_order(struct end *end)
{
	struct ibv_sge piece = { .addr = (uintptr_t)end->out, .length = sizeof(*end->out), .lkey = end->orders->lkey };
	struct ibv_send_wr request = {
		.opcode = IBV_WR_SEND, .sg_list = &piece, .num_sge = 1, .send_flags = IBV_SEND_INLINE,
	};
	post(end, &request);
	await(end, SENT);
}

void post_order_receive(struct end *end)
{
	post_receive(end, end->orders, end->in, sizeof(*end->in));
}
