#!/usr/bin/env python3
"""Compare the built-in schema with the facts of the API's documents.

usage: check_schema.py DUMP FACTS REFERENCE

DUMP is the program test/lib/schema_dump.c, FACTS test/schema/facts.json,
REFERENCE schema/reference.jsonl, whose rows are checked against the schema.
Prints what differs and is not listed below; exit 1 when there is anything.
"""

import json
import subprocess
import sys

TYPES = {"int": "int", "string": "text", "text": "text", "float": "float",
         "boolean": "bool", "datetime": "datetime", "date": "date",
         "array": "json"}

# Columns of unknown type that hold text; the others hold JSON.
TEXT_COLUMNS = {"iccid", "erp_code", "jig_id", "machine_id", "status",
                "jig_software_version", "message_bin", "update_commands_bin"}

DURATIONS = {"sms_timeout", "analysis_frequency", "cooling_off_period"}

# What users may do beyond the documents' tables (schema/README.md).
LEVELS = {
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

# Columns that the documents have as relations, and the other way round.
EXTRA_FIELDS = {("repair", "repair_centre_id")}
NO_RELATIONS = {("repair", "repair_centre_id")}

# Tables that the documents name without describing them.
EXTRA_TABLES = {"product_entity_linker", "product_group", "part_parameter",
                "tamper_enable_history", "migration_history", "user",
                "wakeup_software", "retention_policy"}

META = {"created_at", "created_by", "modified_at", "modified_by"}


def wanted_type(name, fact):
    if name == "product_imei":
        return ("text", 16)
    if name in DURATIONS:
        return ("duration", 0)
    if fact == "unknown-type":
        return ("text" if name in TEXT_COLUMNS else "json", 0)
    if fact.startswith("varchar("):
        return ("text", int(fact[8:-1]))
    return (TYPES[fact], 0)


def check_field(where, name, fact, field):
    flags = {f for f in fact[1:] if isinstance(f, str)}
    more = next((f for f in fact[1:] if isinstance(f, dict)), {})
    pairs = [
        ("type", wanted_type(name, fact[0]), (field["type"], field["max"])),
        ("required", bool(flags & {"not_null", "primary_key"}),
         field["required"]),
        ("unique", "unique" in flags, field["unique"]),
        ("foreign key", "foreign_key" in flags,
         field["target"] is not None and not field["loose"]),
        ("foreign table", more.get("table"),
         None if field["loose"] else field["target"]),
        ("options", sorted(more.get("options", [])), sorted(field["options"])),
    ]
    if "default" in more:
        pairs.append(("default", True, field["default"]))
    for what, fact_value, ours in pairs:
        if fact_value != ours:
            yield f"{where}.{name}: {what} is {ours}, not {fact_value}"


def check_fields(name, fact, table):
    ours = {n for n, f in table["fields"].items() if not f["meta"]}
    extra = {n for t, n in EXTRA_FIELDS if t == name}
    for field in sorted(ours ^ set(fact["fields"]) ^ extra):
        yield f"{name}.{field}: only on one side"
    for field, facts in fact["fields"].items():
        if field in ours:
            yield from check_field(name, field, facts, table["fields"][field])


def check_table(name, fact, table):
    if (fact["collection"], fact.get("also")) != (
            table["collection"], table["also"]):
        yield f"{name}: served at {table['collection']}"
    yield from check_fields(name, fact, table)
    for relation, leads_to in fact["relationships"].items():
        ours = table["relations"].get(relation)
        if (name, relation) not in NO_RELATIONS and (
                ours is None or
                leads_to != f"{ours['target']}.{ours['field']}"):
            yield f"{name}: relation {relation} does not lead to {leads_to}"
    if table["collection"] is None:
        return
    methods = {m: LEVELS.get((name, m), level)
               for m, level in fact["methods"].items()}
    if methods != table["methods"]:
        yield f"{name}: methods are {table['methods']}, not {methods}"


def check_house_rules(name, table):
    """What holds for every table, documented or not."""
    if not table["doc"]:
        yield f"{name}: says nothing about itself"
    if not table["internal"] and not META <= set(table["fields"]):
        yield f"{name}: lacks meta fields"
    leading = {index["fields"][0] for index in table["indexes"]}
    for field, f in table["fields"].items():
        if field == table["key"]:
            continue
        if (f["target"] and not f["loose"] or f["unique"]) and \
                field not in leading:
            yield f"{name}.{field}: no index"


def check_row(where, schema, row, keys):
    table = schema[row["table"]]
    for name, value in row["row"].items():
        field = table["fields"].get(name)
        if field is None:
            yield f"{where}: unknown field {name}"
        elif field["options"] and value not in field["options"]:
            yield f"{where}: {name} is none of the options"
        elif field["target"] and value not in keys.get(field["target"], ()):
            yield f"{where}: {name} leads nowhere"
    for name, field in table["fields"].items():
        if field["required"] and not field["default"] and \
                name not in row["row"]:
            yield f"{where}: {name} is missing"


def check_unique(rows, schema):
    seen = set()
    for number, row in rows:
        table = schema[row["table"]]
        for name, field in table["fields"].items():
            mark = (row["table"], name, str(row["row"].get(name)))
            if name != table["key"] and not field["unique"]:
                continue
            if row["row"].get(name) is not None and mark in seen:
                yield f"reference line {number}: {name} is there already"
            seen.add(mark)


def check_reference(path, schema):
    with open(path, encoding="utf-8") as file:
        rows = [(n, json.loads(line)) for n, line in enumerate(file, 1)]
    keys = {}
    for _, row in rows:
        key = schema[row["table"]]["key"]
        keys.setdefault(row["table"], set()).add(row["row"][key])
    for number, row in rows:
        yield from check_row(f"reference line {number}", schema, row, keys)
    yield from check_unique(rows, schema)


def check_all(schema, facts, reference):
    for name, fact in facts.items():
        if name in schema:
            yield from check_table(name, fact, schema[name])
        else:
            yield f"{name}: no such table"
    ours = {n for n, t in schema.items() if not t["internal"]}
    for name in sorted(ours ^ set(facts) ^ EXTRA_TABLES):
        yield f"{name}: only on one side"
    for name, table in schema.items():
        yield from check_house_rules(name, table)
    yield from check_reference(reference, schema)


def main(dump, facts, reference):
    schema = json.loads(subprocess.check_output([dump]))
    with open(facts, encoding="utf-8") as file:
        problems = list(check_all(schema, json.load(file), reference))
    for problem in problems:
        print(problem)
    print(f"{len(schema)} tables, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
