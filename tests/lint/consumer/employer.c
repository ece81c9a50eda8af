/* SPDX-License-Identifier: MIT */
/* A program of somebody else that has a worker, and is told the answer. */
#include <libspawn_workers.h>
#include <stdio.h>

static int answer(struct libspawn_worker *self)
{
	struct libspawn_message message = { .bytes = "42", .size = 2 };

	return libspawn_worker_send(self, &message, LIBSPAWN_FOREVER);
}

static const struct libspawn_function functions[] = {
	{ .name = "answer", .run = answer },
};

int main(void)
{
	int status = libspawn_worker_main(functions, 1);
	struct libspawn_worker *worker;
	struct libspawn_message message;
	struct libspawn_error error;
	char text[256];

	if (status >= 0)
		return status;
	if (libspawn_worker_start(&worker, "answer", NULL, &error)) {
		libspawn_worker_explain(text, sizeof text, &error, "answer",
					NULL);
		fprintf(stderr, "%s\n", text);
		return 1;
	}
	status = libspawn_worker_receive(worker, &message, 60000);
	if (libspawn_worker_close(worker, 60000, NULL) != 0 || status != 0)
		return 2;
	return 0;
}
