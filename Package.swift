// swift-tools-version: 6.2
import PackageDescription

// The target list is the architecture: what a module may not know, it cannot import. Layers from
// the ground up; a target depends on lower layers only. The picture is in README.md.

// MARK: - Settings

/// Every hand-written Swift target.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// Generated Swift: the same language, none of the gates.
let generated: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// MARK: - Short forms

func cLibrary(_ name: String, pkgConfig: String) -> Target {
  .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig)
}

func module(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  exclude: [String] = [],
  resources: [Resource]? = nil,
  settings: [SwiftSetting] = strict
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: settings)
}

/// Release programs a tenth smaller, with 1.7 MB less in memory at start: no symbols for libraries
/// that would be loaded later, relocations in packed form (glibc 2.36, Debian 12).
let compact: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "-z", "-Xlinker",
      "pack-relative-relocs",
    ], .when(configuration: .release))
]

func app(
  _ name: String, path: String? = nil, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: path, exclude: exclude, swiftSettings: strict,
    linkerSettings: compact)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude,
    swiftSettings: strict)
}

// MARK: - Products of other packages

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(
  name: "Configuration", package: "swift-configuration")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// MARK: - Targets

let c: [Target] = [
  .target(name: "CLinux", path: "Sources/CLinux"),
  cLibrary("CNghttp2", pkgConfig: "libnghttp2"),
  cLibrary("CProtobufC", pkgConfig: "libprotobuf-c"),
  cLibrary("COpenSSL", pkgConfig: "openssl"),
  cLibrary("CZlib", pkgConfig: "zlib"),
  .target(name: "CDescriptor", dependencies: ["CProtobufC"], path: "Sources/CDescriptor"),
  .target(name: "CGRPCSchema", dependencies: ["CProtobufC"], path: "Sources/CGRPCSchema"),
  .target(name: "CSchema", dependencies: ["CProtobufC"], path: "Sources/CSchema"),
  .target(name: "CTestingSchema", dependencies: ["CProtobufC"], path: "Sources/CTestingSchema"),
]

let ground: [Target] = [
  module("Compression", ["CZlib"], exclude: ["README.md"]),
  module("Diagnostics", exclude: ["README.md"]),
  module("EventLoop", ["CLinux"], exclude: ["README.md"]),
  module("HTTP2", ["CNghttp2"], exclude: ["README.md"]),
  module("Digest", ["COpenSSL", "Resources"], exclude: ["README.md"]),
  module("Model", ["Diagnostics", "Resources"], exclude: ["README.md"]),
  module("Protobuf", ["CProtobufC"], exclude: ["README.md"]),
  module("Resources", exclude: ["README.md"]),
  module("Threads", exclude: ["README.md"]),
  module("TLS", ["COpenSSL"], exclude: ["README.md"]),
]

let contracts: [Target] = [
  module("RPCCore", exclude: ["README.md"]),
  module(
    "GRPCSchema", ["CGRPCSchema", "Protobuf", "RPCCore"], exclude: ["README.md"],
    settings: generated),
  module(
    "Schema", ["CSchema", "Protobuf", "RPCCore"], exclude: ["README.md"],
    settings: generated),
  module(
    "SchemaMapping", ["Diagnostics", "Model", "Resources", "RPCCore", "Schema"],
    exclude: ["README.md"]),
  module("SouthboundKit", ["Diagnostics", "Model", "Resources"], exclude: ["README.md"]),
  module("Store", ["Resources"], exclude: ["README.md"]),
  module(
    "TestingSchema", ["CTestingSchema", "Protobuf", "RPCCore"], exclude: ["README.md"],
    settings: generated),
]

let adapters: [Target] = [
  module("AgentStore", ["CLinux", "Resources", "Threads", grdb], exclude: ["README.md"]),
  module("Processes", [subprocess, systemPackage], exclude: ["README.md"]),
  module("ProjectFiles", ["Diagnostics", "Language", yams], exclude: ["README.md"]),
  module(
    "RPCHTTP2", ["Compression", "EventLoop", "HTTP2", "RPCCore", "TLS"], exclude: ["README.md"]),
  module("RPCInProcess", ["RPCCore"], exclude: ["README.md"]),
  module("StoreSQLite", ["Resources", "Store", grdb], exclude: ["README.md"]),
]

let engines: [Target] = [
  module("Deployment", ["Resources"], exclude: ["README.md"]),
  module(
    "Exporting", ["Diagnostics", "Digest", "Model", "Resources", "SouthboundKit"],
    exclude: ["README.md"]),
  module(
    "FunctionHost", ["Language", "Processes", "RPCCore", "RPCHTTP2", "Schema"],
    exclude: ["README.md"]),
  module("HandlerHost", ["Resources", "SouthboundKit"], exclude: ["README.md"]),
  module(
    "Language", ["Diagnostics", "Model", "Resources"],
    exclude: [
      "DIFFERENCES.md", "ERRORS.md", "README.md", "Evaluation/README.md", "Library/Models",
      "Library/generate-models.sh",
    ]),
  module("LanguageTools", ["Diagnostics", "Language"], exclude: ["Editors", "README.md"]),
  module(
    "StandardHandlers", ["CLinux", "Digest", "Processes", "Resources", "SouthboundKit"],
    exclude: ["README.md"]),
]

let services: [Target] = [
  module("Settings", [argumentParser, configuration, systemPackage], exclude: ["README.md"]),
  module(
    "AgentService",
    [
      "AgentStore", "CLinux", "Deployment", "Digest", "HandlerHost", "Resources", "RPCCore",
      "Schema", "SchemaMapping", "SouthboundKit", "Threads",
    ], exclude: ["README.md"]),
  module(
    "Commands",
    [
      "Diagnostics", "Exporting", "FunctionHost", "GRPCSchema", "Language", "LanguageTools",
      "Model",
      "ProjectFiles", "RPCCore", "Resources", "Schema", "SchemaMapping", "Settings",
      "SouthboundKit", "StandardHandlers",
      "Threads", argumentParser,
    ],
    exclude: ["README.md"]),
  module(
    "CompilerService",
    [
      "Diagnostics", "FunctionHost", "Language", "Model", "ProjectFiles", "RPCCore", "Resources",
      "Schema", "SchemaMapping", "Threads", logging,
    ], exclude: ["README.md"]),
  module(
    "ExporterService",
    [
      "Diagnostics", "Exporting", "Model", "Resources", "RPCCore", "Schema", "SchemaMapping",
      "SouthboundKit", "Threads", logging,
    ], exclude: ["README.md"]),
  module(
    "LanguageServer",
    [
      "Diagnostics", "FunctionHost", "Language", "LanguageTools", "ProjectFiles", "Threads",
    ], exclude: ["README.md"]),
  module("RPCServices", ["GRPCSchema", "RPCCore"], exclude: ["README.md"]),
  module(
    "ServerService",
    ["Digest", "Resources", "RPCCore", "RPCServices", "Schema", "SchemaMapping", "Store", logging],
    exclude: ["README.md"]),
]

let apps: [Target] = [
  module(
    "Launching",
    [
      "AgentService", "ExporterService", "RPCCore", "RPCHTTP2", "RPCServices", "Resources",
      "Settings", "SouthboundKit", "TLS", argumentParser, lifecycle, logging, signals,
    ],
    exclude: ["README.md"]),
  app("southbound-agent", ["Launching", "StandardHandlers"]),
  app(
    "southbound-compiler",
    [
      "Commands", "CompilerService", "Launching", "Settings", argumentParser,
    ]),
  app("southbound-exporter", ["Launching", "StandardHandlers"]),
  app(
    "southbound-server",
    ["Launching", "ServerService", "Settings", "StoreSQLite", argumentParser]),
  app(
    "southbound",
    [
      "AgentService", "Commands", "CompilerService", "ExporterService", "FunctionHost",
      "LanguageServer", "Launching", "RPCCore", "RPCHTTP2", "Resources", "ServerService",
      "StandardHandlers", "StoreSQLite", argumentParser,
      logging,
    ]),
  module("ProcessTesting", exclude: ["README.md"]),
  app("southbound-demo", ["ProcessTesting"]),
  app("rpc-bench-server", ["RPCCore", "RPCHTTP2", "RPCServices", "TestingSchema", "TLS"]),
  app("rpc-bench-client", ["RPCCore", "RPCHTTP2", "TestingSchema", "TLS"]),
  module(
    "Interop", ["RPCCore", "RPCHTTP2", "RPCServices", "TestingSchema", "TLS", argumentParser],
    exclude: ["README.md"]),
  app("rpc-interop-server", ["Interop"]),
  app("rpc-interop-client", ["Interop"]),
  app("southbound-bench-deploy", ["ProcessTesting", "RPCCore", "RPCHTTP2", "Schema"]),
  app(
    "southbound-bench-logs",
    [
      "Launching", "ProcessTesting", "RPCCore", "RPCHTTP2", "Resources", "Schema", "SouthboundKit",
      "StandardHandlers",
    ]),
  app("southbound-bench-store", ["Resources", "Store", "StoreSQLite"]),
  app("southbound-bench-models", ["Diagnostics", "Language", "Model", "Resources"]),
  app(
    "protoc-gen-southbound", ["CDescriptor", "CProtobufC", "Protobuf"], exclude: ["README.md"]),
]

/// Integrations as a third party would write them.
let examples: [Target] = [
  .target(
    name: "LoadBalancer", dependencies: ["Resources", "SouthboundKit", "Threads"],
    path: "Sources/Examples/loadbalancer/Sources/LoadBalancer", swiftSettings: strict),
  app(
    "loadbalancer-agent", path: "Sources/Examples/loadbalancer/Sources/loadbalancer-agent",
    ["Launching", "LoadBalancer", "StandardHandlers"]),
  app(
    "loadbalancer-exporter", path: "Sources/Examples/loadbalancer/Sources/loadbalancer-exporter",
    ["Launching", "LoadBalancer", "StandardHandlers"]),
]

/// The parsers of foreign bytes under libFuzzer (`make fuzz`) instead of under tests.
let isFuzzing = Context.environment["SOUTHBOUND_FUZZ"] != nil
let fuzzParsers: [Target.Dependency] = [
  "Diagnostics", "HTTP2", "Language", "LanguageTools", "RPCCore", "RPCHTTP2", "Schema",
]
let fuzzing: Target =
  isFuzzing
  ? .executableTarget(
    name: "southbound-fuzz", dependencies: fuzzParsers, path: "Tests/FuzzTests",
    exclude: ["Corpus", "CorpusTests.swift", "model.dict"],
    swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])],
    linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
  : tests("FuzzTests", fuzzParsers, exclude: ["Corpus", "FuzzEntryHandle.swift", "model.dict"])

let testTargets: [Target] = [
  fuzzing,
  tests(
    "LoadBalancerTests",
    [
      "Diagnostics", "Exporting", "HandlerHost", "Language", "LoadBalancer", "ProcessTesting",
      "ProjectFiles", "Resources", "SouthboundKit",
    ], exclude: ["fake_device.py"]),
  tests(
    "StandardHandlersTests",
    ["Digest", "HandlerHost", "Resources", "SouthboundKit", "StandardHandlers"]),
  tests("ProcessesTests", ["Processes"]),
  tests(
    "FunctionHostTests",
    [
      "Diagnostics", "FunctionHost", "Language", "Model", "ProjectFiles", "Resources", "Threads",
    ]),
  tests(
    "CompilerServiceTests",
    ["CompilerService", "RPCCore", "RPCInProcess", "Schema", logging]),
  tests("HandlerHostTests", ["HandlerHost", "Resources", "SouthboundKit"]),
  tests("SouthboundKitTests", ["Resources", "SouthboundKit"]),
  tests(
    "ExportingTests",
    ["Diagnostics", "Digest", "Exporting", "Model", "Resources", "SouthboundKit"]),
  tests("CommandsTests", ["ProcessTesting"]),
  tests("DigestTests", ["Digest", "Resources"]),
  tests(
    "AgentServiceTests",
    [
      "AgentService", "AgentStore", "Deployment", "Digest", "RPCCore", "RPCInProcess", "Resources",
      "Schema", "SchemaMapping", "ServerService", "SouthboundKit", "Store", grdb, logging,
    ]),
  tests("AgentStoreTests", ["AgentStore", "Resources", grdb]),
  module("RPCTesting", ["RPCCore"]),
  tests("CompressionTests", ["Compression"]),
  module("TLSTesting", ["COpenSSL"]),
  tests("EventLoopTests", ["EventLoop", "Threads"]),
  tests("HTTP2Tests", ["HTTP2"]),
  tests("RPCCoreTests", ["RPCCore"]),
  tests(
    "RPCHTTP2Tests",
    [
      "Compression", "EventLoop", "HTTP2", "ProcessTesting", "RPCCore", "RPCHTTP2", "RPCInProcess",
      "RPCTesting", "TestingSchema", "TLS", "TLSTesting", "Threads", "rpc-bench-server",
      "rpc-interop-server",
    ]),
  tests("RPCInProcessTests", ["RPCCore", "RPCInProcess", "RPCTesting"]),
  tests("RPCServicesTests", ["GRPCSchema", "RPCCore", "RPCInProcess", "RPCServices"]),
  app("StoreCrashWriter", path: "Tests/StoreCrashWriter", ["Resources", "Store", "StoreSQLite"]),
  tests(
    "ServerServiceTests",
    [
      "Digest", "RPCCore", "RPCInProcess", "Resources", "Schema", "SchemaMapping", "ServerService",
      "Store", logging,
    ]),
  tests("StoreTests", ["Resources", "Store", "StoreSQLite"]),
  tests("StoreSQLiteTests", ["Resources", "Store", "StoreSQLite", "StoreCrashWriter"]),
  tests("DeploymentTests", ["Deployment", "Resources"], exclude: ["Scripts"]),
  tests("DiagnosticsTests", ["Diagnostics"]),
  tests(
    "LanguageTests", ["Diagnostics", "Language", "Model", "Resources"],
    exclude: ["Corpus", "Golden", "Rules"]),
  tests(
    "ExampleTests",
    [
      "Diagnostics", "Exporting", "Language", "Model", "ProcessTesting", "ProjectFiles",
      "Resources", "SouthboundKit", "StandardHandlers",
    ]),
  tests("LanguageToolsTests", ["Diagnostics", "Language", "LanguageTools", "ProjectFiles"]),
  tests("IntegrationTests", ["ProcessTesting", "TLSTesting"]),
  tests(
    "InteropTests",
    [
      "Interop", "ProcessTesting", "RPCCore", "RPCHTTP2", "RPCInProcess", "TestingSchema", "TLS",
      "TLSTesting", "rpc-interop-client", "rpc-interop-server",
    ]),
  tests("ProjectFilesTests", ["Diagnostics", "Language", "ProjectFiles"]),
  tests("ResourcesTests", ["Resources"]),
  tests("ProtobufTests", ["CDescriptor", "Protobuf"]),
  tests(
    "SchemaTests", ["GRPCSchema", "RPCCore", "RPCInProcess", "Schema", "TestingSchema"],
    exclude: ["Fixtures"]),
  tests("SchemaMappingTests", ["Resources", "RPCCore", "Schema", "SchemaMapping"]),
  tests("TLSTests", ["TLS", "TLSTesting"]),
  tests("TidyTests", []),
]

// MARK: - Package

/// `SOUTHBOUND_ONLY=Language,LanguageTests swift test` builds those targets and what they need:
/// a short edit loop on a small machine.
func selected(_ targets: [Target]) -> [Target] {
  guard let only = Context.environment["SOUTHBOUND_ONLY"], !only.isEmpty else { return targets }
  let byName = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0) })
  var wanted: Set<String> = []
  var pending = only.split(separator: ",").map(String.init)
  while let name = pending.popLast() {
    guard let target = byName[name], wanted.insert(name).inserted else { continue }
    for dependency in target.dependencies {
      switch dependency {
      case .byNameItem(let name, _), .targetItem(let name, _): pending.append(name)
      default: continue
      }
    }
  }
  return targets.filter { wanted.contains($0.name) }
}

/// What other packages may import: the kit of integrations with what runs them, and the RPC library.
let libraries: [(name: String, targets: [String])] = [
  ("Southbound", ["Launching", "SouthboundKit", "StandardHandlers"]),
  ("SouthboundRPC", ["RPCCore", "RPCHTTP2", "RPCInProcess", "RPCServices", "TLS"]),
]

let targets = selected(
  c + ground + contracts + adapters + engines + services + apps + examples + testTargets)

let package = Package(
  name: "southbound",
  products: libraries.compactMap { library in
    let isWhole = library.targets.allSatisfy { name in targets.contains { $0.name == name } }
    return isWhole ? .library(name: library.name, targets: library.targets) : nil
  },
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(
      url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2",
      traits: []),
  ],
  targets: targets
)
