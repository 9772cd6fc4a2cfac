/* Registration: everything or nothing, and every fault named. */
#include "domain_fixture.h"

#include <string.h>

#include "domain/register.h"

static const struct pcb_request good_pcb = {
	.kind = PCB_TIGER, .imei = "35-TIGER", .imsi = "234567890123456",
	.device_key = "key-of-tiger", .manufacturer = "A Factory",
};

static enum helio_rc
add_pcb(struct tx *tx, void *arg, struct helio_err *err)
{
	struct pcb_made made;

	return register_pcb(tx, arg, &made, err);
}

static enum helio_rc
add_product(struct tx *tx, void *arg, struct helio_err *err)
{
	struct product_made made;

	return register_product(tx, arg, &made, err);
}

static struct product_request
home2(void)
{
	return (struct product_request){
		.kind = PRODUCT_HOME2, .pcb_imei = "35-TIGER",
		.battery_part_type = value_int(45), .battery_serial = "BC4pDR",
	};
}

static void
a_pcb_has_a_sim_and_a_serial(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	assert_string_equal(domain_column(d, "part", "part_type_id"),
	    "43,77,43,44");
	assert_string_equal(domain_column(d, "part", "serial_number"),
	    "213514135171353,010101234560005,234567890123456,35-TIGER");
	assert_non_null(strstr(domain_column(d, "part", "properties"),
	    "\"serial_number\":\"HB000501-000002-"));
}

static void
all_kinds_of_pcb(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;

	pcb.kind = PCB_KOALA;
	pcb.iccid = "66685607592181745482";
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	pcb.kind = PCB_JACKAL;
	pcb.imei = "2";
	pcb.imsi = "222222";
	pcb.device_key = "k2";
	pcb.iccid = NULL;
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	assert_non_null(strstr(domain_column(d, "part", "properties"),
	    "BX0020-000001-"));
	assert_non_null(strstr(domain_column(d, "part", "properties"),
	    "PA040000-000001-"));
}

static void
forms_are_checked_all_at_once(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = {
		.kind = PCB_TIGER, .imei = "12345678901234567",
		.imsi = "12a456", .device_key = "with blank",
		.iccid = "a/b", .pcb_part_type = value_int(43),
		.sim_part_type = value_int(44),
	};

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "imei"));
	assert_true(domain_fault(d, "imsi"));
	assert_true(domain_fault(d, "device_key"));
	assert_true(domain_fault(d, "iccid"));
	assert_true(domain_fault(d, "pcb_part_type_id"));
	assert_true(domain_fault(d, "sim_part_type_id"));
	assert_int_equal(domain_count(d, "part"), 2);
}

static void
bounds_of_forms(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = {
		.kind = PCB_TIGER, .imei = "", .imsi = "12345",
		.device_key = "1234567890123456789012345",
	};

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	assert_int_equal(d->err.n_faults, 3);
	pcb.imei = "1";
	pcb.imsi = "123456";
	pcb.device_key = "!";
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
}

static void
nothing_given(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = { .kind = PCB_TIGER };
	struct product_request req = { .kind = PRODUCT_HOME3 };

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	assert_int_equal(d->err.n_faults, 3);
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "pcb_imei"));
	assert_true(domain_fault(d, "battery"));
}

static void
duplicates_are_named(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;

	pcb.imei = UNIT_IMEI;
	pcb.imsi = "213514135171353";
	pcb.device_key = UNIT_KEY;
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "imei"));
	assert_true(domain_fault(d, "imsi"));
	assert_true(domain_fault(d, "device_key"));
	assert_int_equal(domain_count(d, "part"), 2);
}

static void
duplicates_among_unused_pcbs(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;

	pcb.iccid = "6668";
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "imei"));
	assert_true(domain_fault(d, "iccid"));
}

static void
other_pcb_types_that_fit(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;

	pcb.pcb_part_type = value_int(77);
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	pcb.pcb_part_type = value_int(9999);
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb),
	    HELIO_E_INVALID);
	pcb.pcb_part_type = value_int(61);
	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
}

static void
a_product_links_its_parts(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;
	struct product_request req = home2();

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	assert_int_equal(domain_write(d, NULL, add_product, &req), HELIO_OK);
	assert_string_equal(domain_column(d, "product", "product_imei"),
	    "010101234560005,35-TIGER");
	assert_int_equal(domain_count(d, "part_product_linker"), 2 + 3);
	assert_string_equal(domain_column(d, "product_entity_linker",
	    "entity_id"), "1,1");
	assert_string_equal(domain_column(d, "state", "current_state_type"),
	    "2,2");
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "pcb_imei"));
}

static void
the_creators_entity(void **state)
{
	struct domain *d = *state;
	struct caller ours = domain_user("bob", LEVEL_FACTORY);
	struct pcb_request pcb = good_pcb;
	struct product_request req = { .kind = PRODUCT_HUB2, .pcb = &pcb };

	pcb.kind = PCB_HYENA;
	ours.global = false;
	ours.entity_id = 1;
	assert_int_equal(domain_write(d, &ours, add_product, &req), HELIO_OK);
	assert_int_equal(domain_count(d, "product"), 2);
}

static void
wrong_pcb_for_the_product(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;
	struct product_request req = home2();

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	req.kind = PRODUCT_HOME3;
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "pcb_imei"));
	req.kind = PRODUCT_HOME2;
	req.pcb_imei = "unknown";
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "pcb_imei"));
}

static void
batteries(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;
	struct product_request req = home2();

	assert_int_equal(domain_write(d, NULL, add_pcb, &pcb), HELIO_OK);
	req.battery_part_type = value_int(44);
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "battery.part_type_id"));
	req.battery_part_type = value_int(45);
	req.battery_serial = "";
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "battery.serial_number"));
	req.battery_serial = UNIT_IMEI;		/* a PCB has it */
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "battery.serial_number"));
	assert_int_equal(domain_count(d, "product"), 1);
}

static void
a_panel_is_a_part_and_a_parameter(void **state)
{
	struct domain *d = *state;
	struct pcb_request pcb = good_pcb;
	struct product_request req = {
		.kind = PRODUCT_ENTERPRISE, .pcb = &pcb,
		.panel_wattage = value_int(100),
	};

	pcb.kind = PCB_HYENA;
	assert_int_equal(domain_write(d, NULL, add_product, &req), HELIO_OK);
	assert_string_equal(domain_column(d, "product_parameter", "value"),
	    "100");
	assert_string_equal(domain_column(d, "part", "part_type_id"),
	    "43,77,43,77,206");
	req.panel_wattage = value_int(0);
	assert_int_equal(domain_write(d, NULL, add_product, &req),
	    HELIO_E_INVALID);
	assert_true(domain_fault(d, "solar_panel_wattage"));
}

#define STORE(name) \
	cmocka_unit_test_setup_teardown(name, domain_setup, domain_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		STORE(a_pcb_has_a_sim_and_a_serial), STORE(all_kinds_of_pcb),
		STORE(forms_are_checked_all_at_once), STORE(bounds_of_forms),
		STORE(nothing_given), STORE(duplicates_are_named),
		STORE(duplicates_among_unused_pcbs),
		STORE(other_pcb_types_that_fit),
		STORE(a_product_links_its_parts), STORE(the_creators_entity),
		STORE(wrong_pcb_for_the_product), STORE(batteries),
		STORE(a_panel_is_a_part_and_a_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
