/* The calendar of a process and of its children, moved by SHIFTED_CLOCK_SECONDS: preload it with LD_PRELOAD.

   What tells a date is moved (clock_gettime of the wall clock, gettimeofday, time), what tells the times of files is
   moved likewise, and what is given as a date of the wall clock (a wait until a moment, the times of a file) is moved
   back. The monotonic clock stays as it is, so time-outs and durations keep their length. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static time_t shift;

__attribute__((constructor)) static void read_shift(void)
{
    const char *seconds = getenv("SHIFTED_CLOCK_SECONDS");
    shift = seconds ? (time_t)strtoll(seconds, NULL, 10) : 0;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
    real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_wall(clockid_t clock)
{
    return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

static struct timespec back(const struct timespec *at)
{
    struct timespec moved = *at;
    moved.tv_sec -= shift;
    return moved;
}

/* --- what time it is -------------------------------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(clock_gettime);
    int failed = real(clock, now);
    if (!failed && is_wall(clock))
        now->tv_sec += shift;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    REAL(gettimeofday);
    int failed = real(now, zone);
    if (!failed)
        now->tv_sec += shift;
    return failed;
}

time_t time(time_t *out)
{
    REAL(time);
    time_t now = real(NULL) + shift;
    if (out)
        *out = now;
    return now;
}

/* --- waits until a moment of the wall clock ---------------------------------------------------------------------- */

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    if (!real)
        real = (__typeof__(real))dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!real)
        real = (__typeof__(real))dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    /* A condition may be one of the monotonic clock, whose moments are smaller than any date of the wall clock. */
    struct timespec moved = until->tv_sec > 1000000000 ? back(until) : *until;
    return real(cond, mutex, &moved);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict until)
{
    REAL(pthread_cond_clockwait);
    struct timespec moved = is_wall(clock) ? back(until) : *until;
    return real(cond, mutex, clock, &moved);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
    REAL(pthread_mutex_timedlock);
    struct timespec moved = back(until);
    return real(mutex, &moved);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until)
{
    REAL(sem_timedwait);
    struct timespec moved = back(until);
    return real(semaphore, &moved);
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until)
{
    REAL(sem_clockwait);
    struct timespec moved = is_wall(clock) ? back(until) : *until;
    return real(semaphore, clock, &moved);
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left)
{
    REAL(clock_nanosleep);
    struct timespec moved = is_wall(clock) && (flags & TIMER_ABSTIME) ? back(wanted) : *wanted;
    return real(clock, flags, &moved, left);
}

/* --- the times of files ------------------------------------------------------------------------------------------ */

static int moved_stat(int failed, struct stat *found)
{
    if (!failed) {
        found->st_atim.tv_sec += shift;
        found->st_mtim.tv_sec += shift;
        found->st_ctim.tv_sec += shift;
    }
    return failed;
}

int stat(const char *restrict path, struct stat *restrict found)
{
    REAL(stat);
    return moved_stat(real(path, found), found);
}

int lstat(const char *restrict path, struct stat *restrict found)
{
    REAL(lstat);
    return moved_stat(real(path, found), found);
}

int fstat(int file, struct stat *found)
{
    REAL(fstat);
    return moved_stat(real(file, found), found);
}

int fstatat(int folder, const char *restrict path, struct stat *restrict found, int flags)
{
    REAL(fstatat);
    return moved_stat(real(folder, path, found, flags), found);
}

/* On x86-64 the names with 64 are the same functions. */
int stat64(const char *restrict path, struct stat64 *restrict found)
{
    return stat(path, (struct stat *)found);
}

int lstat64(const char *restrict path, struct stat64 *restrict found)
{
    return lstat(path, (struct stat *)found);
}

int fstat64(int file, struct stat64 *found)
{
    return fstat(file, (struct stat *)found);
}

int fstatat64(int folder, const char *restrict path, struct stat64 *restrict found, int flags)
{
    return fstatat(folder, path, (struct stat *)found, flags);
}

static void unshift(const struct timespec given[2], struct timespec moved[2])
{
    for (int i = 0; i < 2; i++) {
        int is_date = given[i].tv_nsec != UTIME_NOW && given[i].tv_nsec != UTIME_OMIT;
        moved[i] = is_date ? back(&given[i]) : given[i];
    }
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    REAL(utimensat);
    struct timespec moved[2];
    if (times)
        unshift(times, moved);
    return real(folder, path, times ? moved : NULL, flags);
}

int futimens(int file, const struct timespec times[2])
{
    REAL(futimens);
    struct timespec moved[2];
    if (times)
        unshift(times, moved);
    return real(file, times ? moved : NULL);
}
