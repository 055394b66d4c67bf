/* Frames over a stream: whole ones arrive, torn ones are the end of it, wild ones are refused. */
#include "experiment/messages.h"

#include "unit/fixture.h"

#include <pthread.h>
#include <sys/socket.h>

typedef struct pair {
    int fd[2];
    str payload;
    message_type type;
    bool closed;
} pair;

static void open_pair(fixture *t, pair *p)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, p->fd), 0);
    str_init(&p->payload, t->ctx, TAG_MESSAGE);
}

static void close_pair(pair *p)
{
    for (int i = 0; i < 2; i++)
        if (p->fd[i] >= 0)
            close(p->fd[i]);
    str_deinit(&p->payload);
}

static stint_status receive(fixture *t, pair *p)
{
    return message_receive(t->ctx, p->fd[1], &p->type, &p->payload, &p->closed);
}

static void whole_frames(void **state)
{
    fixture *t = *state;
    pair p;
    open_pair(t, &p);
    assert_int_equal(message_send(t->ctx, p.fd[0], MESSAGE_HELLO, "hello", 5), STINT_OK);
    assert_int_equal(message_send(t->ctx, p.fd[0], MESSAGE_DONE, NULL, 0), STINT_OK);
    assert_int_equal(receive(t, &p), STINT_OK);
    assert_int_equal(p.type, MESSAGE_HELLO);
    assert_false(p.closed);
    assert_int_equal(p.payload.len, 5);
    assert_string_equal(p.payload.at, "hello");
    assert_int_equal(receive(t, &p), STINT_OK);
    assert_int_equal(p.type, MESSAGE_DONE);
    assert_int_equal(p.payload.len, 0);
    close(p.fd[0]);
    p.fd[0] = -1;
    assert_int_equal(receive(t, &p), STINT_OK);
    assert_true(p.closed);
    close_pair(&p);
}

/* Cut at every byte: the other end has gone, which is no error here. */
static void torn_frames(void **state)
{
    fixture *t = *state;
    unsigned char frame[64];
    uint32_t head[] = {MESSAGE_TASK, 20};
    memcpy(frame, head, 8);
    memset(frame + 8, 'x', 20);
    for (size_t cut = 0; cut < 28; cut++) {
        pair p;
        open_pair(t, &p);
        assert_int_equal(write(p.fd[0], frame, cut), cut);
        close(p.fd[0]);
        p.fd[0] = -1;
        assert_int_equal(receive(t, &p), STINT_OK);
        assert_true(p.closed);
        close_pair(&p);
    }
}

static void wild_heads_are_refused(void **state)
{
    fixture *t = *state;
    static const uint32_t heads[][2] = {
        {MESSAGE_FAILED + 1, 0}, {UINT32_MAX, 4}, {MESSAGE_RECORDS, UINT32_MAX}};
    for (size_t i = 0; i < 3; i++) {
        pair p;
        open_pair(t, &p);
        assert_int_equal(write(p.fd[0], heads[i], 8), 8);
        assert_int_equal(receive(t, &p), STINT_EFAIL);
        assert_message(t, "a message of unknown type");
        close_pair(&p);
    }
}

typedef struct sender {
    int fd;
    const char *bytes;
    size_t n;
} sender;

static void *send_slowly(void *self)
{
    sender *s = self;
    for (size_t i = 0; i < s->n; i += 999)
        if (write(s->fd, s->bytes + i, s->n - i < 999 ? s->n - i : 999) < 0)
            return NULL;
    return NULL;
}

static void large_frames_in_pieces(void **state)
{
    fixture *t = *state;
    enum { N = 3000000 };
    char *frame = malloc(N + 8);
    uint32_t head[] = {MESSAGE_RECORDS, N};
    pair p;
    pthread_t thread;
    open_pair(t, &p);
    memcpy(frame, head, 8);
    for (int i = 0; i < N; i++)
        frame[8 + i] = (char)(i * 7);
    sender s = {p.fd[0], frame, N + 8};
    pthread_create(&thread, NULL, send_slowly, &s);
    assert_int_equal(receive(t, &p), STINT_OK);
    pthread_join(thread, NULL);
    assert_int_equal(p.payload.len, N);
    assert_memory_equal(p.payload.at, frame + 8, N);
    free(frame);
    close_pair(&p);
}

static void a_receiver_that_has_gone(void **state)
{
    fixture *t = *state;
    pair p;
    open_pair(t, &p);
    close(p.fd[1]);
    p.fd[1] = -1;
    assert_int_equal(message_send(t->ctx, p.fd[0], MESSAGE_DONE, "x", 1), STINT_OK);
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(whole_frames),
        FIXTURE_TEST(torn_frames),
        FIXTURE_TEST(wild_heads_are_refused),
        FIXTURE_TEST(large_frames_in_pieces),
        FIXTURE_TEST(a_receiver_that_has_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
