#include "experiment/messages.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD_MOST ((uint32_t)64 << 20)

/* A receiver that has gone is not an error here: whoever reads from it next sees the end of
 * its stream, and knows what to do about it. */
static stint_status send_all(ctx *c, int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return STINT_OK;
        if (sent < 0)
            return fail_errno(c, "send to", "the other process");
        at += sent;
        n -= (size_t)sent;
    }
    return STINT_OK;
}

stint_status message_send(ctx *c, int fd, message_type type, const void *payload, size_t bytes)
{
    uint32_t head[2] = {(uint32_t)type, (uint32_t)bytes};
    TRY(send_all(c, fd, head, sizeof head));
    return send_all(c, fd, payload, bytes);
}

/* n bytes, or *closed when the stream ends first. */
static stint_status receive_all(ctx *c, int fd, char *to, size_t n, bool *closed)
{
    while (n > 0) {
        ssize_t got = recv(fd, to, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 || (got < 0 && errno == ECONNRESET)) {
            *closed = true;
            return STINT_OK;
        }
        if (got < 0)
            return fail_errno(c, "receive from", "the other process");
        to += got;
        n -= (size_t)got;
    }
    return STINT_OK;
}

static stint_status receive_payload(ctx *c, int fd, str *payload, size_t n, bool *closed)
{
    char part[4096];
    while (n > 0 && !*closed) {
        size_t some = n < sizeof part ? n : sizeof part;
        TRY(receive_all(c, fd, part, some, closed));
        str_add_bytes(payload, part, some);
        n -= some;
    }
    return str_status(payload);
}

stint_status message_receive(ctx *c, int fd, message_type *type, str *payload, bool *closed)
{
    uint32_t head[2];
    *closed = false;
    str_clear(payload);
    TRY(receive_all(c, fd, (char *)head, sizeof head, closed));
    if (*closed)
        return STINT_OK;
    if (head[0] > MESSAGE_FAILED || head[1] > PAYLOAD_MOST)
        return fail(c, STINT_EFAIL, "a message of unknown type %u and %u bytes", head[0], head[1]);
    *type = (message_type)head[0];
    return receive_payload(c, fd, payload, head[1], closed);
}
