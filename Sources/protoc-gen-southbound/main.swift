// A plugin of protoc: reads a CodeGeneratorRequest from standard input and writes the answer to
// standard output. `Protos/README.md` says how `make protos` runs it.
//
//   (no parameter)      the Swift of the Schema module
//   c (parameter)       CSchema.h and CSchema.c: umbrella header and descriptors
//   --strings-as-bytes  no answer but the request itself, changed for protoc-gen-c

internal import Glibc

let input = StandardStreams.readInput()
do {
  if CommandLine.arguments.dropFirst().first == "--strings-as-bytes" {
    StandardStreams.writeOutput(try GeneratorRequest.stringsAsBytes(input))
  } else {
    let request = try GeneratorRequest(decoding: input)
    let generator = SchemaGenerator(request.files)
    let response =
      request.parameter == "c" ? generator.descriptorFiles() : generator.swiftFiles()
    StandardStreams.writeOutput(response.encoded())
  }
} catch {
  StandardStreams.writeError("protoc-gen-southbound: \(error)\n")
  exit(1)
}
