#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "CLinux.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SOUTHBOUND_THREAD_SANITIZER
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#endif
#endif

void southbound_lock_taken(void *address) {
#ifdef SOUTHBOUND_THREAD_SANITIZER
  __tsan_acquire(address);
#else
  (void)address;
#endif
}

void southbound_lock_given_back(void *address) {
#ifdef SOUTHBOUND_THREAD_SANITIZER
  __tsan_release(address);
#else
  (void)address;
#endif
}

int southbound_accept(int listener) {
  return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void southbound_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int southbound_sync_file_system(int descriptor) { return syncfs(descriptor); }

int southbound_rename_new(const char *path, const char *name) {
  return renameat2(AT_FDCWD, path, AT_FDCWD, name, RENAME_NOREPLACE);
}

int southbound_open_unnamed(const char *folder, unsigned mode) {
  return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
}

int southbound_link_unnamed(int descriptor, const char *name) {
  if (linkat(descriptor, "", AT_FDCWD, name, AT_EMPTY_PATH) == 0) {
    return 0;
  }
  if (errno != ENOENT) {
    return -1;
  }
  // Before Linux 6.10 the first way needs a privilege; this one needs /proc.
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}
