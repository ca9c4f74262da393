// The descriptor and plugin messages of protoc, as C structs. `make protos` renews them.
#pragma once
#include "google/protobuf/compiler/plugin.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"
