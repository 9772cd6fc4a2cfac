/* Wires the parts together and waits for the signal to stop. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "action/action.h"
#include "api/api.h"
#include "api/auth_routes.h"
#include "base/log.h"
#include "device/device.h"
#include "domain/ceiling.h"
#include "domain/retention.h"
#include "hook/hook.h"
#include "http/http.h"
#include "influx/influx.h"
#include "openapi/openapi.h"
#include "outbox/outbox.h"
#include "rest/rest.h"
#include "rtc/rtc.h"
#include "schema/schema.h"
#include "server/admin.h"
#include "server/server.h"
#include "sms/sms.h"
#include "store/store.h"

enum {
	TRIM_FROM = 16 << 20,	/* bytes free at the end of a thread's heap */
	MMAP_FROM = 8 << 20,	/* in one piece: not from the heap */
};

/* Everything that runs; opened top down, closed bottom up. */
struct server {
	const struct config *config;
	struct store	*store;
	struct ceiling	*ceiling;
	struct outbox	*outbox;
	struct sms	*sms;
	struct api	*api;
	const struct api_route *tables;	/* routes of the schema */
	struct http_server *http;
	struct admin	*admin;		/* NULL: no such listener */
	struct openapi	*openapi;
};

static enum helio_rc
open_store(struct server *server, const char *data, struct helio_err *err)
{
	struct store_options options;

	store_options_init(&options);
	options.path = data;
	options.schema = schema_builtin();
	options.query_ms = (unsigned)config_number(server->config,
	    CONFIG_ID_query_deadline) * 1000;
	options.database = config_text(server->config, CONFIG_ID_database);
	options.readers_max = (unsigned)config_number(server->config,
	    CONFIG_ID_database_connections);
	options.wait_ms = (unsigned)config_number(server->config,
	    CONFIG_ID_database_wait) * 1000;
	options.serving = true;
	return store_open(&options, &server->store, err);
}

static void
on_outbox_commit(const struct schema_table *table, void *arg)
{
	outbox_wake(arg);
}

static enum helio_rc
open_sms(struct server *server, struct helio_err *err)
{
	const struct config *config = server->config;
	const struct sms_settings settings = {
		.provider = config_text(config, CONFIG_ID_sms_provider),
		.url = config_text(config, CONFIG_ID_sms_url),
		.body = config_text(config, CONFIG_ID_sms_body),
		.user = config_text(config, CONFIG_ID_sms_user),
		.password = config_text(config, CONFIG_ID_sms_password),
		.client_id = config_text(config, CONFIG_ID_sms_client_id),
		.client_secret = config_text(config,
		    CONFIG_ID_sms_client_secret),
		.from = config_text(config, CONFIG_ID_sms_from),
		.text = config_text(config, CONFIG_ID_sms_text),
		.file = config_text(config, CONFIG_ID_sms_file),
		.report_url = config_text(config, CONFIG_ID_sms_report_url),
	};

	return sms_new(&settings, server->store, &server->sms, err);
}

static enum helio_rc
open_outbox(struct server *server, struct helio_err *err)
{
	struct outbox_options options;
	enum helio_rc rc;

	outbox_options_init(&options);
	options.store = server->store;
	rc = outbox_new(&options, &server->outbox, err);
	if (rc != HELIO_OK)
		return rc;
	hook_register(server->outbox, server->store);
	sms_register(server->sms, server->outbox);
	rtc_register(server->outbox, server->store);
	store_on_commit(server->store, "outbox", on_outbox_commit,
	    server->outbox);
	rc = retention_register(server->outbox, server->store, err);
	return rc == HELIO_OK ? outbox_start(server->outbox, err) : rc;
}

static void
add_routes(struct server *server)
{
	struct device_options device = {
		.poll_after_s = config_number(server->config,
		    CONFIG_ID_poll_after),
		.basic_always = strcmp(config_text(server->config,
		    CONFIG_ID_unit_basic_auth), "always") == 0,
		.upload_max = (size_t)config_size(server->config,
		    CONFIG_ID_upload_max),
	};
	const struct influx_options influx = {
		.upload_max = device.upload_max,
		.query_ms = 1000 * (unsigned)config_number(server->config,
		    CONFIG_ID_query_deadline),
		.query_rows = (uint64_t)config_number(server->config,
		    CONFIG_ID_query_rows),
	};
	const struct api_route *routes;
	size_t n;

	routes = auth_routes(&n);
	api_add_routes(server->api, routes, n);
	server->tables = rest_routes(schema_builtin(), &n);
	api_add_routes(server->api, server->tables, n);
	routes = action_routes(&n);
	api_add_routes(server->api, routes, n);
	routes = device_routes(&device, &n);
	api_add_routes(server->api, routes, n);
	routes = influx_routes(&influx, &n);
	api_add_routes(server->api, routes, n);
	routes = sms_routes(&n);
	api_add_routes(server->api, routes, n);
}

/* After all other routes: the document lists them. */
static enum helio_rc
describe_api(struct server *server, struct helio_err *err)
{
	const struct api_route *routes;
	size_t n;

	server->openapi = openapi_new();
	if (server->openapi == NULL)
		return err_set(err, HELIO_E_NO_MEMORY, "no memory");
	routes = openapi_routes(server->openapi, &n);
	api_add_routes(server->api, routes, n);
	return openapi_fill(server->openapi, server->api, schema_builtin(),
	    HELIO_VERSION, err);
}

static enum helio_rc
open_api(struct server *server, struct helio_err *err)
{
	const struct config *config = server->config;
	struct api_options options = {
		.store = server->store,
		.workers = (unsigned)config_number(config, CONFIG_ID_workers),
		.token_ttl_us = config_number(config, CONFIG_ID_token_ttl) *
		    INT64_C(1000000),
		.body_max = (size_t)config_size(config,
		    CONFIG_ID_body_max),
		.body_deadline_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_body_deadline),
		.upload_deadline_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_upload_deadline),
		.query_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_query_deadline),
		.query_rows = (uint64_t)config_number(config,
		    CONFIG_ID_query_rows),
		.access_log = strcmp(config_text(config,
		    CONFIG_ID_access_log), "on") == 0,
	};
	enum helio_rc rc = api_new(&options, &server->api, err);

	if (rc != HELIO_OK)
		return rc;
	add_routes(server);
	return describe_api(server, err);
}

/* A text setting, or NULL when it is empty. */
static const char *
text_or_null(const struct config *config, enum config_id id)
{
	const char *text = config_text(config, id);

	return *text != '\0' ? text : NULL;
}

static enum helio_rc
open_http(struct server *server, struct helio_err *err)
{
	const struct config *config = server->config;
	struct http_options options = {
		.listen = config_text(config, CONFIG_ID_listen),
		.loops = (unsigned)config_number(config, CONFIG_ID_loops),
		.header_max = (size_t)config_size(config,
		    CONFIG_ID_header_max),
		.header_deadline_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_header_deadline),
		.idle_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_idle_timeout),
		.connections_max = (unsigned)config_number(config,
		    CONFIG_ID_connections_max),
		.bodies_max = (size_t)config_size(config,
		    CONFIG_ID_bodies_max),
		.streams_max = (unsigned)config_number(config,
		    CONFIG_ID_streams_max),
		.stream_idle_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_stream_idle),
		.stream_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_stream_deadline),
		.drain_ms = 1000 * (unsigned)config_number(config,
		    CONFIG_ID_drain),
		.tls_cert = text_or_null(config, CONFIG_ID_tls_cert),
		.tls_key = text_or_null(config, CONFIG_ID_tls_key),
	};
	struct http_app app = api_app(server->api);

	if ((options.tls_cert == NULL) != (options.tls_key == NULL))
		return err_set(err, HELIO_E_INVALID,
		    "tls_cert and tls_key go together");
	return http_start(&options, &app, &server->http, err);
}

static enum helio_rc
open_admin(struct server *server, struct helio_err *err)
{
	const struct admin_options options = {
		.listen = text_or_null(server->config, CONFIG_ID_admin_listen),
		.api = server->api, .http = server->http,
		.store = server->store,
	};

	if (options.listen == NULL)
		return HELIO_OK;
	return admin_start(&options, &server->admin, err);
}

static void
close_all(struct server *server)
{
	admin_stop(server->admin);
	http_stop(server->http);
	api_free(server->api);
	openapi_free(server->openapi);
	rest_routes_free(server->tables);
	if (server->outbox != NULL)
		outbox_join(server->outbox);
	store_close(server->store);
	ceiling_free(server->ceiling);
	outbox_free(server->outbox);
	sms_free(server->sms);
}

static void
set_log_level(const struct config *config)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], config_text(config,
		    CONFIG_ID_log_level)) == 0)
			log_set_level((enum log_level)i);
}

/*
 * SIGTERM and SIGINT are blocked before any thread starts, so that all
 * threads inherit that and only wait_for_stop() takes them.
 */
static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/*
 * A query or an upload takes some hundred kilobytes and returns them.  By
 * default that memory goes back to the system at once, and the next one pays
 * for each page of it again, which is dearer than a short query itself.
 */
static void
keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_FROM);
	(void)mallopt(M_TRIM_THRESHOLD, TRIM_FROM);
}

static void
wait_for_stop(const sigset_t *set)
{
	int number;

	while (sigwait(set, &number) == EINTR)
		;
	log_event(LOG_INFO, "server.stopping", "signal=%d", number);
}

enum helio_rc
server_run(const char *data, const struct config *config,
    struct helio_err *err)
{
	struct server server = { .config = config };
	sigset_t signals;
	enum helio_rc rc;

	set_log_level(config);
	keep_memory();
	block_signals(&signals);
	rc = open_store(&server, data, err);
	if (rc == HELIO_OK)
		rc = ceiling_watch(server.store, config_size(config,
		    CONFIG_ID_telemetry_max), &server.ceiling, err);
	if (rc == HELIO_OK)
		rc = open_sms(&server, err);
	if (rc == HELIO_OK)
		rc = open_outbox(&server, err);
	if (rc == HELIO_OK)
		rc = open_api(&server, err);
	if (rc == HELIO_OK)
		rc = open_http(&server, err);
	if (rc == HELIO_OK)
		rc = open_admin(&server, err);
	if (rc == HELIO_OK) {
		printf("listening on %s\n", http_url(server.http));
		if (server.admin != NULL)
			printf("admin listening on %s\n",
			    admin_url(server.admin));
		fflush(stdout);
		wait_for_stop(&signals);
	}
	close_all(&server);
	return rc;
}
