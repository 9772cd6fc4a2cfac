"""What is stored of samples, how long, and how it goes."""
import helio

DAY = "2024-06-01"
AT = 1717243200000


def upload(api, imei, **fields):
    reply = api.post("/products/%s/data" % imei, {
        "measurement": "telemetry", "fields": fields})
    return reply


def values(api, imei, field, **params):
    reply = api.get("/products/%s/data" % imei, params={
        "start": "2024-05-31", "end": "2024-06-30", **params})
    assert reply.status_code == 200, reply.text
    return [value for value, _ in reply.json()["data"].get(field, [])]


def test_a_type_conflict_names_the_field(server, system):
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    assert upload(system, imei, tc=[[AT, 1.5]]).status_code == 200
    reply = upload(system, imei, tc=[[AT, "high"]], other=[[AT, 1]])
    assert reply.status_code == 400
    assert reply.json()["data"] == {"tc": "holds float, not string"}
    reply = upload(system, imei, mixed=[[AT, 1], [AT + 1, "x"]])
    assert "mixed" in reply.json()["data"]
    assert values(system, imei, "other") == []
    assert values(system, imei, "tc") == [1.5]


def test_integers_and_floats_are_one_type(server, system):
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    assert upload(system, imei, num=[[AT, 1]]).status_code == 200
    assert values(system, imei, "num") == [1]
    assert upload(system, imei, num=[[AT + 1000, 2.5]]).status_code == 200
    assert upload(system, imei, num=[[AT + 2000, 3]]).status_code == 200
    assert values(system, imei, "num") == [1.0, 2.5, 3.0]


def test_a_unit_is_told_of_points_of_another_type(unit):
    first = unit.post_rm({"measurement": "telemetry", "fields": {
        "ut": [[AT, True]]}})
    assert first.json()["data"] == {"written": 1, "rejected": []}
    reply = unit.post_rm({"measurement": "telemetry", "fields": {
        "ut": [[AT, 5], [AT + 1000, 6]], "uw": [[AT, 1]]}})
    assert reply.status_code == 200
    assert reply.json()["data"] == {"written": 1, "rejected": [
        {"field": "ut", "time": AT,
         "reason": "is of another type than the field"},
        {"field": "ut", "time": AT + 1000,
         "reason": "is of another type than the field"}]}


def test_names_that_replies_use_themselves(server, system, unit):
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    for name in ("time", "measurement", "tags"):
        reply = upload(system, imei, good=[[AT, 1]], **{name: [[AT, 2]]})
        assert reply.status_code == 400
        assert set(reply.json()["data"]) == {name}
        assert reply.json()["data"][name].startswith("is no name for a field")
        reply = unit.post_rm({"measurement": "telemetry", "fields": {
            "good": [[AT, 1]], name: [[AT, 2]]}})
        assert reply.status_code == 200
        assert [(r["field"], r["reason"])
                for r in reply.json()["data"]["rejected"]] == \
            [(name, "is no name for a field")]
    reply = system.post("/products/%s/data" % imei, {
        "measurement": "telemetry", "tags": {"time": "noon"},
        "fields": {"good": [[AT, 1]]}})
    assert reply.status_code == 400
    assert reply.json()["data"] == {"tags": "'time' is no name for a tag"}
    assert values(system, imei, "good") == []


def test_samples_can_be_deleted(server, system):
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    path = "/products/%s/data" % imei
    upload(system, imei, gone=[[AT + 1000 * i, i] for i in range(10)])
    assert server.login("FACTORY").delete(path).status_code == 403
    reply = system.delete(path, {"start": "2024-06-01T12:00:02",
                                 "end": "2024-06-01T12:00:04"})
    assert reply.status_code == 200, reply.text
    assert reply.json()["data"] == {"rows": 3}
    assert values(system, imei, "gone") == [0, 1, 5, 6, 7, 8, 9]
    assert system.delete(path, {"measurement": "none"}).json()["data"] == {
        "rows": 0}
    assert system.delete(path).json()["data"] == {"rows": 7}
    assert values(system, imei, "gone") == []
    assert system.delete("/products/none/data").status_code == 404


def test_policies(server, system):
    found = system.get("/retention_policies").json()["objects"]
    assert {(p["name"], p["measurement"], p["duration"]) for p in found} >= {
        ("telemetry_rp", "telemetry", None), ("analysis_rp", "analysis", None)}
    assert server.login("FACTORY").post("/retention_policies", {
        "name": "x", "measurement": "x"}).status_code == 403
    reply = system.post("/retention_policies", {
        "name": "logs_rp", "measurement": "logging", "duration": 86400})
    assert reply.status_code == 201, reply.text


def test_the_doctor_looks_at_chunks(fresh_server, tmp_path):
    server = fresh_server()
    imei = helio.new_hub2(server.login("FACTORY"))[0]
    upload(server.login(), imei, v=[[AT + 1000 * i, i / 10]
                                    for i in range(4000)])
    done = helio.run("doctor", "--data", server.folder)
    assert "1 chunks of 1 series decode, with 4000 rows" in done.stdout
