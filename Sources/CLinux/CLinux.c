#define _GNU_SOURCE
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
