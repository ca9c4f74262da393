#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "CLinux.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>

int southbound_accept(int listener) {
  return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void southbound_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int southbound_sync_file_system(int descriptor) { return syncfs(descriptor); }

int southbound_rename_new(const char *path, const char *name) {
  return renameat2(AT_FDCWD, path, AT_FDCWD, name, RENAME_NOREPLACE);
}
