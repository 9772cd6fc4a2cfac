/* Reading a message. */
#include "connector/bluecurrent/message.h"

#include <stdio.h>
#include <stdlib.h>

#include "connector/bluecurrent/request.h"

void
bc_message_clear(helio_bc_message *message)
{
	json_decref(message->root);
	free(message->text);
	message->root = NULL;
	message->text = NULL;
	*message->evse_id = '\0';
}

void
bc_message_set(helio_bc_message *message, json_t *root, const char *evse_id)
{
	json_incref(root);
	bc_message_clear(message);
	message->root = root;
	snprintf(message->evse_id, sizeof(message->evse_id), "%s", evse_id);
}

const char *
helio_bc_message_object(const helio_bc_message *message)
{
	const char *object = json_string_value(json_object_get(message->root,
	    "object"));

	return object != NULL ? object : "";
}

const char *
helio_bc_message_evse_id(const helio_bc_message *message)
{
	return message->evse_id;
}

const char *
helio_bc_message_json(const helio_bc_message *message)
{
	helio_bc_message *own = (helio_bc_message *)message;
	struct buf text = BUF_INIT;

	if (own->text == NULL) {
		bc_json_text(message->root, &text);
		own->text = buf_take(&text, NULL);
	}
	return own->text != NULL ? own->text : "null";
}

static const json_t *
member(const helio_bc_message *message, const char *name)
{
	const json_t *found = json_object_get(json_object_get(message->root,
	    "data"), name);

	return found != NULL ? found : json_object_get(message->root, name);
}

const char *
helio_bc_message_text(const helio_bc_message *message, const char *name)
{
	return json_string_value(member(message, name));
}

bool
helio_bc_message_number(const helio_bc_message *message, const char *name,
    double *ret)
{
	const json_t *value = member(message, name);

	if (json_is_boolean(value))
		*ret = json_is_true(value);
	else if (json_is_number(value))
		*ret = json_number_value(value);
	else
		return false;
	return true;
}

helio_bc_message *
helio_bc_message_copy(const helio_bc_message *message)
{
	helio_bc_message *copy = calloc(1, sizeof(*copy));
	json_t *root = json_deep_copy(message->root);

	if (copy != NULL && root != NULL) {
		bc_message_set(copy, root, message->evse_id);
	} else {
		free(copy);
		copy = NULL;
	}
	json_decref(root);
	return copy;
}

void
helio_bc_message_free(helio_bc_message *message)
{
	if (message == NULL)
		return;
	bc_message_clear(message);
	free(message);
}
