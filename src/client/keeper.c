/*
 * The keeper: one token for many threads and processes.  Nothing here waits:
 * whoever needs a token asks, and is told to use this one, to get one, or to
 * ask again in a moment.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/times.h"
#include "client/internal.h"

struct helio_token {
	char		*access, *refresh;	/* secret memory */
	int64_t		 expires_us;	/* 0: it does not */
	int64_t		 life_us;	/* it was got with; 0: not known */
};

struct helio_keeper {
	pthread_mutex_t	 lock;		/* of everything below */
	unsigned	 owners;
	/* set before it is shared */
	helio_grant	 grant;		/* own copies of its texts */
	void		*arg;
	struct token_owner file;	/* path NULL: none; own copies */
	int64_t		 margin_us;
	long		 back_off_ms, back_off_most_ms;
	/* the token */
	helio_token	*token;		/* or NULL */
	uint64_t	 number;	/* of that token, rising */
	/* getting one */
	bool		 busy;		/* somebody is */
	int		 file_lock;	/* its lock on the file, or below 0 */
	bool		 refresh_refused;
	unsigned	 failures;	/* in a row */
	int64_t		 not_before_ms;	/* no new login until then */
	helio_error	 last;		/* why the last one failed */
};

/* ---- tokens ---- */

helio_token *
helio_token_new(const char *access, const char *refresh, int64_t expires_us)
{
	helio_token *token = calloc(1, sizeof(*token));

	if (token == NULL)
		return NULL;
	token->access = secret_copy(access);
	token->refresh = refresh != NULL ? secret_copy(refresh) : NULL;
	token->expires_us = expires_us;
	if (token->access != NULL &&
	    (refresh == NULL || token->refresh != NULL))
		return token;
	helio_token_free(token);
	return NULL;
}

void
helio_token_free(helio_token *token)
{
	if (token == NULL)
		return;
	secret_free(token->access);
	secret_free(token->refresh);
	free(token);
}

const char *
helio_token_access(const helio_token *token)
{
	return token->access;
}

const char *
helio_token_refresh(const helio_token *token)
{
	return token->refresh;
}

int64_t
helio_token_expires_us(const helio_token *token)
{
	return token->expires_us;
}

/* It goes into a header line as it is. */
bool
token_is_sane(const char *access)
{
	const char *at = access;

	while (*at > ' ' && *at < 0x7f)
		at++;
	return *at == '\0' && at > access && at - access <= TOKEN_TEXT_MAX;
}

static bool
same_token(const helio_token *a, const helio_token *b)
{
	return strcmp(a->access, b->access) == 0;
}

/* ---- making and sharing ---- */

static bool
copy_text(const char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

static bool
copy_grant(helio_grant *to, const helio_grant *from)
{
	*to = *from;
	return copy_text(&to->name, from->name) &
	    copy_text(&to->header, from->header != NULL ?
	    from->header : "Authorization") &
	    copy_text(&to->prefix, from->prefix != NULL ?
	    from->prefix : "Bearer ");
}

helio_keeper *
helio_keeper_new(const helio_grant *grant, void *arg)
{
	helio_keeper *keeper = calloc(1, sizeof(*keeper));

	if (keeper == NULL) {
		if (grant->free != NULL)
			grant->free(arg);
		return NULL;
	}
	pthread_mutex_init(&keeper->lock, NULL);
	keeper->owners = 1;
	keeper->arg = arg;
	keeper->margin_us = 60 * US_PER_S;
	keeper->back_off_ms = 1000;
	keeper->back_off_most_ms = 60000;
	keeper->file_lock = -1;
	if (copy_grant(&keeper->grant, grant))
		return keeper;
	helio_keeper_free(keeper);
	return NULL;
}

helio_keeper *
helio_keeper_share(helio_keeper *keeper)
{
	pthread_mutex_lock(&keeper->lock);
	keeper->owners++;
	pthread_mutex_unlock(&keeper->lock);
	return keeper;
}

static void
free_file(struct token_owner *file)
{
	free((char *)file->path);
	free((char *)file->url);
	free((char *)file->username);
	*file = (struct token_owner){ NULL };
}

void
helio_keeper_free(helio_keeper *keeper)
{
	unsigned left;

	if (keeper == NULL)
		return;
	pthread_mutex_lock(&keeper->lock);
	left = --keeper->owners;
	pthread_mutex_unlock(&keeper->lock);
	if (left > 0)
		return;
	if (keeper->grant.free != NULL)
		keeper->grant.free(keeper->arg);
	free((char *)keeper->grant.name);
	free((char *)keeper->grant.header);
	free((char *)keeper->grant.prefix);
	free_file(&keeper->file);
	helio_token_free(keeper->token);
	pthread_mutex_destroy(&keeper->lock);
	free(keeper);
}

void
helio_keeper_margin(helio_keeper *keeper, long ms)
{
	keeper->margin_us = (int64_t)ms * 1000;
}

void
helio_keeper_back_off(helio_keeper *keeper, long first_ms, long most_ms)
{
	keeper->back_off_ms = first_ms;
	keeper->back_off_most_ms = most_ms;
}

/* ---- what is kept ---- */

static void
use_token(helio_keeper *keeper, helio_token *token)
{
	helio_token_free(keeper->token);
	keeper->token = token;
	keeper->number++;
}

/* A token that lives but a short while is used most of it. */
static bool
is_fresh(const helio_keeper *keeper, const helio_token *token)
{
	int64_t margin_us = keeper->margin_us;

	if (token->life_us > 0 && token->life_us / 4 < margin_us)
		margin_us = token->life_us / 4;
	return token->expires_us == 0 ||
	    token->expires_us > time_now_us() + margin_us;
}

/* Another process may have got a newer one. */
static void
read_file(helio_keeper *keeper)
{
	helio_token *token = keeper->file.path != NULL ?
	    token_file_read(&keeper->file) : NULL;

	if (token != NULL &&
	    (keeper->token == NULL || !same_token(token, keeper->token)))
		use_token(keeper, token);
	else
		helio_token_free(token);
}

helio_code
helio_keeper_file(helio_keeper *keeper, const char *path, const char *url,
    const char *username, helio_error *error)
{
	free_file(&keeper->file);
	if (!(copy_text(&keeper->file.path, path) &
	    copy_text(&keeper->file.url, url) &
	    copy_text(&keeper->file.username, username))) {
		free_file(&keeper->file);
		return helio_error_set(error, HELIO_LOCAL, "no memory");
	}
	read_file(keeper);
	return HELIO_DONE;
}

static helio_code
store_token(helio_keeper *keeper, helio_token *token, helio_error *error)
{
	use_token(keeper, token);
	if (keeper->file.path == NULL)
		return HELIO_DONE;
	return token_file_write(&keeper->file, token, error);
}

helio_code
helio_keeper_put(helio_keeper *keeper, helio_token *token, helio_error *error)
{
	helio_code code;

	pthread_mutex_lock(&keeper->lock);
	code = store_token(keeper, token, error);
	pthread_mutex_unlock(&keeper->lock);
	return code;
}

void
helio_keeper_drop(helio_keeper *keeper)
{
	helio_token *none = helio_token_new("", NULL, 1);
	helio_error ignored;

	pthread_mutex_lock(&keeper->lock);
	if (none != NULL && keeper->file.path != NULL)
		token_file_write(&keeper->file, none, &ignored);
	use_token(keeper, NULL);
	pthread_mutex_unlock(&keeper->lock);
	helio_token_free(none);
}

helio_token *
helio_keeper_token(helio_keeper *keeper)
{
	helio_token *copy = NULL, *kept;

	pthread_mutex_lock(&keeper->lock);
	kept = keeper->token;
	if (kept != NULL && (kept->expires_us == 0 ||
	    kept->expires_us > time_now_us()))
		copy = helio_token_new(kept->access, kept->refresh,
		    kept->expires_us);
	pthread_mutex_unlock(&keeper->lock);
	return copy;
}

/* ---- asking ---- */

static bool
usable(const helio_keeper *keeper, const struct keeper_wish *wish)
{
	return keeper->token != NULL && keeper->number > wish->refused &&
	    (keeper->number == wish->got || is_fresh(keeper, keeper->token));
}

static char *
header_line(const helio_keeper *keeper)
{
	struct buf line = BUF_INIT;
	char *secret = NULL;

	buf_addf(&line, "%s: %s%s", keeper->grant.header,
	    keeper->grant.prefix, keeper->token->access);
	if (!line.failed)
		secret = secret_copyn(line.data, line.len);
	secret_buf_free(&line);
	return secret;
}

static enum keeper_state
give(helio_keeper *keeper, char **ret_line, uint64_t *ret_number,
    helio_error *error)
{
	char *line = header_line(keeper);

	if (line == NULL) {
		helio_error_set(error, HELIO_LOCAL, "no memory");
		return KEEPER_FAILED;
	}
	*ret_line = line;
	*ret_number = keeper->number;
	return KEEPER_READY;
}

/* Is it somebody's turn, or may nobody ask the service now? */
static enum keeper_state
may_get(helio_keeper *keeper, helio_error *error)
{
	if (keeper->grant.ask == NULL) {
		helio_error_set(error, HELIO_DENIED,
		    "there is nothing to log in with");
		return KEEPER_NONE;
	}
	if (keeper->busy)
		return KEEPER_WAIT;
	if (keeper->not_before_ms > time_monotonic_ms()) {
		*error = keeper->last;
		return KEEPER_FAILED;
	}
	return KEEPER_FETCH;
}

/* The file's lock, too: KEEPER_WAIT when another program has it. */
static enum keeper_state
take_turn(helio_keeper *keeper)
{
	if (keeper->file.path != NULL) {
		keeper->file_lock = token_file_lock(keeper->file.path);
		if (keeper->file_lock == -1)
			return KEEPER_WAIT;
		read_file(keeper);
	}
	keeper->busy = true;
	keeper->refresh_refused = false;
	return KEEPER_FETCH;
}

static void
end_turn(helio_keeper *keeper)
{
	if (keeper->file_lock >= 0)
		token_file_unlock(keeper->file.path, keeper->file_lock);
	keeper->file_lock = -1;
	keeper->busy = false;
}

static enum keeper_state
ask_locked(helio_keeper *keeper, const struct keeper_wish *wish,
    char **ret_line, uint64_t *ret_number, helio_error *error)
{
	enum keeper_state state;

	if (usable(keeper, wish))
		return give(keeper, ret_line, ret_number, error);
	state = may_get(keeper, error);
	if (state == KEEPER_NONE || state == KEEPER_FAILED) {
		read_file(keeper);
		if (usable(keeper, wish))
			return give(keeper, ret_line, ret_number, error);
	}
	/* an old token is better than none: let the service refuse it */
	if (state == KEEPER_NONE && keeper->token != NULL && wish->refused == 0)
		return give(keeper, ret_line, ret_number, error);
	if (state == KEEPER_FETCH)
		state = take_turn(keeper);
	if (state == KEEPER_FETCH && usable(keeper, wish)) {
		end_turn(keeper);
		return give(keeper, ret_line, ret_number, error);
	}
	return state;
}

enum keeper_state
keeper_ask(helio_keeper *keeper, const struct keeper_wish *wish,
    char **ret_line, uint64_t *ret_number, helio_error *error)
{
	enum keeper_state state;

	pthread_mutex_lock(&keeper->lock);
	state = ask_locked(keeper, wish, ret_line, ret_number, error);
	pthread_mutex_unlock(&keeper->lock);
	return state;
}

enum keeper_state
keeper_renew(helio_keeper *keeper, helio_error *error)
{
	enum keeper_state state;

	pthread_mutex_lock(&keeper->lock);
	state = may_get(keeper, error);
	if (state == KEEPER_FETCH)
		state = take_turn(keeper);
	/* not by refreshing: the password is to be proved */
	keeper->refresh_refused |= state == KEEPER_FETCH;
	pthread_mutex_unlock(&keeper->lock);
	return state;
}

/* ---- getting ---- */

/* The text to renew with, or NULL.  Only the one whose turn it is asks. */
static const char *
refresh_text(const helio_keeper *keeper)
{
	return keeper->token == NULL || keeper->refresh_refused ? NULL :
	    keeper->token->refresh;
}

helio_code
keeper_request(helio_keeper *keeper, helio_call **ret, helio_error *error)
{
	char *refresh = NULL;
	const char *text;
	helio_code code;

	/* the owner's function must not be called with the lock held */
	pthread_mutex_lock(&keeper->lock);
	text = refresh_text(keeper);
	refresh = text != NULL ? secret_copy(text) : NULL;
	pthread_mutex_unlock(&keeper->lock);
	code = keeper->grant.ask(keeper->arg, refresh, ret, error);
	secret_free(refresh);
	return code;
}

static void
put_off(helio_keeper *keeper, const helio_error *error)
{
	int64_t ms = keeper->back_off_ms;

	for (unsigned i = 0; i < keeper->failures &&
	    ms < keeper->back_off_most_ms; i++)
		ms *= 2;
	if (ms > keeper->back_off_most_ms)
		ms = keeper->back_off_most_ms;
	keeper->failures++;
	keeper->not_before_ms = time_monotonic_ms() + ms;
	keeper->last = *error;
}

static helio_code
take_token(helio_keeper *keeper, const helio_reply *reply,
    helio_token **ret, helio_error *error)
{
	helio_code code = keeper->grant.take(keeper->arg, reply, ret, error);

	if (code != HELIO_DONE || token_is_sane((*ret)->access))
		return code;
	helio_token_free(*ret);
	*ret = NULL;
	return helio_error_set(error, HELIO_DENIED,
	    "the token in the answer is none");
}

helio_code
keeper_got(helio_keeper *keeper, const helio_reply *reply, bool *ret_again,
    uint64_t *ret_number, helio_error *error)
{
	helio_token *token = NULL;
	helio_code code = take_token(keeper, reply, &token, error);

	pthread_mutex_lock(&keeper->lock);
	if (code == HELIO_DENIED && refresh_text(keeper) != NULL) {
		keeper->refresh_refused = *ret_again = true;
		pthread_mutex_unlock(&keeper->lock);
		return code;
	}
	if (code == HELIO_DONE) {
		keeper->failures = 0;
		keeper->not_before_ms = 0;
		if (token->expires_us != 0)
			token->life_us = token->expires_us - time_now_us();
		*ret_number = keeper->number + 1;
		code = store_token(keeper, token, error);
	} else {
		put_off(keeper, error);
	}
	end_turn(keeper);
	pthread_mutex_unlock(&keeper->lock);
	return code;
}

void
keeper_gave_up(helio_keeper *keeper, const helio_error *error)
{
	pthread_mutex_lock(&keeper->lock);
	if (error != NULL)
		put_off(keeper, error);
	end_turn(keeper);
	pthread_mutex_unlock(&keeper->lock);
}

void
keeper_blame(helio_keeper *keeper, helio_error *error)
{
	helio_error_step(error, "%s", keeper->grant.name != NULL ?
	    keeper->grant.name : "token");
}
