/* Users as rows, for the commands that make and change them. */
#ifndef HELIO_CMD_USER_ROW_H
#define HELIO_CMD_USER_ROW_H

#include "store/store.h"

struct user_new {
	const char	*username;
	const char	*password;
	enum level	 level;
	bool		 global;
	int64_t		 entity_id;	/* 0: none */
};

/* Hash the password and insert the user, durably.  E_INVALID names what is
 * wrong (username taken, no such entity). */
enum helio_rc	user_create(struct store *, const struct user_new *,
		    struct helio_err *);
/* The user with this name, in a transaction; E_NOT_FOUND. */
enum helio_rc	user_find(struct tx *, const char *username, struct row **ret,
		    struct helio_err *);
/* End every token of a user, in a transaction. */
enum helio_rc	user_drop_tokens(struct tx *, const struct row *user,
		    struct helio_err *);

#endif
