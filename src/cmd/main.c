/* helio: finds the command, prints help and version, runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/crypto.h"
#include "cmd/command.h"

#define COMMAND(id) extern const struct command command_##id;
#include "cmd/list.def"
#undef COMMAND

const struct command *const command_list[] = {
#define COMMAND(id) &command_##id,
#include "cmd/list.def"
#undef COMMAND
	NULL
};

static int
longest_name(void)
{
	size_t longest = 0;

	for (size_t i = 0; command_list[i] != NULL; i++)
		if (strlen(command_list[i]->name) > longest)
			longest = strlen(command_list[i]->name);
	return (int)longest;
}

static void
help(FILE *to)
{
	int width = longest_name();

	fputs("usage: helio COMMAND [OPTION..]\n\n"
	    "Heliograph: a back end for fleets of devices sold on credit.\n\n"
	    "commands:\n", to);
	for (size_t i = 0; command_list[i] != NULL; i++)
		fprintf(to, "  %-*s  %s\n", width, command_list[i]->name,
		    command_list[i]->summary);
	fputs("\n'helio COMMAND --help' tells more; 'helio --version' the version.\n",
	    to);
}

/* How many of the words name this command: 0 when they do not. */
static int
words_matched(const struct command *command, int argc, char **argv)
{
	const char *at = command->name;
	int n = 0;

	while (n < argc) {
		size_t len = strcspn(at, " ");

		if (strlen(argv[n]) != len || strncmp(argv[n], at, len) != 0)
			return 0;
		n++;
		if (at[len] == '\0')
			return n;
		at += len + 1;
	}
	return 0;
}

/* Commands that start with this word ("user"). */
static bool
list_group(const char *word, FILE *to)
{
	size_t len = strlen(word);
	bool found = false;

	for (size_t i = 0; command_list[i] != NULL; i++) {
		const char *name = command_list[i]->name;

		if (strncmp(name, word, len) != 0 || name[len] != ' ')
			continue;
		fprintf(to, "  helio %-14s %s\n", name,
		    command_list[i]->summary);
		found = true;
	}
	return found;
}

int
main(int argc, char **argv)
{
	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(argc < 2 ? stderr : stdout);
		return argc < 2 ? EXIT_USAGE : EXIT_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("helio %s\n", HELIO_VERSION);
		return EXIT_OK;
	}
	/* a file that may not grow is an error to report, not an end */
	signal(SIGXFSZ, SIG_IGN);
	if (!crypto_start()) {
		say_error(NULL, "the system gives no random numbers");
		return EXIT_FAILED;
	}
	for (size_t i = 0; command_list[i] != NULL; i++) {
		int n = words_matched(command_list[i], argc - 1, argv + 1);

		if (n > 0)
			return command_run(command_list[i], argc - 1 - n,
			    argv + 1 + n);
	}
	if (argc == 3 && strcmp(argv[2], "--help") == 0 &&
	    list_group(argv[1], stdout))
		return EXIT_OK;
	if (!list_group(argv[1], stderr))
		say_error("'helio --help' lists the commands",
		    "there is no command '%s'", argv[1]);
	return EXIT_USAGE;
}
