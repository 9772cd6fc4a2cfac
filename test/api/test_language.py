"""Messages in the language that a request asks for."""
import os
import subprocess
import sys

import pytest
import requests

import helio
import world as worlds

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
FRENCH = {"Accept-Language": "fr"}


def test_every_message_has_its_translation():
    done = subprocess.run(
        [sys.executable, "tools/messages.py", "--check", "po/fr.po"],
        cwd=TOP, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("header, language", [
    (None, "en"), ("en", "en"), ("fr", "fr"), ("fr-CA", "fr"),
    ("de, fr;q=0.7, en;q=0.3", "fr"), ("fr;q=0.2, en", "en"),
    ("de", "en"), ("*", "en"), ("fr;q=0", "en"), (";,=q", "en")])
def test_choice(server, header, language):
    reply = requests.get(server.v1 + "/hubs", headers={} if header is None
                         else {"Accept-Language": header})
    assert reply.status_code == 401
    assert reply.headers["Content-Language"] == language
    assert "Accept-Language" in reply.headers["Vary"].split(", ")
    assert reply.json()["message"] == {
        "en": "Your token is invalid or not present",
        "fr": "Votre jeton est absent ou n'est pas valide"}[language]


def test_success(login, unit):
    tech = login("TECHNICAL")
    path = "/products/%s/enable" % unit.imei
    reply = tech.put(path, headers=FRENCH)
    assert reply.headers["Content-Language"] == "fr"
    assert reply.json() == {"status": "success", "message": "Produit activé",
                            "data": None}
    assert tech.put(path).json()["message"] == "Product enabled"
    reply = login("ADMIN").put(
        "/products/%s/change_state" % unit.imei, {"new_state": 9},
        headers=FRENCH)
    assert reply.json() == {"status": "success",
                            "message": "L'état du produit a été modifié"}


def test_values_are_carried_over(system):
    reply = system.get("/auth/validate_user?username=élise%25s",
                       headers=FRENCH)
    assert reply.json()["message"] == \
        "Le nom d'utilisateur élise%s a été vérifié"
    reply = system.query("/hubs", filters=[
        {"name": "colour", "op": "eq", "val": 1}])
    assert "hub has no field 'colour'" in reply.text
    reply = system.get(
        '/hubs?q={"filters":[{"name":"colour","op":"eq","val":1}]}',
        headers=FRENCH)
    assert reply.json()["data"]["filters[0].name"] == \
        "hub n'a pas de champ « colour »"


def test_faults(system):
    reply = system.post("/upload_tool_log", {"toolname": "hammer"},
                        headers=FRENCH)
    assert worlds.faults(reply) == {"time", "message", "toolname"}
    data = reply.json()["data"]
    assert data["time"] == "ce champ est obligatoire"
    assert data["toolname"] == "cet outil n'existe pas"
    reply = system.post("/hubs", {"name": "h", "entity_id": 987654},
                        headers=FRENCH)
    assert reply.json()["message"].startswith("Votre requête contenait")
    assert reply.json()["data"] == {
        "entity_id": "cette ligne (entity) n'existe pas"}


def test_rows_are_not_translated(system):
    name = "Product enabled %d" % helio.fresh()
    made = system.post("/hubs", {"name": name, "entity_id": helio.ENTITY},
                       headers=FRENCH)
    assert made.status_code == 201 and made.json()["name"] == name


def test_two_languages_at_once(login, unit):
    """One connection, one reader after the other: nothing is left over."""
    tech = login("TECHNICAL")
    path = "/products/%s/disable" % unit.imei
    for _ in range(3):
        assert tech.put(path, headers=FRENCH).json()["message"] == \
            "Produit désactivé"
        assert tech.put(path).json()["message"] == "Product disabled"
