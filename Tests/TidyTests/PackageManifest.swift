import Foundation

/// What `Package.swift` says: layers, targets and their dependencies. Reads the short forms that
/// the manifest uses (`module`, `app`, `tests`, `cLibrary`).
struct PackageManifest {
  struct Declaration: Sendable {
    let name: String
    /// Name of the list that it stands in: `ground`, `contracts`, …
    let layer: String
    /// Names of modules that it may import.
    let dependencies: [String]
  }

  /// Lists of the manifest, from the ground up.
  static let layers = ["c", "ground", "contracts", "adapters", "engines", "services", "apps"]

  let declarations: [String: Declaration]

  init(text: String) throws {
    let products = Self.products(in: text)
    var declarations: [String: Declaration] = [:]
    for layer in Self.layers + ["testTargets"] {
      guard let start = text.range(of: "let \(layer): [Target] = ") else { continue }
      let list = Self.bracketed(text[start.upperBound...])
      for call in Self.calls(in: list) {
        let strings = call.arguments.matches(of: /"([^"]*)"/).map { String($0.1) }
        guard let name = strings.first else { continue }
        let inside = call.arguments.firstIndex(of: "[").map { start in
          Self.bracketed(call.arguments[start...])
        }
        let dependencies = (inside ?? "").matches(of: /"([^"]*)"|([A-Za-z]+)/).compactMap { match in
          match.1.map(String.init) ?? match.2.flatMap { products[String($0)] }
        }
        declarations[name] = Declaration(name: name, layer: layer, dependencies: dependencies)
      }
    }
    self.declarations = declarations
  }

  /// Maps the constants of the manifest to the modules that they bring.
  private static func products(in text: String) -> [String: String] {
    let pattern = /let (\w+) = Target\.Dependency\.product\(\s*name: "(\w+)"/
    return Dictionary(
      text.matches(of: pattern).map { (String($0.1), String($0.2)) },
      uniquingKeysWith: { first, _ in first })
  }

  private struct Call {
    let arguments: Substring
  }

  /// Calls at the top level of a list.
  private static func calls(in list: Substring) -> [Call] {
    var calls: [Call] = []
    var depth = 0
    var start = list.startIndex
    for index in list.indices {
      switch list[index] {
      case "(":
        depth += 1
        if depth == 1 { start = list.index(after: index) }
      case ")":
        depth -= 1
        if depth == 0 { calls.append(Call(arguments: list[start..<index])) }
      default: break
      }
    }
    return calls
  }

  /// What stands between the first bracket and the one that closes it.
  private static func bracketed(_ text: Substring) -> Substring {
    var depth = 0
    guard let first = text.firstIndex(of: "[") else { return "" }
    for index in text[first...].indices {
      if text[index] == "[" { depth += 1 }
      if text[index] == "]" { depth -= 1 }
      if depth == 0 { return text[text.index(after: first)..<index] }
    }
    return ""
  }
}
