/* Work done in a short-lived child of the command, `COMMAND VERB --child`: one JSON line of
 * request, then JSON lines of replies over the child's descriptor.
 *
 *     → {"parent":812,"memory":67108864, …}
 *     ← {"progress":131072}
 *     ← {"done":{…}}   or   {"error":{"status":6,"message":"…"}}
 */
#ifndef DATA_JOB_H
#define DATA_JOB_H

#include "base/json.h"
#include "base/os/os.h"

/* Called for each {"progress":N}. */
typedef void job_progress(void *self, int64_t n);

/* Start the child and send `request`.  Without a command in the context's options:
 * STINT_EUSAGE. */
stint_status job_start(ctx *c, const char *verb, const str *request, child *out);

/* Wait for the last reply; its object goes to *done (the caller owns it) unless NULL, the
 * highest private memory of the child, sampled every 10 ms, to *peak unless NULL. */
stint_status job_wait(ctx *c, const char *verb, child *ch, job_progress *progress, void *self,
                      json_t **done, int64_t *peak);

/* --- the child's side ------------------------------------------------------------------ */

/* Read the request and bind this process's life to its parent's. */
stint_status job_request(ctx *c, int fd, json_t **request);
stint_status job_reply(ctx *c, int fd, const str *line);

/* The last reply when the work ended in failure: the context's status and message. */
stint_status job_reply_failure(ctx *c, int fd);

#endif
