#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>

// Swift's Glibc is compiled without _GNU_SOURCE and hides these.

// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC; the address of the peer is not wanted.
int southbound_accept(int listener);
// pthread_setname_np(3) for the calling thread; the kernel keeps 15 bytes.
void southbound_name_thread(const char *name);
// syncfs(2): writes back the file system of a descriptor.
int southbound_sync_file_system(int descriptor);
// renameat2(2) with RENAME_NOREPLACE: gives a file a name that nothing has yet.
int southbound_rename_new(const char *path, const char *name);
// open(2) with O_TMPFILE: a file in a folder that has no name yet.
int southbound_open_unnamed(const char *folder, unsigned mode);
// linkat(2): gives a file without a name a name that nothing has yet.
int southbound_link_unnamed(int descriptor, const char *name);
// The thread sanitizer does not see the lock of Swift's `Mutex`, whose library is not instrumented:
// these tell it. Without the sanitizer they do nothing.
void southbound_lock_taken(void *address);
void southbound_lock_given_back(void *address);
