/* Loaded into a server that writes a file beside its place and renames it: what it acknowledges is then on the
   disk, with its name. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static int keep(const char *path)
{
    int file = open(path, O_RDONLY);
    if (file < 0)
        return -1;
    int kept = fsync(file);
    close(file);
    return kept;
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    char place[PATH_MAX];
    snprintf(place, sizeof place, "%s", to);
    return keep(from) || next(from, to) || keep(dirname(place)) ? -1 : 0;
}
