/* Tokens: got once for all, renewed, kept in a file, and given up on. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/times.h"
#include "helio/token.h"
#include "http_stub.h"

enum { THREADS = 8, CALLS = 25 };

/* A service whose tokens are t1, t2, ..; "/token" gives the next one. */
struct service {
	struct http_stub *stub;
	helio_keeper	*keeper;
	helio_http	*http;
	char		 folder[64], file[96];
	atomic_uint	 tokens, refused, refreshes;
	atomic_uint	 good;		/* the number of the token that is taken */
	atomic_uint	 life_s;
	atomic_uint	 status;	/* of the token calls; 0: 200 */
	atomic_bool	 no_refresh;	/* refresh tokens are refused */
	atomic_bool	 hang;
	pthread_mutex_t	 lock;		/* of what follows */
	char		 asked[2048];	/* the last token call */
};

static void
answer_token(struct service *service, const struct stub_request *request,
    struct buf *answer)
{
	char body[200];
	bool refresh = strstr(request->body, "refresh_token") != NULL;
	unsigned no;

	if (refresh)
		atomic_fetch_add(&service->refreshes, 1);
	if (service->status != 0 || (refresh && service->no_refresh)) {
		stub_answer(answer, service->status != 0 ?
		    (int)service->status : 401, NULL,
		    "{\"error\":\"invalid\"}");
		return;
	}
	no = atomic_fetch_add(&service->tokens, 1) + 1;
	atomic_store(&service->good, no);
	snprintf(body, sizeof(body), "{\"access_token\":\"t%u\","
	    "\"refresh_token\":\"r%u\",\"expires_in\":%u}", no, no,
	    service->life_s);
	/* long enough that others come to wait for it */
	usleep(20000);
	stub_answer(answer, 200, NULL, body);
}

static enum stub_end
handle(void *arg, const struct stub_request *request, struct buf *answer)
{
	struct service *service = arg;
	char wanted[64];

	if (service->hang)
		return STUB_HANG;
	if (strncmp(request->head, "POST /token ", 12) == 0) {
		pthread_mutex_lock(&service->lock);
		snprintf(service->asked, sizeof(service->asked), "%s%s",
		    request->head, request->body);
		pthread_mutex_unlock(&service->lock);
		answer_token(service, request, answer);
		return STUB_KEEP;
	}
	snprintf(wanted, sizeof(wanted), "Authorization: Bearer t%u",
	    atomic_load(&service->good));
	if (!stub_has(request, wanted)) {
		atomic_fetch_add(&service->refused, 1);
		stub_answer(answer, 401, NULL, "{}");
	} else {
		stub_answer(answer, 200, NULL, "{}");
	}
	return STUB_KEEP;
}

/* The last token call; the stub is silent meanwhile. */
static const char *
asked(struct service *service)
{
	pthread_mutex_lock(&service->lock);
	pthread_mutex_unlock(&service->lock);
	return service->asked;
}

static helio_keeper *
new_keeper(struct service *service, const char *username)
{
	char url[100];
	helio_oauth oauth = {
		.size = sizeof(oauth), .url = url, .client_id = "me",
		.client_secret = "s3cret", .username = username,
		.password = username != NULL ? "pass word" : NULL,
		.client_in_body = username != NULL, .json = username != NULL,
	};
	helio_keeper *keeper;
	helio_error error;

	snprintf(url, sizeof(url), "%s/token", stub_url(service->stub));
	assert_int_equal(helio_keeper_oauth(&oauth, &keeper, &error),
	    HELIO_DONE);
	return keeper;
}

static helio_http *
new_http(struct service *service, helio_keeper *keeper)
{
	helio_options *options = helio_options_new();
	helio_http *http;
	helio_error error;

	helio_options_url(options, stub_url(service->stub));
	helio_options_retries(options, 0);
	helio_options_timeout(options, 30000);
	helio_options_keeper(options, keeper);
	assert_int_equal(helio_http_new(options, &http, &error), HELIO_DONE);
	helio_options_free(options);
	return http;
}

static int
setup(void **state)
{
	struct service *service = calloc(1, sizeof(*service));

	pthread_mutex_init(&service->lock, NULL);
	service->life_s = 3600;
	strcpy(service->folder, "/tmp/helio-keeper-XXXXXX");
	assert_non_null(mkdtemp(service->folder));
	snprintf(service->file, sizeof(service->file), "%s/token",
	    service->folder);
	service->stub = stub_start(handle, service);
	service->keeper = new_keeper(service, "ops");
	service->http = new_http(service, service->keeper);
	*state = service;
	return 0;
}

static int
teardown(void **state)
{
	struct service *service = *state;

	helio_http_free(service->http);
	helio_keeper_free(service->keeper);
	stub_stop(service->stub);
	unlink(service->file);
	assert_int_equal(rmdir(service->folder), 0);
	free(service);
	return 0;
}

/* The status of the answer, or minus the code. */
static int
get(helio_http *http, helio_error *error)
{
	helio_call *call = helio_call_new("GET", "/x");
	helio_reply *reply = NULL;
	helio_code code = helio_http_send(http, call, &reply, error);
	int status = code == HELIO_DONE ? helio_reply_status(reply) :
	    -(int)code;

	helio_reply_free(reply);
	helio_call_free(call);
	return status;
}

static void
use_file(struct service *service, helio_keeper *keeper)
{
	helio_error error;

	assert_int_equal(helio_keeper_file(keeper, service->file,
	    stub_url(service->stub), "ops", &error), HELIO_DONE);
}

static void
put_token(struct service *service, const char *access, int life_s)
{
	helio_error error;

	assert_int_equal(helio_keeper_put(service->keeper, helio_token_new(
	    access, "r1", time_now_us() + life_s * US_PER_S), &error),
	    HELIO_DONE);
}

/* ---- getting ---- */

static void
a_password_buys_a_token(void **state)
{
	struct service *service = *state;
	helio_error error;

	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 1);
	assert_non_null(strstr(asked(service), "\r\n\r\n{\"grant_type\":"
	    "\"password\",\"client_id\":\"me\",\"client_secret\":\"s3cret\","
	    "\"username\":\"ops\",\"password\":\"pass word\"}"));
	assert_null(strstr(asked(service), "\r\nAuthorization:"));
}

static void
so_do_client_credentials(void **state)
{
	struct service *service = *state;
	helio_keeper *keeper = new_keeper(service, NULL);
	helio_http *http = new_http(service, keeper);
	helio_error error;

	assert_int_equal(get(http, &error), 200);
	assert_non_null(strstr(asked(service),
	    "\r\n\r\ngrant_type=client_credentials"));
	assert_non_null(strstr(asked(service),
	    "\r\nAuthorization: Basic bWU6czNjcmV0\r\n"));
	assert_non_null(strstr(asked(service),
	    "\r\nAccept: application/json\r\n"));
	helio_http_free(http);
	helio_keeper_free(keeper);
}

static void
it_is_refreshed_before_it_expires(void **state)
{
	struct service *service = *state;
	helio_error error;

	/* within the margin of a minute */
	put_token(service, "t1", 59);
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 1);
	assert_int_equal(service->refreshes, 1);
	assert_int_equal(service->refused, 0);
	assert_non_null(strstr(asked(service), "\r\n\r\n{\"grant_type\":"
	    "\"refresh_token\",\"client_id\":\"me\",\"client_secret\":"
	    "\"s3cret\",\"refresh_token\":\"r1\"}"));
	/* with a smaller margin it would have been good enough */
	helio_keeper_margin(service->keeper, 1000);
	put_token(service, "t1", 59);
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 1);
}

/* Or the service's clock is behind ours. */
static void
a_token_that_hardly_lives_is_used(void **state)
{
	struct service *service = *state;
	helio_error error;

	service->life_s = 30;
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 1);
	put_token(service, "t0", -5);
	service->life_s = 0;
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 2);
}

static void
a_refused_refresh_means_the_password(void **state)
{
	struct service *service = *state;
	helio_error error;

	service->no_refresh = true;
	put_token(service, "t0", -5);
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->refreshes, 1);
	assert_int_equal(service->tokens, 1);
	assert_non_null(strstr(asked(service), "\"password\""));
}

static void
a_401_means_a_new_one_once(void **state)
{
	struct service *service = *state;
	helio_error error;

	assert_int_equal(get(service->http, &error), 200);
	service->good = 99;
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 2);
	assert_int_equal(service->refused, 1);
}

static bool
says_expired(void *arg, const helio_reply *reply)
{
	return strstr(helio_reply_body(reply, NULL), "{}") != NULL &&
	    ++*(unsigned *)arg == 1;
}

static void
services_say_it_in_their_own_way(void **state)
{
	struct service *service = *state;
	unsigned answers = 0;
	helio_error error;

	helio_http_denied(service->http, says_expired, &answers);
	assert_int_equal(get(service->http, &error), 200);
	assert_int_equal(service->tokens, 2);
	assert_int_equal(answers, 1);
}

/* ---- failing ---- */

static void
a_failed_login_is_not_repeated_at_once(void **state)
{
	struct service *service = *state;
	helio_error error;

	helio_keeper_back_off(service->keeper, 600000, 600000);
	service->status = 400;
	assert_int_equal(get(service->http, &error), -HELIO_DENIED);
	assert_string_equal(error.text,
	    "GET /x: token of ops: status 400: invalid");
	assert_int_equal(error.status, 400);
	service->status = 0;
	assert_int_equal(get(service->http, &error), -HELIO_DENIED);
	assert_int_equal(helio_http_login(service->http, &error),
	    HELIO_DENIED);
	assert_int_equal(stub_count(service->stub), 1);
}

static void
but_in_a_while(void **state)
{
	struct service *service = *state;
	helio_error error;
	int64_t end = time_monotonic_ms() + 20000;

	helio_keeper_back_off(service->keeper, 5, 20);
	service->status = 400;
	assert_int_equal(get(service->http, &error), -HELIO_DENIED);
	service->status = 0;
	while (get(service->http, &error) != 200)
		assert_true(time_monotonic_ms() < end);
	/* nothing is left of it */
	service->good = 99;
	assert_int_equal(get(service->http, &error), 200);
}

static void
trouble_of_the_service_is_told_apart(void **state)
{
	struct service *service = *state;
	helio_error error;

	helio_keeper_back_off(service->keeper, 1, 1);
	service->status = 500;
	assert_int_equal(get(service->http, &error), -HELIO_UNAVAILABLE);
	service->status = 429;
	usleep(3000);
	assert_int_equal(get(service->http, &error), -HELIO_UNAVAILABLE);
	assert_null(strstr(error.text, "s3cret"));
}

static void
a_token_without_sense_is_none(void **state)
{
	static const char *const bodies[] = {
		"", "[]", "{}", "{\"access_token\":7}",
		"{\"access_token\":\"\"}", "{\"access_token\":\"a\\nX: y\"}",
		"{\"access_token\":\"a b\"}", "{\"access_token\":\"\\u00e9\"}",
	};
	struct service *service = *state;
	helio_grant grant = { .size = sizeof(grant) };
	helio_error error;

	/* through a file of its own making, and as an answer */
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		FILE *file = fopen(service->file, "w");
		helio_keeper *keeper = helio_keeper_new(&grant, NULL);

		fprintf(file, "%s", bodies[i]);
		fclose(file);
		use_file(service, keeper);
		assert_null(helio_keeper_token(keeper));
		helio_keeper_free(keeper);
	}
	assert_int_equal(get(service->http, &error), 200);
}

static void
a_cancelled_login_is_somebody_elses_turn(void **state)
{
	struct service *service = *state;
	helio_http *other = new_http(service, service->keeper);
	helio_call *call = helio_call_new("GET", "/x");
	helio_error error;

	use_file(service, service->keeper);
	service->hang = true;
	assert_int_equal(helio_http_start(other, call, NULL, NULL, &error),
	    HELIO_DONE);
	while (stub_count(service->stub) == 0)
		helio_loop_wait(helio_http_loop(other), 10);
	helio_call_cancel(call);
	service->hang = false;
	assert_int_equal(get(service->http, &error), 200);
	helio_call_free(call);
	helio_http_free(other);
}

/* ---- sharing ---- */

struct user {
	struct service	*service;
	helio_keeper	*keeper;
	pthread_t	 thread;
	unsigned	 good;
};

static void *
use_token(void *arg)
{
	struct user *user = arg;
	helio_http *http = new_http(user->service, user->keeper);
	helio_error error;

	for (int i = 0; i < CALLS; i++)
		user->good += get(http, &error) == 200;
	helio_http_free(http);
	return NULL;
}

/* All at the same time; what share(i) gives is the i-th one's keeper. */
static void
use_from_threads(struct service *service, helio_keeper *keepers[THREADS])
{
	struct user users[THREADS] = { 0 };

	for (int i = 0; i < THREADS; i++) {
		users[i] = (struct user){ service, keepers[i], 0, 0 };
		pthread_create(&users[i].thread, NULL, use_token, &users[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(users[i].thread, NULL);
		assert_int_equal(users[i].good, CALLS);
	}
}

static void
threads_share_one_token(void **state)
{
	struct service *service = *state;
	helio_keeper *keepers[THREADS];

	for (int i = 0; i < THREADS; i++)
		keepers[i] = service->keeper;
	use_from_threads(service, keepers);
	assert_int_equal(service->tokens, 1);
	assert_int_equal(service->refused, 0);
	/* and one of them renews it for all */
	service->good = 99;
	use_from_threads(service, keepers);
	assert_int_equal(service->tokens, 2);
	assert_in_range(service->refused, 1, THREADS);
}

static void
keepers_share_a_file(void **state)
{
	struct service *service = *state;
	helio_keeper *keepers[THREADS];

	for (int i = 0; i < THREADS; i++) {
		keepers[i] = new_keeper(service, "ops");
		use_file(service, keepers[i]);
	}
	use_from_threads(service, keepers);
	assert_int_equal(service->tokens, 1);
	service->good = 99;
	use_from_threads(service, keepers);
	assert_int_equal(service->tokens, 2);
	for (int i = 0; i < THREADS; i++)
		helio_keeper_free(keepers[i]);
}

static void
processes_share_a_file(void **state)
{
	struct service *service = *state;
	int status;

	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			helio_keeper *keeper = new_keeper(service, "ops");
			helio_http *http = new_http(service, keeper);
			helio_error error;

			use_file(service, keeper);
			/* not exit(): the rest is the parent's */
			_exit(get(http, &error) == 200 ? 0 : 1);
		}
	}
	for (int i = 0; i < 4; i++) {
		wait(&status);
		assert_int_equal(status, 0);
	}
	assert_int_equal(service->tokens, 1);
}

static void
the_file_is_its_owners(void **state)
{
	struct service *service = *state;
	helio_keeper *other = new_keeper(service, "ops");
	helio_token *token;
	struct stat status;
	helio_error error;

	use_file(service, service->keeper);
	service->status = 400;
	assert_int_equal(get(service->http, &error), -HELIO_DENIED);
	/* the lock left nothing behind */
	assert_int_not_equal(access(service->file, F_OK), 0);
	service->status = 0;
	helio_http_login(service->http, &error);
	helio_keeper_back_off(service->keeper, 0, 0);
	while (helio_http_login(service->http, &error) != HELIO_DONE)
		usleep(10000);
	assert_int_equal(stat(service->file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	use_file(service, other);
	token = helio_keeper_token(other);
	assert_non_null(token);
	assert_string_equal(helio_token_access(token), "t1");
	assert_string_equal(helio_token_refresh(token), "r1");
	helio_token_free(token);
	/* of another user or server there is none in it */
	assert_int_equal(helio_keeper_file(other, service->file, "http://x",
	    "ops", &error), HELIO_DONE);
	helio_keeper_drop(other);
	assert_null(helio_keeper_token(other));
	helio_keeper_free(other);
}

static void
a_login_proves_the_password(void **state)
{
	struct service *service = *state;
	helio_error error;

	assert_int_equal(helio_http_login(service->http, &error), HELIO_DONE);
	assert_int_equal(helio_http_login(service->http, &error), HELIO_DONE);
	assert_int_equal(service->tokens, 2);
	assert_int_equal(service->refreshes, 0);
}

static void
a_given_token_is_used_as_it_is(void **state)
{
	struct service *service = *state;
	helio_grant grant = { .size = sizeof(grant), .name = "static" };
	helio_keeper *keeper = helio_keeper_new(&grant, NULL);
	helio_http *http = new_http(service, keeper);
	helio_error error;

	service->good = 5;
	assert_int_equal(helio_keeper_put(keeper,
	    helio_token_new("t5", NULL, 0), &error), HELIO_DONE);
	assert_int_equal(get(http, &error), 200);
	service->good = 6;
	assert_int_equal(get(http, &error), 401);
	assert_int_equal(helio_http_login(http, &error), HELIO_DENIED);
	assert_int_equal(service->tokens, 0);
	helio_http_free(http);
	helio_keeper_free(keeper);
}

/* ---- secrets ---- */

/* Is the page of that address left out of core files ("dd")? */
static bool
not_dumped(const void *at)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	char line[512];
	bool inside = false, found = false;

	while (fgets(line, sizeof(line), file) != NULL) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (unsigned long)at >= from &&
			    (unsigned long)at < to;
		else if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dd") != NULL;
	}
	fclose(file);
	return found;
}

static void
secrets_are_not_dumped(void **state)
{
	helio_token *token = helio_token_new("sesame", "open", 0);

	assert_true(not_dumped(helio_token_access(token)));
	assert_true(not_dumped(helio_token_refresh(token)));
	assert_false(not_dumped(token));
	helio_token_free(token);
}

int
main(void)
{
#define SERVED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		SERVED(a_password_buys_a_token),
		SERVED(so_do_client_credentials),
		SERVED(it_is_refreshed_before_it_expires),
		SERVED(a_token_that_hardly_lives_is_used),
		SERVED(a_refused_refresh_means_the_password),
		SERVED(a_401_means_a_new_one_once),
		SERVED(services_say_it_in_their_own_way),
		SERVED(a_failed_login_is_not_repeated_at_once),
		SERVED(but_in_a_while),
		SERVED(trouble_of_the_service_is_told_apart),
		SERVED(a_token_without_sense_is_none),
		SERVED(a_cancelled_login_is_somebody_elses_turn),
		SERVED(threads_share_one_token),
		SERVED(keepers_share_a_file),
		SERVED(processes_share_a_file),
		SERVED(the_file_is_its_owners),
		SERVED(a_login_proves_the_password),
		SERVED(a_given_token_is_used_as_it_is),
		cmocka_unit_test(secrets_are_not_dumped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
