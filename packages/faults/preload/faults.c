/*
 * Faults at the border between the server and its disk, clock and sockets. Loaded with LD_PRELOAD in front of the C
 * library, so that the product itself carries no failpoints.
 *
 * FAULTS_CONTROL names a file of eight-byte integers that is mapped into memory: whoever started the process writes
 * what is to go wrong and reads how far it has come (`enum field`). FAULTS_LOG names a file to which every event is
 * appended in the order in which it happened: writes with their bytes, flushes, answers, calls. Only the file whose name
 * is FAULTS_FILE counts as the disk.
 *
 * struct event below is read by src/injection/event-log.ts, enum field by src/injection/preload.ts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum field {
  FLUSH_ERROR,       /* errno that a flush fails with; 0: none */
  FLUSH_ERRORS_LEFT, /* how many flushes still fail; negative: all */
  FLUSH_HELD,        /* while not 0, a flush that begins waits */
  FLUSH_DELAY_MS,    /* each flush takes this much longer */
  WRITE_ERROR,       /* errno that writing fails with; 0: none */
  DATE_STEP_MS,      /* added to the date */
  UPTIME_STEP_MS,    /* added to the monotonic clock */
  KILL_AT,           /* the process kills itself at the event of this number, counted from 1; 0: never */
  EVENTS,            /* events so far, in all lives of the process */
  FLUSHES_BEGUN,
  FLUSHES_DONE,
  FLUSHES_FAILED,
  LIFE,              /* counted up at each start */
  FREE_BYTES,        /* what the file system is said to have left; 0: the truth */
  FIELDS = 64
};

enum kind {
  WRITE_BEGIN = 1,
  WRITE_END,
  FLUSH_BEGIN,
  FLUSH_END,
  ANSWER_BEGIN, /* the first bytes of an HTTP answer are about to leave */
  ANSWER_END,
  CALL_BEGIN, /* the first bytes of an HTTP request are about to leave */
  CALL_END,
  ANSWERED, /* the first bytes of the answer to a call have arrived */
  RESIZE
};

struct event {
  uint32_t magic;
  uint16_t kind;
  uint16_t synchronous; /* written through a descriptor that waits for the disk (O_DSYNC) */
  int64_t life;
  int64_t number;
  int64_t at; /* place in the file, or descriptor of the socket */
  int64_t result;
  int64_t length; /* of the bytes that follow */
};

#define MAGIC 0x46415531u
#define DESCRIPTORS 65536
/* Of an HTTP message: enough for its head and a small body. */
#define HEAD_MAX 2048
/* More than LMDB hands over at once. */
#define PARTS_MAX 256

static volatile int64_t *control;
static int log_fd = -1;
static const char *disk_name;
static int64_t life;
/* 0: not the disk; 1: the disk; 2: the disk, through O_DSYNC. */
static unsigned char disks[DESCRIPTORS];
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);
static int (*real_fdatasync)(int);
static int (*real_fsync)(int);
static int (*real_close)(int);
static int (*real_open64)(const char *, int, ...);
static int (*real_open)(const char *, int, ...);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_statfs64)(const char *, struct statfs64 *);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_read)(int, void *, size_t);

/* Other libraries may call in before `start` has run. */
#define NEED(name) \
  if (real_##name == NULL) real_##name = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void start(void) {
  NEED(open64);
  NEED(close);
  NEED(writev);
  const char *control_name = getenv("FAULTS_CONTROL");
  const char *log_name = getenv("FAULTS_LOG");
  disk_name = getenv("FAULTS_FILE");
  if (control_name == NULL || disk_name == NULL) return;
  int fd = real_open64(control_name, O_RDWR | O_CLOEXEC);
  if (fd < 0) abort();
  void *mapped = mmap(NULL, FIELDS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  real_close(fd);
  if (mapped == MAP_FAILED) abort();
  control = mapped;
  life = ++control[LIFE];
  if (log_name != NULL) {
    log_fd = real_open64(log_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log_fd < 0) abort();
  }
}

/* Counts and logs an event; here the process dies if it is to die at this one. */
static void tell(enum kind kind, int synchronous, int64_t at, int64_t result, const struct iovec *parts, int count,
                 size_t most) {
  int saved = errno;
  struct event event = {.magic = MAGIC, .kind = kind, .synchronous = synchronous, .life = life, .at = at, .result = result};
  struct iovec out[PARTS_MAX];
  int used = 1;
  size_t left = most;
  pthread_mutex_lock(&order);
  event.number = ++control[EVENTS];
  for (int i = 0; i < count && used < PARTS_MAX && left > 0; i += 1) {
    size_t length = parts[i].iov_len < left ? parts[i].iov_len : left;
    out[used++] = (struct iovec){parts[i].iov_base, length};
    event.length += length;
    left -= length;
  }
  out[0] = (struct iovec){&event, sizeof event};
  if (log_fd >= 0 && real_writev(log_fd, out, used) != (ssize_t)(sizeof event + (size_t)event.length)) abort();
  if (control[KILL_AT] == event.number) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  pthread_mutex_unlock(&order);
  errno = saved;
}

static int disk_kind(int fd) { return control != NULL && fd >= 0 && fd < DESCRIPTORS ? disks[fd] : 0; }

static void note_open(int fd, const char *path, int flags) {
  if (control == NULL || fd < 0 || fd >= DESCRIPTORS) return;
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  disks[fd] = strcmp(name, disk_name) != 0 ? 0 : (flags & O_DSYNC) != 0 ? 2 : 1;
}

int open64(const char *path, int flags, ...) {
  NEED(open64);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  int fd = real_open64(path, flags, mode);
  note_open(fd, path, flags);
  return fd;
}

int open(const char *path, int flags, ...) {
  NEED(open);
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  int fd = real_open(path, flags, mode);
  note_open(fd, path, flags);
  return fd;
}

int close(int fd) {
  NEED(close);
  if (fd >= 0 && fd < DESCRIPTORS) disks[fd] = 0;
  return real_close(fd);
}

static void rest_ms(int64_t ms) {
  struct timespec time = {ms / 1000, (ms % 1000) * 1000000};
  nanosleep(&time, NULL);
}

static int flush(int fd, int (*real)(int)) {
  if (disk_kind(fd) == 0) return real(fd);
  __sync_add_and_fetch(&control[FLUSHES_BEGUN], 1);
  tell(FLUSH_BEGIN, 0, 0, 0, NULL, 0, 0);
  if (control[FLUSH_DELAY_MS] > 0) rest_ms(control[FLUSH_DELAY_MS]);
  while (control[FLUSH_HELD] != 0) rest_ms(5);
  int result;
  if (control[FLUSH_ERRORS_LEFT] != 0 && control[FLUSH_ERROR] != 0) {
    if (control[FLUSH_ERRORS_LEFT] > 0) __sync_sub_and_fetch(&control[FLUSH_ERRORS_LEFT], 1);
    errno = (int)control[FLUSH_ERROR];
    result = -1;
    __sync_add_and_fetch(&control[FLUSHES_FAILED], 1);
  } else {
    result = real(fd);
  }
  tell(FLUSH_END, 0, 0, result, NULL, 0, 0);
  __sync_add_and_fetch(&control[FLUSHES_DONE], 1);
  return result;
}

int fdatasync(int fd) {
  NEED(fdatasync);
  return flush(fd, real_fdatasync);
}

int fsync(int fd) {
  NEED(fsync);
  return flush(fd, real_fsync);
}

/* True, with errno set, when a write to the disk is to fail. */
static int write_fails(void) {
  if (control[WRITE_ERROR] == 0) return 0;
  errno = (int)control[WRITE_ERROR];
  return 1;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  NEED(pwrite64);
  int kind = disk_kind(fd);
  if (kind == 0) return real_pwrite64(fd, bytes, length, at);
  struct iovec part = {(void *)bytes, length};
  tell(WRITE_BEGIN, kind == 2, at, 0, &part, 1, length);
  ssize_t result = write_fails() ? -1 : real_pwrite64(fd, bytes, length, at);
  tell(WRITE_END, kind == 2, at, result, NULL, 0, 0);
  return result;
}

int ftruncate64(int fd, off64_t length) {
  NEED(ftruncate64);
  if (disk_kind(fd) == 0) return real_ftruncate64(fd, length);
  int result = real_ftruncate64(fd, length);
  tell(RESIZE, 0, length, result, NULL, 0, 0);
  return result;
}

/* The begin of what a socket write is, or 0 when it is no HTTP head. */
static enum kind head_kind(const struct iovec *parts, int count) {
  if (control == NULL || count < 1 || parts[0].iov_len < 13) return 0;
  const char *head = parts[0].iov_base;
  if (memcmp(head, "HTTP/1.1 ", 9) == 0) return ANSWER_BEGIN;
  if (memcmp(head, "POST ", 5) == 0 || memcmp(head, "GET ", 4) == 0) return CALL_BEGIN;
  return 0;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  NEED(writev);
  int disk = disk_kind(fd);
  enum kind head = disk == 0 ? head_kind(parts, count) : 0;
  if (disk == 0 && head == 0) return real_writev(fd, parts, count);
  int64_t at = disk == 0 ? fd : lseek64(fd, 0, SEEK_CUR);
  tell(disk == 0 ? head : WRITE_BEGIN, disk == 2, at, 0, parts, count, disk == 0 ? HEAD_MAX : SIZE_MAX);
  ssize_t result = disk != 0 && write_fails() ? -1 : real_writev(fd, parts, count);
  tell(disk == 0 ? head + 1 : WRITE_END, disk == 2, at, result, NULL, 0, 0);
  return result;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  NEED(write);
  int disk = disk_kind(fd);
  struct iovec part = {(void *)bytes, length};
  enum kind head = disk == 0 ? head_kind(&part, 1) : 0;
  if (disk == 0 && head == 0) return real_write(fd, bytes, length);
  int64_t at = disk == 0 ? fd : lseek64(fd, 0, SEEK_CUR);
  tell(disk == 0 ? head : WRITE_BEGIN, disk == 2, at, 0, &part, 1, disk == 0 ? HEAD_MAX : SIZE_MAX);
  ssize_t result = disk != 0 && write_fails() ? -1 : real_write(fd, bytes, length);
  tell(disk == 0 ? head + 1 : WRITE_END, disk == 2, at, result, NULL, 0, 0);
  return result;
}

ssize_t read(int fd, void *bytes, size_t length) {
  NEED(read);
  ssize_t result = real_read(fd, bytes, length);
  if (control != NULL && result > 9 && memcmp(bytes, "HTTP/1.1 ", 9) == 0) {
    struct iovec part = {bytes, (size_t)result};
    tell(ANSWERED, 0, fd, result, &part, 1, 64);
  }
  return result;
}

int statfs64(const char *path, struct statfs64 *told) {
  NEED(statfs64);
  int result = real_statfs64(path, told);
  if (result == 0 && control != NULL && control[FREE_BYTES] != 0) told->f_bavail = control[FREE_BYTES] / told->f_bsize;
  return result;
}

static int64_t step_of(clockid_t clock) {
  if (control == NULL) return 0;
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return control[DATE_STEP_MS];
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
      return control[UPTIME_STEP_MS];
    default:
      return 0;
  }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  NEED(clock_gettime);
  int result = real_clock_gettime(clock, time);
  int64_t step = step_of(clock);
  if (result != 0 || step == 0) return result;
  int64_t ns = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + step * 1000000;
  time->tv_sec = ns / 1000000000;
  time->tv_nsec = ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  NEED(gettimeofday);
  int result = real_gettimeofday(time, zone);
  int64_t step = step_of(CLOCK_REALTIME);
  if (result != 0 || step == 0) return result;
  int64_t us = time->tv_sec * INT64_C(1000000) + time->tv_usec + step * 1000;
  time->tv_sec = us / 1000000;
  time->tv_usec = us % 1000000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
