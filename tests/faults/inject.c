/* Makes one call to the system fail, of those that concern files in one folder: for LD_PRELOAD.
 *
 * A call concerns the folder if its path lies in it (a relative one does, as commands run there), or if
 * /proc/self/fd says so of its descriptor: which holds for duplicates and for files without a name, too.
 * Nothing is counted before `fault_control` has been called, with memory that is shared with whoever asks.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* As tests/faults/injector.py has them, in this order. */
enum kind {
    OPEN, CREATE, READ, WRITE, FSYNC, CLOSE, RENAME, UNLINK, MKDIR, RMDIR, TRUNCATE, MMAP, STAT, LIST, LOCK, CHMOD,
    TOUCH, DUP
};

/* What happens at a call; above 0 it fails with that errno. */
enum { NOTHING = 0, SHORT = -1, KILL_BEFORE = -2, KILL_AFTER = -3 };

#define RECORDED (1 << 20)

struct control {
    int action;          /* what happens */
    int lasting;         /* whether it happens to all later calls that take room as well: a full disk */
    int kind;            /* of the call at which it happens */
    long at;             /* which of its kind, from 0 on */
    _Atomic long count;  /* calls so far */
    _Atomic long fired;  /* how often it happened */
    _Atomic long alike;  /* calls so far that are of the kind */
    char folder[PATH_MAX];
    unsigned char kinds[RECORDED]; /* of the calls so far */
};

static struct control *control;

void fault_control(struct control *given) { control = given; }

static int inside(const char *path)
{
    size_t length = strlen(control->folder);
    return !strncmp(path, control->folder, length) && (path[length] == '/' || !path[length]);
}

static int has_fd(int fd)
{
    char link[64], path[PATH_MAX];
    if (!control || fd < 3) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return inside(path);
}

static int has_path(int folder, const char *path)
{
    if (!control || !path) return 0;
    if (*path == '/') return inside(path);
    return folder == AT_FDCWD || has_fd(folder);
}

static int takes_room(enum kind kind)
{
    return kind == CREATE || kind == WRITE || kind == MKDIR || kind == TRUNCATE || kind == RENAME;
}

static int decide(enum kind kind)
{
    long number = atomic_fetch_add(&control->count, 1);
    if (number < RECORDED) control->kinds[number] = kind;
    int is_it = (int)kind == control->kind && atomic_fetch_add(&control->alike, 1) == control->at;
    int is_full = control->lasting && control->fired && takes_room(kind);
    if (!control->action || !(is_it || is_full)) return NOTHING;
    atomic_fetch_add(&control->fired, 1);
    if (control->action == KILL_BEFORE) syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    return control->action;
}

static void after(int action)
{
    if (action == KILL_AFTER) {
        int saved = errno;
        syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
        errno = saved;
    }
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* A call that does what it does, or fails. */
#define CALL(type, failed, name, declared, given, concerned, kind) \
    type name declared \
    { \
        REAL(name); \
        if (!(concerned)) return real given; \
        int action = decide(kind); \
        if (action > 0) { errno = action; return failed; } \
        type result = real given; \
        after(action); \
        return result; \
    }

/* One that moves bytes, and may move fewer of them. */
#define MOVE(name, declared, given, size, kind) \
    ssize_t name declared \
    { \
        REAL(name); \
        if (!has_fd(fd)) return real given; \
        int action = decide(kind); \
        if (action > 0) { errno = action; return -1; } \
        if (action == SHORT && size > 1) size /= 2; \
        ssize_t result = real given; \
        after(action); \
        return result; \
    }

static int is_new(int flags) { return flags & (O_CREAT | O_TRUNC) || (flags & O_TMPFILE) == O_TMPFILE; }

#define WITH_MODE \
    mode_t mode = 0; \
    if (is_new(flags)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

#define OPENS(name, declared, given, folder) \
    int name declared \
    { \
        REAL(name); \
        WITH_MODE \
        if (!has_path(folder, path)) return real given; \
        int action = decide(is_new(flags) ? CREATE : OPEN); \
        if (action > 0) { errno = action; return -1; } \
        int result = real given; \
        after(action); \
        return result; \
    }

OPENS(open, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
OPENS(open64, (const char *path, int flags, ...), (path, flags, mode), AT_FDCWD)
OPENS(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), folder)
OPENS(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), folder)
CALL(int, -1, creat, (const char *path, mode_t mode), (path, mode), has_path(AT_FDCWD, path), CREATE)
CALL(FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode), has_path(AT_FDCWD, path),
     *mode == 'r' ? OPEN : CREATE)
CALL(FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode), has_path(AT_FDCWD, path),
     *mode == 'r' ? OPEN : CREATE)

MOVE(read, (int fd, void *data, size_t size), (fd, data, size), size, READ)
MOVE(pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at), size, READ)
MOVE(pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at), size, READ)
MOVE(readv, (int fd, const struct iovec *data, int parts), (fd, data, parts), parts, READ)
MOVE(write, (int fd, const void *data, size_t size), (fd, data, size), size, WRITE)
MOVE(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at), size, WRITE)
MOVE(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at), size, WRITE)
MOVE(writev, (int fd, const struct iovec *data, int parts), (fd, data, parts), parts, WRITE)
ssize_t sendfile(int fd, int from, off_t *at, size_t size);
ssize_t sendfile64(int fd, int from, off64_t *at, size_t size);
MOVE(sendfile, (int fd, int from, off_t *at, size_t size), (fd, from, at, size), size, WRITE)
MOVE(sendfile64, (int fd, int from, off64_t *at, size_t size), (fd, from, at, size), size, WRITE)

CALL(int, -1, fsync, (int fd), (fd), has_fd(fd), FSYNC)
CALL(int, -1, fdatasync, (int fd), (fd), has_fd(fd), FSYNC)

int close(int fd) /* which closes in any case, as Linux does */
{
    REAL(close);
    if (!has_fd(fd)) return real(fd);
    int action = decide(CLOSE), result = real(fd);
    if (action > 0) { errno = action; return -1; }
    after(action);
    return result;
}

CALL(int, -1, rename, (const char *from, const char *to), (from, to), has_path(AT_FDCWD, to), RENAME)
CALL(int, -1, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), has_path(b, to), RENAME)
CALL(int, -1, unlink, (const char *path), (path), has_path(AT_FDCWD, path), UNLINK)
CALL(int, -1, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), has_path(folder, path),
     flags & AT_REMOVEDIR ? RMDIR : UNLINK)
CALL(int, -1, rmdir, (const char *path), (path), has_path(AT_FDCWD, path), RMDIR)
CALL(int, -1, mkdir, (const char *path, mode_t mode), (path, mode), has_path(AT_FDCWD, path), MKDIR)
CALL(int, -1, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), has_path(folder, path),
     MKDIR)
CALL(int, -1, ftruncate, (int fd, off_t size), (fd, size), has_fd(fd), TRUNCATE)
CALL(int, -1, ftruncate64, (int fd, off64_t size), (fd, size), has_fd(fd), TRUNCATE)
CALL(int, -1, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), has_fd(fd), TRUNCATE)
CALL(int, -1, fallocate64, (int fd, int mode, off64_t at, off64_t size), (fd, mode, at, size), has_fd(fd), TRUNCATE)
CALL(void *, MAP_FAILED, mmap, (void *where, size_t size, int prot, int flags, int fd, off_t at),
     (where, size, prot, flags, fd, at), has_fd(fd), MMAP)
CALL(void *, MAP_FAILED, mmap64, (void *where, size_t size, int prot, int flags, int fd, off64_t at),
     (where, size, prot, flags, fd, at), has_fd(fd), MMAP)

#define STATS(name, declared, given, concerned) CALL(int, -1, name, declared, given, concerned, STAT)
STATS(stat, (const char *path, struct stat *about), (path, about), has_path(AT_FDCWD, path))
STATS(stat64, (const char *path, struct stat64 *about), (path, about), has_path(AT_FDCWD, path))
STATS(lstat, (const char *path, struct stat *about), (path, about), has_path(AT_FDCWD, path))
STATS(lstat64, (const char *path, struct stat64 *about), (path, about), has_path(AT_FDCWD, path))
STATS(fstat, (int fd, struct stat *about), (fd, about), has_fd(fd))
STATS(fstat64, (int fd, struct stat64 *about), (fd, about), has_fd(fd))
STATS(fstatat, (int folder, const char *path, struct stat *about, int flags), (folder, path, about, flags),
      has_path(folder, path))
STATS(fstatat64, (int folder, const char *path, struct stat64 *about, int flags), (folder, path, about, flags),
      has_path(folder, path))
STATS(statx, (int folder, const char *path, int flags, unsigned mask, struct statx *about),
      (folder, path, flags, mask, about), has_path(folder, path))
STATS(access, (const char *path, int mode), (path, mode), has_path(AT_FDCWD, path))

CALL(DIR *, NULL, opendir, (const char *path), (path), has_path(AT_FDCWD, path), LIST)
CALL(DIR *, NULL, fdopendir, (int fd), (fd), has_fd(fd), LIST)
CALL(int, -1, flock, (int fd, int how), (fd, how), has_fd(fd), LOCK)
CALL(int, -1, chmod, (const char *path, mode_t mode), (path, mode), has_path(AT_FDCWD, path), CHMOD)
CALL(int, -1, fchmod, (int fd, mode_t mode), (fd, mode), has_fd(fd), CHMOD)
CALL(int, -1, fchmodat, (int folder, const char *path, mode_t mode, int flags), (folder, path, mode, flags),
     has_path(folder, path), CHMOD)
CALL(int, -1, utimensat, (int folder, const char *path, const struct timespec times[2], int flags),
     (folder, path, times, flags), has_path(folder, path), TOUCH)

#define FCNTL(name) \
    int name(int fd, int command, ...) \
    { \
        REAL(name); \
        va_list rest; \
        va_start(rest, command); \
        void *given = va_arg(rest, void *); \
        va_end(rest); \
        if ((command != F_DUPFD && command != F_DUPFD_CLOEXEC) || !has_fd(fd)) return real(fd, command, given); \
        int action = decide(DUP); \
        if (action > 0) { errno = action; return -1; } \
        int result = real(fd, command, given); \
        after(action); \
        return result; \
    }
FCNTL(fcntl)
FCNTL(fcntl64)
