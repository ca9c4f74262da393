// Makes benchmark models and measures the compiler on them.
//
//   southbound-bench-models flat|service|chain COUNT   prints a model
//   southbound-bench-models run FILE                   compiles a file and prints time and memory
//   southbound-bench-models bench                      prints a table over all shapes

internal import Diagnostics
internal import Glibc
internal import Language
internal import Model

/// A project of one file.
struct SingleFile: ModuleSource {
  let bytes: [UInt8]

  func mainFile() throws(Diagnostic) -> ModelFile { ModelFile(path: "main.cf", bytes: bytes) }
  func modelFile(of namespace: [String]) throws(Diagnostic) -> ModelFile? { nil }
  func content(
    _ kind: ModuleContentKind, path: String, module: String?
  ) throws(Diagnostic) -> ModelFile? { nil }
  func listFiles(path: String, module: String?) throws(Diagnostic) -> [String]? { nil }
  func moduleNames() -> [String] { [] }
}

/// Reads a whole file; nil if it cannot be read.
func contents(of path: String) -> [UInt8]? {
  guard let file = unsafe fopen(path, "r") else { return nil }
  defer { unsafe fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    if count == 0 { return bytes }
    bytes += buffer[..<count]
  }
}

/// The most memory that this process had, in megabytes.
func peakMegabytes() -> Int {
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss / 1024
}

/// Compiles a text; prints what it prints and what is wrong, then the measures.
func measure(_ bytes: [UInt8], label: String, showsOutput: Bool) -> CompileResult {
  let clock = ContinuousClock()
  let start = clock.now
  let result = Compiler(files: SingleFile(bytes: bytes)).compile()
  let elapsed = clock.now - start
  if showsOutput {
    print(result.printed, terminator: "")
    for diagnostic in result.diagnostics.prefix(20) {
      let place = diagnostic.span.map { "\(result.sources.location(of: $0))" } ?? "-"
      print("\(diagnostic.severity.rawValue)[\(diagnostic.id)]: \(diagnostic.title) (\(place))")
      for label in diagnostic.labels {
        print("  \(result.sources.location(of: label.span)): \(label.text)")
      }
    }
    for (name, value) in result.variables.prefix(50) { print("\(name) = \(value)") }
  }
  let milliseconds =
    elapsed.components.seconds * 1000 + elapsed.components.attoseconds / 1_000_000_000_000_000
  print(
    "\(label): \(result.model.instances.count) instances, \(milliseconds) ms, "
      + "peak \(peakMegabytes()) MB, \(result.succeeded ? "ok" : "failed")")
  return result
}

/// The result of `run` stays to the end of the process, as that of `southbound compile` does.
var kept: CompileResult?

let arguments = CommandLine.arguments
if arguments.count == 3, let shape = ModelShape(rawValue: arguments[1]),
  let count = Int(arguments[2])
{
  print(shape.text(count: count), terminator: "")
} else if arguments.count == 3, arguments[1] == "run", let bytes = contents(of: arguments[2]) {
  kept = measure(bytes, label: arguments[2], showsOutput: true)
  exit(kept?.succeeded == true ? 0 : 1)
} else if arguments.count == 2, arguments[1] == "bench" {
  for shape in ModelShape.allCases {
    for count in [100, 1_000, 10_000, 50_000] {
      let bytes = Array(shape.text(count: count).utf8)
      _ = measure(bytes, label: "\(shape.rawValue) \(count)", showsOutput: false)
    }
  }
} else {
  print("usage: southbound-bench-models SHAPE COUNT | run FILE | bench")
  exit(2)
}
