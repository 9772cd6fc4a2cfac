/* Declarations of all actions, from list.def. */
#ifndef HELIO_ACTION_LIST_H
#define HELIO_ACTION_LIST_H

#include "action/action.h"

#define ACTION(name) extern const struct action action_##name;
#include "action/list.def"
#undef ACTION

#endif
