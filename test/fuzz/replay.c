/*
 * replay.c - run a fuzz target over files instead of under a fuzzer
 *
 * Every argument is a file or a folder of files.  Each file is handed over in
 * a block of exactly its size, so that the sanitizers see any byte read past
 * its end.  Having nothing to run is a failure.
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
run_bytes(FILE *f, size_t n)
{
	uint8_t *data;
	int ok;

	data = malloc(n == 0 ? 1 : n);
	if (data == NULL)
		return 0;
	ok = fread(data, 1, n, f) == n;
	if (ok)
		LLVMFuzzerTestOneInput(data, n);
	free(data);
	return ok;
}

/* Number of inputs run: 1, or 0 with a message. */
static int
run_file(const char *path)
{
	struct stat st;
	FILE *f;
	int ok;

	f = fopen(path, "rb");
	if (f == NULL) {
		perror(path);
		return 0;
	}
	ok = fstat(fileno(f), &st) == 0 && run_bytes(f, (size_t)st.st_size);
	if (!ok)
		fprintf(stderr, "%s: cannot be read\n", path);
	fclose(f);
	return ok;
}

static int
run_folder(const char *path, DIR *dir)
{
	char name[PATH_MAX];
	struct dirent *e;
	int n = 0;

	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		n += run_file(name);
	}
	return n;
}

int
main(int argc, char **argv)
{
	int i, ran = 0;
	DIR *dir;

	for (i = 1; i < argc; i++) {
		dir = opendir(argv[i]);
		if (dir == NULL) {
			ran += run_file(argv[i]);
			continue;
		}
		ran += run_folder(argv[i], dir);
		closedir(dir);
	}
	printf("%d inputs\n", ran);
	return ran > 0 ? 0 : 1;
}
