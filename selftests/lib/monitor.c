// SPDX-License-Identifier: GPL-2.0-only
/* `cordon -j monitor` in the background, see monitor.h. */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "host.h"
#include "ksft.h"
#include "monitor.h"

static pid_t monitor;
static int pipe_fd = -1;
static char said[1 << 20];
static size_t said_len;

static void stop(void)
{
	if (monitor > 0) {
		kill(monitor, SIGTERM);
		waitpid(monitor, NULL, 0);
		close(pipe_fd);
	}
	monitor = 0;
	said_len = 0;
}

/* Its socket is open when the process sleeps in poll. */
void monitor_start(const char *args)
{
	monitor = cli_start(&pipe_fd, "-j monitor %s", args);
	ksft_defer(stop);
	fcntl(pipe_fd, F_SETFL, O_NONBLOCK);
	ksft_sleep_ms(1500 * ksft_slow());
	require(ksft_until(10, task_state(monitor) == 'S'), "the monitor listens");
}

const char *monitor_said(void)
{
	ssize_t n = read(pipe_fd, said + said_len, sizeof(said) - 1 - said_len);

	if (n > 0)
		said_len += n;
	said[said_len] = 0;
	return said;
}
