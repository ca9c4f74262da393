import Testing

/// The target list is the architecture: imports point down.
@Suite struct LayerTests {
  let manifest: PackageManifest

  init() throws {
    manifest = try PackageManifest(text: Tree.text("Package.swift"))
  }

  /// Edges that do not point to a lower layer, each with its reason.
  static let exceptions: [String: String] = [
    "CDescriptor CProtobufC": "C code that is compiled here over a library of the system",
    "CGRPCSchema CProtobufC": "generated C over the library",
    "CSchema CProtobufC": "generated C over the library",
    "CTestingSchema CProtobufC": "generated C over the library",
    "FunctionHost Language": "implements the functions that Language asks for",
    "Digest Resources": "the content address of a value",
    "Model Diagnostics": "instances carry the source ranges that made them",
    "Model Resources": "attributes are values",
    "GRPCSchema RPCCore": "generated stubs are services and clients of the RPC contract",
    "Schema RPCCore": "generated stubs are services and clients of the RPC contract",
    "TestingSchema RPCCore": "generated stubs are services and clients of the RPC contract",
    "SchemaMapping Schema": "maps messages to values",
    "SchemaMapping RPCCore": "a message that cannot be mapped is an RPC error",
    "Commands Settings": "addresses come from flags, variables and the settings file",
    "LanguageTools Language": "tools work on the syntax of the language",
    "ProjectFiles Language": "implements the file access that Language asks for",
    "ServerService RPCServices": "each service offers health and reflection",
  ]

  /// Libraries of the apps layer, for apps alone.
  static let appLibraries: Set<String> = ["Interop", "Launching", "ProcessTesting"]

  @Test func `dependencies point to a lower layer`() {
    var used: Set<String> = []
    for target in manifest.declarations.values {
      guard let layer = PackageManifest.layers.firstIndex(of: target.layer) else { continue }
      for dependency in target.dependencies {
        guard let other = manifest.declarations[dependency],
          let otherLayer = PackageManifest.layers.firstIndex(of: other.layer)
        else { continue }
        let edge = "\(target.name) \(dependency)"
        if Self.exceptions[edge] != nil { used.insert(edge) }
        #expect(
          otherLayer < layer || Self.exceptions[edge] != nil
            || (target.layer == "apps" && Self.appLibraries.contains(dependency)),
          "\(target.name) (\(target.layer)) depends on \(dependency) (\(other.layer))")
      }
    }
    #expect(Set(Self.exceptions.keys).subtracting(used) == [], "exceptions that are not needed")
  }

  /// What each Swift file may import beside the dependencies of its target.
  static let toolchain: Set<String> = ["Glibc", "Swift", "Synchronization"]

  /// Modules below the services that may import Foundation, each with its reason.
  static let foundationExceptions: [String: String] = [
    "AgentStore": "GRDB",
    "ProjectFiles": "Yams",
    "StoreSQLite": "GRDB",
  ]

  /// Modules of the system that one adapter needs.
  static let systemModules: Set<String> = ["FunctionHost Dispatch", "StoreSQLite Dispatch"]

  @Test func `a source file imports what its target declares`() {
    for file in Tree.swiftFiles {
      guard let module = file.module, let target = manifest.declarations[module] else { continue }
      let upper = ["services", "apps"].contains(target.layer)
      for line in file.lines(
        with: "import ", matching: /^\s*(?:@\w+ |public |package |internal |private )*import \w+/)
      {
        guard let match = line.line.firstMatch(of: /import (?:struct |enum |func |class )?(\w+)/)
        else { continue }
        let imported = String(match.1)
        if Self.toolchain.contains(imported) { continue }
        if imported.hasPrefix("Foundation") {
          #expect(
            upper || Self.foundationExceptions[module] != nil,
            "\(file.path):\(line.number): no Foundation below the services")
          continue
        }
        #expect(
          target.dependencies.contains(imported)
            || Self.systemModules.contains("\(module) \(imported)"),
          "\(file.path):\(line.number): \(module) does not declare \(imported)")
      }
    }
  }

  @Test func `each module has a page`() {
    for target in manifest.declarations.values
    where PackageManifest.layers.dropFirst().dropLast().contains(target.layer) {
      #expect(Tree.exists("Sources/\(target.name)/README.md"), "Sources/\(target.name)/README.md")
    }
  }
}
