/*
 * The one description of all data: tables, fields, relations, who may do what
 * and how far entity scope reaches.  Text (the files in schema/, embedded in the
 * program) becomes a linked, read-only structure at start.  Knows no SQL and
 * no HTTP; everything else - DDL, migrations, validation, routes,
 * permissions, export, the printed manual - is read from here.
 *
 * Adding a table is one entry in schema/; see CONTRIBUTING.md.
 */
#ifndef HELIO_SCHEMA_SCHEMA_H
#define HELIO_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rc.h"
#include "base/value.h"

/* The five permission levels, ascending; each can do all that the lower can
 * (seed: "Permissions").  NOBODY as a requirement means "no user, ever". */
enum level {
	LEVEL_OVERVIEW,
	LEVEL_TECHNICAL,
	LEVEL_ADMIN,
	LEVEL_FACTORY,
	LEVEL_SYSTEM,
	LEVEL_NOBODY,
};

/* "OVERVIEW" .. "SYSTEM", "NOBODY". */
const char	*level_name(enum level);
/* False when the name is none of the five. */
bool		 level_parse(const char *, enum level *ret);

enum field_type {
	FIELD_INT,		/* int64 */
	FIELD_FLOAT,		/* finite double */
	FIELD_BOOL,		/* stored as int 0/1 */
	FIELD_TEXT,		/* UTF-8, max_len code points when not 0 */
	FIELD_DATETIME,		/* stored as int, microseconds UTC */
	FIELD_DATE,		/* stored as int, days since 1970 */
	FIELD_DURATION,		/* stored as float, seconds */
	FIELD_JSON,		/* stored as text: one JSON value, minimal form */
	FIELD_BLOB,		/* bytes; only in internal tables not exported */
};

/* "int", "float", ... as in the schema text and the manual. */
const char	*field_type_name(enum field_type);
/* How values of the type are stored. */
enum value_type	 field_type_storage(enum field_type);

enum {
	SCHEMA_FIELDS_MAX = 64,		/* in one table, meta fields included */
	SCHEMA_INDEX_MAX = 6,		/* fields in one index */
	/* Code points of an indexed text without a limit of its own: two of
	 * them fit into a row of any engine's index (PostgreSQL: 2704 bytes). */
	SCHEMA_INDEXED_MAX = 255,
	SCHEMA_METHODS = 4,
	SCHEMA_GONE_MAX = 16,
};

enum schema_method {		/* index into schema_table.allow */
	SCHEMA_GET, SCHEMA_POST, SCHEMA_PUT, SCHEMA_DELETE,
};

struct schema_table;

struct schema_field {
	const char	*name;
	enum field_type	 type;
	unsigned	 index;		/* position in table->fields, and in rows */
	unsigned	 max_len;	/* code points; 0: no limit */
	bool		 index_len;	/* max_len is SCHEMA_INDEXED_MAX */
	bool		 required;	/* not null */
	bool		 unique;
	bool		 meta;		/* created_at .. modified_by, set by the store */
	bool		 has_default;
	struct value	 fallback;	/* the default, when has_default */
	const char *const *options;	/* NULL or NULL-terminated: legal texts */
	const struct schema_table *target;	/* foreign key: its table, or NULL */
	/* The foreign key gives a relation and may carry scope, but nothing
	 * checks that the row exists: no constraint, no part in deletes. */
	bool		 loose;
	/* Level that may read the value; others do not see the member at all.
	 * LEVEL_OVERVIEW: no secret.  LEVEL_NOBODY: never leaves the server
	 * but by export.  No secret can be filtered or ordered by. */
	enum level	 secret;
	/* JSON only, or NULL: members of this name, at any depth, are left out
	 * for callers below masked_below. */
	const char	*masked_member;
	enum level	 masked_below;
	/* Not NULL: the column belongs to an action; the text tells the user
	 * which ("products/<imei>/enable or /disable"). */
	const char	*owner;
	bool		 list;		/* JSON: an array, nothing else */
	const char	*doc;		/* or NULL */
};

enum relation_kind { RELATION_ONE, RELATION_MANY };

struct schema_relation {
	const char	*name;
	enum relation_kind kind;
	const struct schema_table *target;
	/* ONE: our foreign key field.  MANY: the target's field that points
	 * at our key. */
	const struct schema_field *field;
};

/* How ENTITY scope reaches the rows of a table (DESIGN section 5, "Scope"). */
enum scope_kind {
	SCOPE_ALL,		/* reference data: visible to all */
	SCOPE_NONE,		/* invisible to ENTITY users */
	SCOPE_OWN,		/* scope_field equals the user's entity */
	SCOPE_VIA,		/* the row that scope_relation (ONE) leads to is
				 * in scope; a null key is not */
	SCOPE_OWN_VIA,		/* both of the above */
	SCOPE_PRODUCT,		/* product: assigned to the entity now */
	SCOPE_PART,		/* part: in such a product now, or in none and
				 * the user is FACTORY or above */
};

struct schema_index {
	const struct schema_field **fields;
	size_t		 n;
	bool		 unique;
};

struct schema_table {
	const char	*name;
	const char	*path;		/* collection under /v1, or NULL: not served */
	const char	*also_path;	/* second collection name, or NULL */
	const char	*doc;
	const struct schema_field *fields;	/* the key first, meta fields last */
	size_t		 n_fields;
	const struct schema_field *key;
	bool		 natural_key;	/* the caller gives it; otherwise numbered */
	bool		 internal;	/* ours: no meta fields, no API, no row count */
	bool		 exported;	/* part of `helio export` */
	const struct schema_relation *relations;
	size_t		 n_relations;
	enum level	 allow[SCHEMA_METHODS];	/* LEVEL_NOBODY: 405 */
	enum scope_kind	 scope;
	const struct schema_field *scope_field;
	const struct schema_relation *scope_relation;
	/* Every index the store must have beyond the key: enforced foreign
	 * keys, unique fields and those the text asks for; no duplicates.  When the key
	 * is no int it ends every index that is not unique, so that the usual
	 * order by key comes free. */
	const struct schema_index *indexes;
	size_t		 n_indexes;
	/* fields in the order of their names, for output */
	const struct schema_field **sorted;
	/* rows elsewhere that point here: enforced foreign keys of all tables
	 * (loose ones are not among them) */
	const struct schema_field **referrers;
	const struct schema_table **referrer_tables;	/* their tables */
	size_t		 n_referrers;
	unsigned	 number;	/* index into schema->tables */
};

struct schema {
	unsigned	 version;
	const struct schema_table *tables;
	size_t		 n_tables;
	const char	*text;		/* what it was read from */
	size_t		 text_len;
	/* tables of earlier versions whose rows nobody needs any more */
	const char	*gone[SCHEMA_GONE_MAX];
	size_t		 n_gone;
};

enum { SCHEMA_PROBLEMS_MAX = 16 };

/* Something wrong, and where in the text. */
struct schema_problem {
	char		 file[48];	/* from the last `file` line, or empty */
	unsigned	 line, column;	/* from 1; 0, 0: the text as a whole */
	char		 text[160];
};

/* What the reader found wrong; all of it, up to the maximum. */
struct schema_problems {
	size_t		 n;
	struct schema_problem problem[SCHEMA_PROBLEMS_MAX];
};

/*
 * Parse and link one text.  A `file NAME` line inside it restarts the file
 * name and line count of positions: the embedded text is the concatenation
 * of the files in schema/.  The text is borrowed and must outlive the
 * schema.  The caller frees *ret with schema_free().  False: *problems (set
 * in any case) says why.
 */
bool		 schema_read(const char *text, size_t n, struct schema **ret,
		    struct schema_problems *problems);
void		 schema_free(struct schema *);	/* NULL is allowed */

/*
 * The program's own schema, read from the embedded text on the first call;
 * safe from any thread, never freed.  A tested build never fails; a broken
 * one aborts with the problems on stderr.
 */
const struct schema *schema_builtin(void);
/*
 * The rows that every new data folder starts with: JSON lines as `helio
 * import` takes them, keys included (schema/reference.jsonl).
 */
const char	*schema_reference_data(size_t *ret_len);

/* By name.  NULL when there is none, here and below. */
const struct schema_table *schema_table(const struct schema *, const char *name);
/* By collection path, n bytes: "products".  NULL when not served. */
const struct schema_table *schema_path(const struct schema *, const char *, size_t n);
const struct schema_field *schema_field(const struct schema_table *, const char *name);
const struct schema_field *schema_fieldn(const struct schema_table *, const char *, size_t n);
const struct schema_relation *schema_relation(const struct schema_table *, const char *name);
const struct schema_relation *schema_relationn(const struct schema_table *, const char *, size_t n);

/*
 * What must happen to go from one schema to a later one.  Only additions are
 * made: tables, fields that may be null or have a default, indexes,
 * relations, permissions.  Anything else is `destructive` and named.
 */
enum schema_change_kind {
	CHANGE_DROP_TABLE,	/* one that the later schema says is gone */
	CHANGE_ADD_TABLE,	/* its indexes follow as ADD_INDEX */
	CHANGE_ADD_FIELD,
	CHANGE_ADD_INDEX,
	CHANGE_DROP_INDEX,
	CHANGE_DESTRUCTIVE,
};

struct schema_change {
	enum schema_change_kind kind;
	const struct schema_table *table;	/* of the later schema; or of the
						 * earlier for DROP_TABLE and
						 * DESTRUCTIVE */
	const struct schema_field *field;	/* ADD_FIELD */
	const struct schema_index *index;	/* ADD_INDEX, DROP_INDEX */
	char		 why[160];		/* DESTRUCTIVE */
};

/*
 * Changes in the order to make them, each one statement; the caller frees
 * *ret (NULL when there are none) with free().  `from` NULL is the empty
 * schema.  E_CONFLICT: `from` has the higher version.
 */
enum helio_rc	 schema_diff(const struct schema *from, const struct schema *to,
		    struct schema_change **ret, size_t *ret_n, struct helio_err *);

/* Markdown reference of all tables for the manual. */
struct buf;
void		 schema_print_manual(const struct schema *, struct buf *);

#endif
