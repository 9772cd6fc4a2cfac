/*
 * What the files of the Blue Current sandbox share.
 *
 *   bluecurrent.c          the row: settings, configuration, control paths
 *   bluecurrent_point.c    a charge point and its meters: no I/O
 *   bluecurrent_service.c  what requests do
 *   bluecurrent_socket.c   the WebSocket listener
 *
 * Everything runs under the sandbox's lock.
 */
#ifndef HELIO_SANDBOX_BLUECURRENT_H
#define HELIO_SANDBOX_BLUECURRENT_H

#include "sandbox/sandbox.h"

enum bluecurrent_setting {
#define SETTING(name, fallback, help) BLUECURRENT_##name,
#include "sandbox/bluecurrent.def"
#undef SETTING
};

enum {
	BLUECURRENT_ID_SIZE = 32,
	BLUECURRENT_NAME_SIZE = 64,
	BLUECURRENT_POINTS_MAX = 1000,
	BLUECURRENT_TOKENS_MAX = 64,	/* older ones are forgotten */
};

/* ---- a charge point ---- */

struct bluecurrent_point {
	char		 evse_id[BLUECURRENT_ID_SIZE];
	char		 name[BLUECURRENT_NAME_SIZE];
	long		 phases;	/* 1 or 3 */
	long		 current;	/* A of each, when it charges */
	long		 max_usage;	/* A */
	long		 smart_usage;	/* A, with smart charging */
	bool		 smart;
	bool		 public_charging;
	bool		 plug_and_charge;
	bool		 operative;
	bool		 vehicle;	/* plugged in */
	bool		 broken;	/* activity "error" */
	bool		 offline;
	char		 reject[BLUECURRENT_NAME_SIZE];	/* error of every action, or "" */
	int64_t		 offline_s;	/* since then */
	int64_t		 back_s;	/* offline until then, 0: for ever */
	bool		 charging;
	char		 card[BLUECURRENT_NAME_SIZE];	/* of the session */
	int64_t		 start_s, stop_s;	/* of the session; 0: none */
	int64_t		 shown_start_s;	/* the first push still has the old one */
	int64_t		 push_s;	/* the next push while it charges */
	json_t		*more;		/* settings that are only kept */
};

/* kWh and EUR of the session, running or last, at a time. */
double		 bluecurrent_kwh(const struct bluecurrent_point *, int64_t now_s);
double		 bluecurrent_cost(const struct bluecurrent_point *, int64_t now_s,
		    double price);
/* The `data` of each object: new references, NULL without memory. */
json_t		*bluecurrent_point_data(const struct bluecurrent_point *);
json_t		*bluecurrent_status_data(const struct bluecurrent_point *,
		    int64_t now_s, double price);
json_t		*bluecurrent_settings_data(const struct bluecurrent_point *);
/* {"value": .., "permission": "write"} */
json_t		*bluecurrent_permitted(json_t *value);	/* takes value */
/* A of a phase (0..2) at a time; 0 unless it charges. */
double		 bluecurrent_current(const struct bluecurrent_point *, int phase,
		    int64_t now_s);

void		 bluecurrent_begin(struct bluecurrent_point *, const char *card,
		    int64_t now_s);
void		 bluecurrent_end(struct bluecurrent_point *, int64_t now_s);
/* Offline for so many seconds; for ever with 0. */
void		 bluecurrent_leave(struct bluecurrent_point *, int64_t now_s,
		    int64_t seconds);

/* ---- the service ---- */

struct bluecurrent_token {
	char		 text[SANDBOX_TOKEN_SIZE];
	int64_t		 expires_us;	/* 0: never */
};

struct bluecurrent_action;
struct bluecurrent_socket;
struct bluecurrent_peer;

struct bluecurrent {
	struct sandbox	*sandbox;
	struct bluecurrent_point *point;
	size_t		 n;
	json_t		*cards;
	json_t		*schedules;	/* of currents overridden */
	json_int_t	 next_schedule;
	struct bluecurrent_token token[BLUECURRENT_TOKENS_MAX];
	size_t		 n_tokens;	/* ever given */
	struct bluecurrent_action *actions;	/* charge points are about to answer */
	int64_t		 start_us;	/* of the meters' clock; 0: the wall clock's */
	int64_t		 started_us;	/* the sandbox's clock then */
	struct bluecurrent_socket *socket;
};

/* The meters' clock, seconds since 1970. */
int64_t		 bluecurrent_now_s(const struct bluecurrent *);
struct bluecurrent_point *bluecurrent_find(struct bluecurrent *, const char *evse_id);
/* A message has come. */
void		 bluecurrent_message(struct bluecurrent *, struct bluecurrent_peer *,
		    const char *, size_t n);
/* Time has passed: answers that are due, pushes, charge points that return. */
void		 bluecurrent_tick(struct bluecurrent *);
/* Tell all who said HELLO how a charge point is. */
void		 bluecurrent_push_status(struct bluecurrent *, struct bluecurrent_point *);
void		 bluecurrent_actions_free(struct bluecurrent *);

/* ---- the socket ---- */

/* Send an object to a peer, or to all who said HELLO; takes it. */
void		 bluecurrent_send(struct bluecurrent_peer *, json_t *);
void		 bluecurrent_push(struct bluecurrent *, json_t *);
/* Send text as it is. */
void		 bluecurrent_send_text(struct bluecurrent_peer *, const char *, size_t n);
/* Close after what was sent; code 0 breaks the connection off at once. */
void		 bluecurrent_close(struct bluecurrent_peer *, unsigned code);
void		 bluecurrent_hello(struct bluecurrent_peer *);
/* A number for as long as the peer is there, and the peer or NULL. */
uint64_t	 bluecurrent_serial(const struct bluecurrent_peer *);
struct bluecurrent_peer *bluecurrent_peer(struct bluecurrent *, uint64_t serial);
/* Call for every peer. */
void		 bluecurrent_each(struct bluecurrent *,
		    void (*)(struct bluecurrent_peer *, void *), void *);
size_t		 bluecurrent_n_peers(const struct bluecurrent *);

extern const struct sandbox_listener bluecurrent_listener;

#endif
