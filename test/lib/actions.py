"""Every action of this version: how it is called, who may call it.

`{imei}` in a path is a unit's; a body may be made for each call.
"""
import dataclasses

import helio


@dataclasses.dataclass
class Action:
    method: str
    path: str
    level: str
    body: object = None     # a value, or a function that makes one
    status: int = 200
    moves: bool = False     # takes the unit out of a caller's scope

    @property
    def on_unit(self):
        return "{imei}" in self.path

    def call(self, api, imei=None):
        body = self.body() if callable(self.body) else self.body
        return api.request(self.method, self.path.format(imei=imei), body)


def new_pcb(**more):
    n = helio.fresh()
    return {"imei": "36%013d" % n, "imsi": "21%013d" % n,
            "device_key": "p%023d" % n} | more


def battery(kind):
    return {"part_type_id": kind, "serial_number": "B%d" % helio.fresh()}


def with_battery(kind):
    return lambda: new_pcb(battery=battery(kind), solar_panel_wattage=100)


SAMPLES = {"measurement": "telemetry",
           "fields": {"voltage": [["2016-09-01T00:00:00Z", 12.5]]}}

ACTIONS = {
    "create_tiger_pcb": Action(
        "POST", "/parts/create_tiger_pcb", "FACTORY", new_pcb),
    "create_hyena_pcb": Action(
        "POST", "/parts/create_hyena_pcb", "FACTORY", new_pcb),
    "create_koala_pcb": Action(
        "POST", "/parts/create_koala_pcb", "FACTORY", new_pcb, 201),
    "create_jackal_pcb": Action(
        "POST", "/parts/create_jackal_pcb", "FACTORY", new_pcb),
    "create_hub2": Action(
        "POST", "/products/create_hub2", "FACTORY", new_pcb),
    "create_enterprise": Action(
        "POST", "/products/create_enterprise", "FACTORY", with_battery(72)),
    "enable": Action("PUT", "/products/{imei}/enable", "TECHNICAL"),
    "disable": Action("PUT", "/products/{imei}/disable", "TECHNICAL"),
    "change_state": Action(
        "PUT", "/products/{imei}/change_state", "ADMIN", {"new_state": 9}),
    "delete_data": Action(
        "DELETE", "/products/{imei}/data", "SYSTEM",
        {"measurement": "none"}),
    "read_data": Action("GET", "/products/{imei}/data", "OVERVIEW"),
    "write_data": Action(
        "POST", "/products/{imei}/data", "TECHNICAL", SAMPLES),
    "dashboard2": Action("GET", "/dashboard2", "OVERVIEW"),
    "current_enable_status": Action(
        "GET", "/current_enable_status", "FACTORY"),
    "upload_tool_log": Action("POST", "/upload_tool_log", "SYSTEM", {
        "time": "2020-11-05T10:25:30Z", "message": "ok",
        "toolname": "tiger_test_jig_production"}, 201),
    "update_software": Action("PUT", "/products/{imei}/update_software",
                              "SYSTEM", {"software": "hub-stc-1"}),
    "lock_software": Action("PUT", "/products/{imei}/lock_software",
                            "SYSTEM", {"software": None}),
    "expire_software_updates": Action(
        "PUT", "/products/{imei}/expire_software_updates", "SYSTEM"),
    "assign_entity": Action("PUT", "/products/{imei}/assign_entity", "ADMIN",
                            {"entity_id": helio.ENTITY}),
    "change_entity": Action(
        "PUT", "/products/{imei}/change_entity", "ADMIN",
        {"old_entity_id": helio.ENTITY, "new_entity_id": helio.ENTITY}),
    "remove_entity": Action("PUT", "/products/{imei}/remove_entity", "ADMIN",
                            {"entity_id": helio.ENTITY}, moves=True),
    "remove": Action("PUT", "/products/{imei}/remove", "ADMIN",
                     {"entity_id": helio.ENTITY}, moves=True),
    "enable_tamper_switch": Action(
        "PUT", "/products/{imei}/enable_tamper_switch", "TECHNICAL"),
    "disable_tamper_switch": Action(
        "PUT", "/products/{imei}/disable_tamper_switch", "TECHNICAL"),
    "parts": Action("GET", "/products/{imei}/parts", "OVERVIEW"),
    "parameters_history": Action(
        "GET", "/products/{imei}/parameters/history", "OVERVIEW"),
    # a new unit is STORED, where its energy limit cannot be changed
    "suggest_energy_limit": Action(
        "PUT", "/products/{imei}/suggest_energy_limit", "TECHNICAL",
        {"energy_limit": "50"}, 400),
    "set_dcm_enabled_flag": Action(
        "PUT", "/products/{imei}/set_dcm_enabled_flag", "TECHNICAL",
        {"enabled": False}),
    "set_is_payg": Action("PUT", "/products/{imei}/set_is_payg", "TECHNICAL",
                          {"is_payg": True}),
    "dismiss": Action("PUT", "/alerts/987654321/dismiss", "TECHNICAL",
                      {"dismissal_reason": "seen"}, 404),
    "send_wakeup": Action("POST", "/products/{imei}/send_wakeup", "ADMIN"),
    # the units of the permission tests keep a connection
    "force_connection": Action(
        "POST", "/products/{imei}/force_connection", "TECHNICAL"),
    "sync": Action("POST", "/products/{imei}/sync", "TECHNICAL"),
    "status_update": Action(
        "POST", "/products/{imei}/status_update", "TECHNICAL"),
    "command_request": Action(
        "POST", "/products/{imei}/command_request", "ADMIN",
        {"command": "atc 60 AT+COPS=?"}),
    "rtc_online_status": Action(
        "POST", "/products/{imei}/rtc_online_status", "ADMIN",
        {"status": "online"}),
    "available_networks": Action(
        "GET", "/products/{imei}/available_networks?mcc=635", "OVERVIEW"),
    "connectivity_reliability_rate": Action(
        "GET", "/products/{imei}/connectivity_reliability_rate", "OVERVIEW"),
    "locations": Action("GET", "/products/locations", "OVERVIEW"),
    "telemetry_stats": Action("GET", "/telemetry/stats", "OVERVIEW"),
    "validate_user": Action(
        "GET", "/auth/validate_user?username=nobody", "SYSTEM"),
    "validate_user_and_password": Action(
        "GET", "/auth/validate_user_and_password?username=nobody&"
        "password=wrong", "SYSTEM"),
    "validate_user_password": Action(
        "GET", "/auth/validate_user_password?username=nobody&"
        "password=wrong", "SYSTEM"),
}

# A product made of a PCB: the action, the PCB's, the rest of the body.
FROM_PCB = {
    "home2": ("create_tiger_pcb", {"battery": 45}),
    "home3": ("create_jackal_pcb", {"battery": 18004}),
    "hub2": ("create_hyena_pcb", {}),
    "enterprise": ("create_hyena_pcb", {"battery": 72,
                                        "solar_panel_wattage": 100}),
}


def from_pcb(kind, pcb_imei):
    """The body of /products/create_product/<kind>."""
    body = {"pcb_imei": pcb_imei} | FROM_PCB[kind][1]
    if "battery" in body:
        body["battery"] = battery(body["battery"])
    return body


def make_pcb(api, kind):
    """A PCB of the right family that is in no product; its IMEI."""
    action = ACTIONS[FROM_PCB[kind][0]]
    body = new_pcb()
    reply = api.post(action.path, body)
    assert reply.status_code == action.status, reply.text
    return body["imei"]
