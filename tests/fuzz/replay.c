/*
 * Runs each file of argv, and each file in the folders of argv, through a fuzz
 * entry, without a fuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *p = NULL;
	size_t n = 0;
	struct stat st;
	int rc = -1;

	if (f == NULL || fstat(fileno(f), &st) < 0)
		goto out;
	p = malloc((size_t)st.st_size + 1);		/* exact when read, so that ASan sees the end */
	if (p == NULL)
		goto out;
	n = fread(p, 1, (size_t)st.st_size, f);
	if (n > 0) {
		uint8_t *exact = realloc(p, n);

		p = exact != NULL ? exact : p;
	}
	LLVMFuzzerTestOneInput(p, n);
	rc = 0;
out:
	if (rc < 0)
		perror(path);
	free(p);
	if (f != NULL)
		fclose(f);
	return rc;
}

static int replay(const char *path, unsigned long *count)
{
	char file[4096];
	struct dirent *d;
	DIR *dir = opendir(path);
	int rc = 0;

	if (dir == NULL) {
		(*count)++;
		return replay_file(path);
	}
	while ((d = readdir(dir)) != NULL && rc == 0) {
		if (d->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, d->d_name);
		rc = replay(file, count);
	}
	closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned long count = 0;

	for (int i = 1; i < argc; i++)
		if (replay(argv[i], &count) < 0)
			return 1;
	printf("%lu inputs\n", count);
	return 0;
}
