/*
 * On whose behalf the store is read or written.  Every snapshot and every
 * transaction is opened for one caller; entity scope is applied from here to
 * every query, so no route can forget it.
 */
#ifndef HELIO_STORE_CALLER_H
#define HELIO_STORE_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#include "schema/schema.h"

enum { USERNAME_MAX = 128 };	/* bytes, without the NUL */

struct caller {
	/* goes into created_by, modified_by */
	char		 username[USERNAME_MAX + 1];
	int64_t		 user_id;	/* 0: not a user (the system, a unit) */
	enum level	 level;
	bool		 global;	/* false: what belongs to entity_id */
	int64_t		 entity_id;	/* meaningful unless global */
	bool		 has_entity;	/* GLOBAL users may have one too */
};

/* The server itself: "system", SYSTEM level, GLOBAL scope. */
extern const struct caller CALLER_SYSTEM;
/* A device: "unit", for rows that follow from what a unit reports. */
extern const struct caller CALLER_UNIT;

#endif
