/* Any bytes as the worker protocol: every frame is whole, refused, or ends the stream. */
#include "experiment/messages.h"
#include "fuzz_file.h"

#include <sys/socket.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    int fds[2];
    bool closed = false;
    message_type type;
    str payload;
    if (n > 60000 || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return 0;
    stint_context *c = stint_open(NULL);
    str_init(&payload, c, TAG_MESSAGE);
    bool sent = send(fds[0], bytes, n, MSG_NOSIGNAL) == (ssize_t)n;
    close(fds[0]);
    while (sent && !closed && message_receive(c, fds[1], &type, &payload, &closed) == STINT_OK)
        ;
    str_deinit(&payload);
    stint_close(c);
    close(fds[1]);
    return 0;
}
