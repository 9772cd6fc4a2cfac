"""A server with rows in every table, for tests that are generated from the
facts.

Tables without POST get their rows by `helio import` before the server
starts: some to try things on, and for every foreign key a parent with
exactly one child.
"""
import facts
import helio

POOL = 40       # imported rows of each table without POST


class World:
    def __init__(self, folder):
        helio.init(folder)
        self.pool = {}      # table without POST: keys not used yet
        self.pairs = {}     # (child table, field): (parent key, child key)
        self._import(folder)
        self.server = helio.Server(folder)
        self.system = self.server.login("SYSTEM")
        self.rows = facts.Rows(self._post)
        self._fixed = {}

    def _import(self, folder):
        lines = facts.Import()
        rows = facts.Rows(lines.add)
        for name, table in facts.SERVED.items():
            if "POST" not in table.methods:
                self.pool[name] = [rows.add(name) for _ in range(POOL)]
        for name, table in facts.TABLES.items():
            for field in table.fields.values():
                if field.target:
                    self.pairs[name, field.name] = _pair(rows, name, field)
        helio.import_rows(folder, lines.lines)

    def _post(self, table, row):
        fact = facts.SERVED[table]
        if "POST" not in fact.methods:
            return self.pool[table].pop()
        reply = self.system.post(fact.path, row)
        assert reply.status_code == 201, (table, row, reply.text)
        return reply.json()[fact.key]

    def new(self, table):
        """The key of a row that nobody else uses."""
        return self.rows.add(table)

    def fixed(self, table):
        """The key of a row that tests may read and refuse to change."""
        if table not in self._fixed:
            self._fixed[table] = self.new(table)
        return self._fixed[table]

    def read(self, table, key):
        reply = self.system.get(facts.SERVED[table].item(key))
        assert reply.status_code == 200, reply.text
        return reply.json()

    def find(self, table, **q):
        """The page that a query gives."""
        reply = self.system.query(
            facts.SERVED[table].path + "?results_per_page=100", **q)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def count(self, table):
        return self.find(table)["num_results"]


def _pair(rows, child, field):
    """A parent and its only child; alone of its kind, so that it may go."""
    parent = rows.add(field.target)
    # columns that only the server sets lead nowhere else
    return parent, rows.add(child, **{field.name: parent})


def is_envelope(reply, status="error"):
    """The body of a refusal."""
    body = reply.json()
    assert body["status"] == status, body
    assert isinstance(body["message"], str) and body["message"], body
    assert "data" in body, body
    return body


def faults(reply):
    """The names of what a validation error complains about."""
    assert reply.status_code == 400, (reply.status_code, reply.text)
    body = is_envelope(reply, "validation-error")
    assert body["data"] == body["validation_errors"], body
    assert all(isinstance(text, str) and text for text in
               body["data"].values()), body
    return set(body["data"])
