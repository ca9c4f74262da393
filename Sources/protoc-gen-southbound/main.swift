// A plugin of protoc: reads a CodeGeneratorRequest from standard input and writes the answer to
// standard output. `Protos/README.md` says how `make protos` runs it.
//
//   module=NAME         the Swift of that module; its C structs are in the module CNAME
//   c,module=NAME       CNAME.h and CNAME.c: umbrella header and descriptors
//   --strings-as-bytes  no answer but the request itself, changed for protoc-gen-c

internal import Glibc

let input = StandardStreams.readInput()
do {
  if CommandLine.arguments.dropFirst().first == "--strings-as-bytes" {
    StandardStreams.writeOutput(try GeneratorRequest.stringsAsBytes(input))
  } else {
    let request = try GeneratorRequest(decoding: input)
    let generator = try SchemaGenerator(request.files, parameter: request.parameter)
    let response = generator.makesC ? generator.descriptorFiles() : generator.swiftFiles()
    StandardStreams.writeOutput(response.encoded())
  }
} catch {
  StandardStreams.writeError("protoc-gen-southbound: \(error)\n")
  exit(1)
}
