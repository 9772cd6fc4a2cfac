/*
 * Messages in the reader's language.  Code is written in English; a catalogue
 * per language (po/fr.po, compiled by msgfmt and embedded) says how the same
 * reads there.  The language is chosen per request: nothing here is global,
 * and no locale of the C library is used.
 *
 * Translation happens where a message leaves, so what arrives is finished
 * text: entries with %-directives are matched against it, and what stood in
 * place of the directives is carried over.
 */
#ifndef HELIO_I18N_I18N_H
#define HELIO_I18N_I18N_H

#include "base/arena.h"

enum language { LANGUAGE_EN, LANGUAGE_FR, LANGUAGES };

/* What an Accept-Language header (RFC 9110 section 12.5.4) asks for, of the
 * languages there are; English when it is NULL or asks for none of them. */
enum language	 i18n_choose(const char *accept_language);
/* "en", "fr": for Content-Language. */
const char	*i18n_code(enum language);
/* The text in the language, in the arena, or as it is when nobody has
 * translated it. */
const char	*i18n_text(struct arena *, enum language, const char *text);

#endif
