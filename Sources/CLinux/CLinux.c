#define _GNU_SOURCE
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
