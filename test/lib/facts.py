"""What the API's documents say about each table, and legal rows made of it.

The facts are test/schema/facts.json plus what this file adds: tables that
the documents name without describing them, and who may do more than the
documents' tables say.
"""
import dataclasses
import itertools
import json
import os
import re

FACTS = os.path.join(os.path.dirname(__file__), "..", "schema", "facts.json")
LEVELS = ["OVERVIEW", "TECHNICAL", "ADMIN", "FACTORY", "SYSTEM"]
METHODS = ["GET", "POST", "PUT", "DELETE"]
META = ["created_at", "created_by", "modified_at", "modified_by"]
NOBODY = "NOBODY"

ALL_METHODS = {method: "SYSTEM" for method in METHODS} | {"GET": "OVERVIEW"}
HISTORY = {"GET": "OVERVIEW"}

# Tables that the documents name without describing them.
_PRODUCT = ["varchar(16)", "not_null", "foreign_key", {"table": "product"}]
_STATES = {"options": ["pending_disabled", "pending_enabled", "init",
                       "enabled", "disabled"]}
MORE_TABLES = {
    "product_entity_linker": {
        "collection": "product_entity_linker",
        "fields": {
            "product_entity_linker_id": ["int", "primary_key"],
            "product_imei": _PRODUCT,
            "entity_id": ["int", "not_null", "foreign_key",
                          {"table": "entity"}],
            "date_added": ["datetime"],
            "date_removed": ["datetime"]},
        "methods": HISTORY},
    "product_group": {
        "collection": "product_groups",
        "fields": {
            "product_group_id": ["int", "primary_key"],
            "name": ["string", "not_null", "unique"]},
        "methods": ALL_METHODS},
    "tamper_enable_history": {
        "collection": "tamper_enable_history",
        "fields": {
            "tamper_enable_history_id": ["int", "primary_key"],
            "product_imei": _PRODUCT,
            "prev_enable_state": ["string", _STATES],
            "current_enable_state": ["string", "not_null", _STATES],
            "user": ["string", "not_null"],
            "date": ["datetime", "not_null"]},
        "methods": HISTORY | {"DELETE": "SYSTEM"}},
    "part_parameter": {
        "collection": "part_parameters",
        "fields": {
            "part_parameter_id": ["int", "primary_key"],
            "part_id": ["int", "not_null", "foreign_key", {"table": "part"}],
            "parameter_type_id": ["int", "not_null", "foreign_key",
                                  {"table": "parameter_type"}],
            "status": ["string", {"options": ["expired", "removed", "active",
                                              "pending"]}],
            "value": ["string", "not_null"],
            "date_added": ["datetime"],
            "date_removed": ["datetime"]},
        "methods": ALL_METHODS},
    "wakeup_software": {
        "collection": "wakeup_software",
        "fields": {
            "wakeup_software_id": ["int", "primary_key"],
            "software_version_type_id": [
                "int", "not_null", "foreign_key", "unique",
                {"table": "software_version_type"}]},
        "methods": ALL_METHODS},
    "migration_history": {
        "collection": "migration_history",
        "fields": {
            "migration_history_id": ["int", "primary_key"],
            "product_imei": _PRODUCT,
            "from_imei": ["varchar(16)", "not_null"],
            "to_imei": ["varchar(16)", "not_null"],
            "date": ["datetime", "not_null"]},
        "methods": HISTORY},
    "user": {
        "collection": "users",
        "fields": {
            "user_id": ["int", "primary_key"],
            "username": ["string", "not_null", "unique"],
            "display_name": ["string"],
            "name": ["string"],
            "permissions": ["string", "not_null", {"options": LEVELS}],
            "user_product_visibility": ["string", "not_null", {
                "options": ["GLOBAL", "ENTITY"]}],
            "entity_id": ["int", "foreign_key", {"table": "entity"}],
            "hub_id": ["int", "foreign_key", {"table": "hub"}],
            "shop_id": ["int", "foreign_key", {"table": "shop"}],
            "active": ["boolean", "not_null", {"default": True}]},
        "methods": dict.fromkeys(METHODS, "SYSTEM")},
}

# Columns that the documents list as relations but use as columns.
MORE_FIELDS = {
    "repair": {"repair_centre_id": ["int", "foreign_key",
                                    {"table": "repair_centre"}]},
}

# The documents' prose grants more, or hides more, than their tables say.
LEVEL_OF = {
    ("product_note", "POST"): "TECHNICAL",
    ("product_note", "PUT"): "TECHNICAL",
    ("repair", "POST"): "TECHNICAL",
    ("repair", "PUT"): "TECHNICAL",
    ("repair_action_type_linker", "POST"): "TECHNICAL",
    ("repair_action_type_linker", "PUT"): "TECHNICAL",
    ("repair_part_type_linker", "POST"): "TECHNICAL",
    ("repair_part_type_linker", "PUT"): "TECHNICAL",
    ("repair_symptom_type_linker", "POST"): "TECHNICAL",
    ("repair_symptom_type_linker", "PUT"): "TECHNICAL",
    ("part", "POST"): "FACTORY",
    ("rtc_dead_letter", "GET"): "ADMIN",
    ("subscriber", "GET"): "ADMIN",
}

# Columns that callers cannot set, and who does (a word of the refusal).
OWNED = {
    ("product", "analysis_timestamp"): "analysis",
    ("product", "current_enable_flag"): "unit",
    ("product", "desired_enable_flag"): "enable",
    ("product", "disable_date"): "system",
    ("product", "latest_connection_id"): "system",
    ("product", "latest_connection_location_id"): "system",
    ("product", "latest_state_id"): "change_state",
    ("product", "latest_enable_history_id"): "system",
    ("product", "software_lock"): "lock_software",
    ("product", "ip_address"): "unit",
    ("product", "latest_rtc_connection_history_id"): "system",
    ("product", "latest_rtc_mo_status_report_time"): "system",
    ("product", "latest_rtc_mt_status_update_time"): "system",
    ("product", "dcm_enabled_flag"): "set_dcm_enabled_flag",
    ("product", "is_payg"): "set_is_payg",
    ("repair", "latest_workflow_event_id"): "workflow",
}

# Who is shown what not everybody is; it cannot be searched for.
SECRET = {
    ("product", "device_key"): "FACTORY",
    ("subscriber", "key"): NOBODY,
}

DURATIONS = {"sms_timeout", "analysis_frequency", "cooling_off_period"}
# Columns of unknown type that the documents' examples show as text.
TEXTS = {"iccid", "erp_code", "jig_id", "machine_id", "status",
         "jig_software_version", "message_bin", "update_commands_bin"}
PARAMETER_NAMES = ["energy_limit"]
NATURAL_KEYS = {"product", "network", "channel"}


@dataclasses.dataclass
class Field:
    table: str
    name: str
    type: str           # int float bool text datetime date duration json
    max: int = 0        # characters of a text, 0: any number
    required: bool = False
    unique: bool = False
    target: str = None  # the table that a foreign key leads to
    options: list = None
    has_default: bool = False

    @property
    def owner(self):
        return OWNED.get((self.table, self.name))

    @property
    def secret(self):
        return SECRET.get((self.table, self.name))

    @property
    def relation(self):
        """The name of the to-one relation of a foreign key."""
        if self.name.endswith("_id"):
            return self.name[:-3]
        if self.name == "product_imei":
            return "product"
        return self.name + "_rel"


@dataclasses.dataclass
class Table:
    name: str
    collection: str     # None: not served
    also: str
    key: str
    fields: dict        # by name, without key and meta fields
    relations: dict     # to-many: name to (table, field)
    methods: dict       # to the least level

    @property
    def path(self):
        return "/" + self.collection

    @property
    def natural(self):
        return self.name in NATURAL_KEYS

    @property
    def writable(self):
        """Fields that callers may set."""
        return [f for f in self.fields.values() if not f.owner]

    @property
    def shown(self):
        """Fields that can be searched."""
        return [f for f in self.fields.values() if not f.secret]

    def item(self, key):
        return "%s/%s" % (self.path, key)

    def allows(self, method, level):
        return method in self.methods and LEVELS.index(level) >= \
            LEVELS.index(self.methods[method])


_TYPES = {"int": "int", "float": "float", "boolean": "bool", "string": "text",
          "text": "text", "datetime": "datetime", "date": "date",
          "array": "json"}


def _type_of(name, fact):
    if name in DURATIONS:
        return "duration", 0
    if fact == "unknown-type":
        return ("text" if name in TEXTS else "json"), 0
    sized = re.fullmatch(r"varchar\((\d+)\)", fact)
    if sized:
        return "text", 16 if name == "product_imei" else int(sized.group(1))
    return _TYPES[fact], 0


def _field(table, name, fact):
    flags = {f for f in fact if isinstance(f, str)}
    more = next((f for f in fact if isinstance(f, dict)), {})
    kind, size = _type_of(name, fact[0])
    return Field(table, name, kind, size, "not_null" in flags,
                 "unique" in flags, more.get("table"), more.get("options"),
                 "default" in more)


def _table(name, fact):
    key = next(n for n, f in fact["fields"].items() if "primary_key" in f)
    return Table(
        name, fact["collection"], fact.get("also"), key,
        {n: _field(name, n, f) for n, f in
         (fact["fields"] | MORE_FIELDS.get(name, {})).items() if n != key},
        {n: tuple(t.split(".")) for n, t in
         fact.get("relationships", {}).items() if t},
        {m: LEVEL_OF.get((name, m), level)
         for m, level in fact["methods"].items()})


def _load():
    with open(FACTS, encoding="utf-8") as file:
        facts = json.load(file)
    return {name: _table(name, fact)
            for name, fact in sorted((facts | MORE_TABLES).items())}


TABLES = _load()
SERVED = {name: t for name, t in TABLES.items() if t.collection}


def having(*methods):
    """Names of the tables that have all these methods."""
    return [name for name, t in SERVED.items()
            if set(methods) <= set(t.methods)]


def levels_from(level):
    return LEVELS[LEVELS.index(level):]


def levels_below(level):
    return LEVELS[:LEVELS.index(level)]


# ---- legal values ----

def _text(field, n):
    if field.options:
        return field.options[n % len(field.options)]
    text = "%s %d" % (field.name, n)
    if field.max and len(text) > field.max:
        text = ("%d" % n).rjust(field.max, "0")
    return text


_VALUES = {
    "int": lambda field, n: 1 + n % 100000,
    "float": lambda field, n: n + 0.5,
    "bool": lambda field, n: n % 2 == 0,
    "text": _text,
    "datetime": lambda field, n: "2016-07-%02dT12:%02d:45" % (
        n % 28 + 1, n // 28 % 60),
    "date": lambda field, n: "2016-%02d-%02d" % (n // 28 % 12 + 1, n % 28 + 1),
    "duration": lambda field, n: 60.0 + n,
    "json": lambda field, n: PARAMETER_NAMES
    if field.name == "parameter_types" else {"number": n},
}


def value(field, n):
    """The n-th legal value of a field that is no foreign key."""
    return _VALUES[field.type](field, n)


WRONG = {
    "int": "twelve", "float": "a lot", "bool": "perhaps", "text": {"a": 1},
    "datetime": "no time at all", "date": ["2016-01-01"], "duration": "long",
}


def wrong(field):
    """A value of another type; None when every value is one."""
    return WRONG.get(field.type)


def nowhere(field):
    """A key that no row of the foreign key's table has."""
    key = TABLES[field.target]
    return 987654321 if key.name not in ("product", "channel") else "nowhere"


# ---- legal rows ----

class Rows:
    """Makes legal rows of every table, and the rows that they lead to.

    `add(table, row)` stores one row and returns its key; each Rows makes
    a table's row once and lets others lead to it, except where a unique
    column wants one for each (`share`: there too).
    """

    _numbers = itertools.count(1)

    def __init__(self, add, known=None, share=False):
        self._add = add
        self._share = share
        self.known = dict(known or {})

    def parent(self, table):
        """The key of this Rows' row of a table."""
        if table not in self.known:
            self.known[table] = self.add(table)
        return self.known[table]

    def body(self, table, **given):
        """A legal row: every field that callers may set."""
        n = next(self._numbers)
        row = {}
        for field in TABLES[table].writable:
            if field.name not in given:
                row[field.name] = self._value(field, n)
        row.update(_special(table, n))
        row.update(given)
        return row

    def _value(self, field, n):
        if field.target and field.unique and not self._share:
            return self.add(field.target)
        if field.target:
            return self.parent(field.target)
        if field.name == "product_imei":    # not checked, but a unit's
            return self.parent("product")
        return value(field, n)

    def add(self, table, **given):
        return self._add(table, self.body(table, **given))


def _special(table, n):
    """What a table's row needs beyond what its fields' types say."""
    if table == "network":
        return {"mccmnc": 90000 + n, "mcc": 900 + n // 100, "mnc": n % 100}
    if table == "channel":
        return {"name": "channel-%d" % n}
    if table == "user":
        return {"password": "correct horse battery", "permissions": "OVERVIEW"}
    return {}


class Import:
    """Collects rows for `helio import`; ids that no server gives soon."""

    def __init__(self):
        self.lines = []
        self._ids = itertools.count(1000000)

    def add(self, table, row):
        row = dict(row)
        row.pop("password", None)
        self._complete(table, row)
        self.lines.append({"table": table, "row": row})
        return row[TABLES[table].key]

    def _complete(self, table, row):
        """The key, and columns that only the server sets."""
        n = next(self._ids)
        key = TABLES[table].key
        if table == "product":
            row.setdefault(key, "44%013d" % n)
        else:
            row.setdefault(key, n)
        row.setdefault("created_at", "2016-07-01T00:00:00")
        row.setdefault("created_by", "import")
